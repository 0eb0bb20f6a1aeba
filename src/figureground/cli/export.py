"""figureground export: a trained network to ONNX."""

from pathlib import Path
from typing import Annotated

import typer

from figureground.extras import extra


def export(
    checkpoint: Annotated[Path, typer.Argument(help="network.safetensors that `train` wrote.")],
    onnx: Annotated[Path, typer.Option(help="File to write.")],
    half: Annotated[bool, typer.Option(help="Store the weights in half precision.")] = True,
) -> None:
    """Write a trained network as ONNX, which `segment` and `evaluate` run without torch."""
    with extra("train"):
        from figureground.networks.torch.export import export_onnx
        from figureground.networks.torch.saved import open_network

    export_onnx(open_network(checkpoint), onnx, half=half)
