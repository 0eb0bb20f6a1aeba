"""The embedded network's backbone as a start for training: nothing needs to be downloaded."""

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from figureground.networks.loading import DEFAULT_NETWORK, EMBEDDED
from figureground.networks.torch.mobilenet_v2 import MobileNetV2

PREFIX, HALF = "network.backbone.", ".half"


def load_embedded(backbone: MobileNetV2) -> None:
    """Copy the embedded network's backbone, whose normalisation is folded into its weights."""
    model = onnx.load(EMBEDDED[DEFAULT_NETWORK])
    tensors: dict[str, Tensor] = {}
    for stored in model.graph.initializer:
        if stored.name.startswith(PREFIX):
            name = stored.name.removeprefix(PREFIX).removesuffix(HALF)
            tensors[name] = torch.tensor(numpy_helper.to_array(stored)).float()
    neutral = {"gain": torch.ones_like, "mean": torch.zeros_like, "deviation": torch.ones_like}
    for name, bias in list(tensors.items()):
        layer, _, field = name.rpartition(".")
        if field == "bias":
            tensors |= {f"{layer}.{key}": like(bias) for key, like in neutral.items()}
    backbone.load_state_dict(tensors)
