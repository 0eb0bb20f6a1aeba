"""The VGG-16 networks as ONNX, at sizes that the export did not see."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from figureground.networks import load_network
from figureground.networks.torch.export import export_onnx
from figureground.networks.torch.fcn_vgg16 import FCNVGG16
from figureground.networks.torch.largefov import LargeFOV
from figureground.networks.torch.saved import TorchNetwork

NETWORKS = {
    "fcn8s": lambda: FCNVGG16(8, 2, thinner=32),
    "fcn16s": lambda: FCNVGG16(16, 2, thinner=32),
    "fcn32s-light": lambda: FCNVGG16(32, 2, "light", thinner=32),
    "largefov": lambda: LargeFOV(2, thinner=32),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_onnx_gives_the_same_scores(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = NETWORKS[name]()
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.normal_(layer.weight, std=(2 / layer.weight[0].numel()) ** 0.5)
    ours = TorchNetwork(network, ("background", "thing"), 96)
    export_onnx(ours, tmp_path / "n.onnx", half=False)
    exported = load_network(tmp_path / "n.onnx")
    rng = np.random.default_rng(0)
    for size in ((96, 70), (33, 96), (41, 41)):
        image = rng.integers(0, 256, (*size, 3), np.uint8)
        np.testing.assert_allclose(exported(image), ours(image), rtol=0, atol=1e-5)
