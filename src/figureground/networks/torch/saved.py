"""Trained torch networks: their files, and the same call as every other network."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from figureground.errors import InputError
from figureground.files import atomic
from figureground.networks.preparation import Preparation, probabilities, scores_at
from figureground.networks.torch.fcn import SegmentationNetwork, fcn


class TorchNetwork:
    """A torch network that takes a photo and gives class probabilities at the photo's size."""

    def __init__(
        self, network: SegmentationNetwork, classes: tuple[str, ...], longest: int
    ) -> None:
        backbone = network.backbone
        self.network, self.classes = network.eval(), classes
        self.preparation = Preparation(
            backbone.mean, backbone.deviation, longest, backbone.multiple
        )

    def scores(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(H, W, 3) uint8 → logits (C, H, W)."""
        size = (image.shape[0], image.shape[1])
        inputs = torch.from_numpy(self.preparation.apply(image))
        device = next(self.network.parameters()).device
        with torch.inference_mode():
            coarse = self.network.coarse(inputs.to(device, memory_format=torch.channels_last))[0]
        return scores_at(
            coarse.contiguous().cpu().numpy(),
            (inputs.shape[2], inputs.shape[3]),
            self.preparation.size(size),
            size,
        )

    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(H, W, 3) uint8 → probabilities (C, H, W)."""
        return probabilities(self.scores(image))


def save_network(
    path: Path,
    network: SegmentationNetwork,
    form: dict[str, Any],
    classes: tuple[str, ...],
    longest: int,
) -> None:
    """Write weights as safetensors, with all that `open_network` needs beside them."""
    about = {"form": form, "classes": classes, "longest": longest}
    tensors = {name: tensor.cpu().contiguous() for name, tensor in network.state_dict().items()}
    with atomic(path) as temporary:
        save_file(tensors, temporary, {"figureground": json.dumps(about)})


def open_network(path: Path) -> TorchNetwork:
    """Read `save_network`'s file."""
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {})["figureground"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        network = fcn(**about["form"], classes=len(about["classes"]))
        network.load_state_dict(tensors)
    except (SafetensorError, OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: not a network that `train` wrote ({reason})") from None
    return TorchNetwork(network, tuple(about["classes"]), about["longest"])
