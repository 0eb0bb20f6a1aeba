import pytest
import torch

from figureground.errors import InputError
from figureground.networks import fcn
from figureground.networks.torch.mobilenet_v2 import ConvNorm, MobileNetV2, translate


@pytest.mark.parametrize("stride", [32, 16, 8])
def test_scores_have_the_images_size(stride: int) -> None:
    network = fcn("mobilenet_v2", stride=stride, classes=5)
    image = torch.zeros(2, 3, 64, 96)
    assert network.coarse(image).shape == (2, 5, 64 // stride, 96 // stride)
    assert network(image).shape == (2, 5, 64, 96)


def test_finer_strides_start_as_the_coarser_network() -> None:
    # The skips' scores start at zero: a new FCN-8s is its FCN-32s, upsampled in steps.
    torch.manual_seed(0)
    network = fcn(stride=8, classes=3).eval()
    coarse = fcn(stride=32, classes=3).eval()
    coarse.load_state_dict(network.state_dict(), strict=False)
    image = torch.randn(1, 3, 64, 64)
    ours, theirs = network(image), coarse(image)
    torch.testing.assert_close(ours.mean(), theirs.mean(), rtol=1e-2, atol=1e-4)


@pytest.mark.parametrize(
    "arguments", [{"backbone": "resnet"}, {"stride": 4}, {"classes": 1}], ids=str
)
def test_wrong_arguments(arguments: dict[str, object]) -> None:
    with pytest.raises(InputError, match=next(iter(arguments))):
        fcn(**arguments)


def test_backbone_maps() -> None:
    maps = MobileNetV2()(torch.zeros(1, 3, 64, 96))
    assert [tuple(m.shape[1:]) for m in maps] == [(192, 8, 12), (576, 4, 6), (320, 2, 3)]
    assert MobileNetV2.channels == (192, 576, 320)


def test_stem_and_trunk_are_the_backbone() -> None:
    backbone, image = MobileNetV2().eval(), torch.randn(1, 3, 64, 64)
    for whole, part in zip(backbone(image), backbone.trunk(backbone.stem(image)), strict=True):
        assert torch.equal(whole, part)


def test_frozen_stem_gets_no_gradient() -> None:
    backbone = MobileNetV2()
    backbone.stem_layers.requires_grad_(False)
    sum(m.mean() for m in backbone(torch.randn(1, 3, 64, 64))).backward()
    frozen = {n for n, p in backbone.named_parameters() if p.grad is None}
    assert frozen == {n for n, _ in backbone.named_parameters() if int(n.split(".")[1]) < 7}


def test_folding_changes_no_output() -> None:
    layer = ConvNorm(3, 8, 3, stride=2)
    with torch.no_grad():
        for tensor in (layer.gain, layer.bias, layer.mean, layer.deviation):
            tensor.uniform_(0.5, 1.5)
    image = torch.randn(1, 3, 8, 8)
    before = layer(image)
    layer.fold()
    torch.testing.assert_close(layer(image), before)


def test_translation_takes_every_torchvision_name() -> None:
    named = {}
    for name, tensor in MobileNetV2().state_dict().items():
        _, block, *layer, field = name.split(".")
        number, is_conv = int(block), field == "weight"
        if not layer:
            path = "0." + ("0" if is_conv else "1")
            path = path[2:]
        else:
            layers = ["depthwise", "project"] if number == 1 else ["expand", "depthwise", "project"]
            at = layers.index(layer[0])
            last = at == len(layers) - 1
            path = "conv." + (str(at + (not is_conv)) if last else f"{at}.{int(not is_conv)}")
        theirs = {"weight": "weight", "gain": "weight", "mean": "running_mean"}
        theirs |= {"deviation": "running_var", "bias": "bias"}
        named[f"features.{number}.{path}.{theirs[field]}"] = tensor
    named["features.18.0.weight"] = torch.zeros(1)
    named["classifier.1.weight"] = torch.zeros(1)
    assert translate(named).keys() == MobileNetV2().state_dict().keys()
