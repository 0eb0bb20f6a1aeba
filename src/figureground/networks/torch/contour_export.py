"""Export of the contour network to the file that `contours()` runs."""

from pathlib import Path

import onnx

from figureground.files import atomic
from figureground.networks.torch.contour import MULTIPLE, ContourNetwork, ContourStrength
from figureground.networks.torch.export import folded, halve, trace


def export_contours(network: ContourNetwork, path: Path) -> None:
    """Write image (1, 3, H, W) in [-1, 1] → strength (1, 1, H, W); weights in half precision."""
    model = trace(folded(ContourStrength(network)), MULTIPLE, "strength")
    halve(model)
    onnx.checker.check_model(model)
    with atomic(path) as temporary:
        temporary.write_bytes(model.SerializeToString())
