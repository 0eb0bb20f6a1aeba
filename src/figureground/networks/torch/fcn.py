"""Fully convolutional networks: a backbone's maps, scored and fused at strides 32, 16 and 8.

Source: Long, Shelhamer & Darrell, "Fully Convolutional Networks for Semantic Segmentation",
CVPR 2015. The deepest map passes two layers (fc6 and fc7) before it is scored; the maps of the
finer strides are scored by a 1x1 convolution each, which starts at zero, and added to the coarser
scores upsampled by two.
"""

from collections.abc import Mapping
from typing import cast

from torch import Tensor, nn
from torch.nn import functional

from figureground.errors import InputError
from figureground.networks.torch.fcn_vgg16 import FCNVGG16
from figureground.networks.torch.largefov import LargeFOV
from figureground.networks.torch.mobilenet_v2 import MobileNetV2
from figureground.networks.torch.stages import take_stage

BACKBONES = ("mobilenet_v2", "vgg16")
STRIDES = (32, 16, 8)


class FCN(nn.Module):
    """Image (N, 3, H, W), prepared as the backbone wants it → scores (N, C, H, W).

    H and W are multiples of `backbone.multiple`.
    """

    has_plain_stem = True

    def __init__(
        self, backbone: MobileNetV2, stride: int, classes: int, hidden: int, dropout: float
    ) -> None:
        super().__init__()
        fine, middle, deep = backbone.channels
        self.stride, self.classes = stride, classes
        self.backbone = backbone
        self.fc = nn.Sequential(
            *(nn.Conv2d(deep, hidden, 3, padding=1), nn.ReLU(inplace=True), nn.Dropout(dropout)),
            *(nn.Conv2d(hidden, hidden, 1), nn.ReLU(inplace=True), nn.Dropout(dropout)),
        )
        self.score32 = nn.Conv2d(hidden, classes, 1)
        if stride <= 16:
            self.score16 = _zero(nn.Conv2d(middle, classes, 1))
        if stride == 8:
            self.score8 = _zero(nn.Conv2d(fine, classes, 1))
        for layer in (self.fc[0], self.fc[3]):
            nn.init.kaiming_normal_(cast(nn.Conv2d, layer).weight, nonlinearity="relu")
            nn.init.zeros_(cast(Tensor, cast(nn.Conv2d, layer).bias))

    def fuse(self, maps: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Score the backbone's maps: (N, C, H/stride, W/stride)."""
        fine, middle, deep = maps
        scores: Tensor = self.score32(self.fc(deep))
        if self.stride <= 16:
            scores = _double(scores) + self.score16(middle)
        if self.stride == 8:
            scores = _double(scores) + self.score8(fine)
        return scores

    def from_stem(self, maps: Tensor) -> Tensor:
        """The coarse scores, from the stem's maps."""
        return self.fuse(self.backbone.trunk(maps))

    def start_from(self, tensors: Mapping[str, Tensor]) -> None:
        """Take the weights of a coarser stage: 32s → 16s → 8s. The new skip starts at zero."""
        take_stage(self, tensors)

    def coarse(self, image: Tensor) -> Tensor:
        """The scores before the last upsampling: (N, C, H/stride, W/stride)."""
        return self.fuse(self.backbone(image))

    def forward(self, image: Tensor) -> Tensor:
        """The scores of every pixel, (N, C, H, W)."""
        return upsample(self.coarse(image), self.stride)


SegmentationNetwork = FCN | FCNVGG16 | LargeFOV
"""What `fcn` gives: `coarse` and `start_from`, and a `backbone` that says what it wants."""


def fcn(
    backbone: str = "mobilenet_v2",
    stride: int = 8,
    classes: int = 21,
    hidden: int = 256,
    dropout: float = 0.1,
    head: str = "light",
) -> SegmentationNetwork:
    """An FCN-32s, 16s or 8s, or DeepLab-LargeFOV, with random weights.

    Args:
        backbone: "mobilenet_v2", or "vgg16" as published.
        stride: 32, 16 or 8.
        classes: their number, the background included.
        hidden: channels of fc6 and fc7 on MobileNetV2.
        dropout: rate after fc6 and fc7.
        head: fc6 and fc7 on VGG-16: "full", 7x7 and 4096 channels as published; "light", 3x3 and
            1024; "largefov", 3x3 and 1024, dilated, on a dilated VGG-16: DeepLab-LargeFOV, whose
            stride is 8.
    """
    if backbone not in BACKBONES:
        raise InputError(f"backbone: {backbone!r} is none of {', '.join(BACKBONES)}")
    if stride not in STRIDES:
        raise InputError(f"stride: {stride} is none of 32, 16, 8")
    if classes < 2:
        raise InputError(f"classes: expected 2 or more, the background included; got {classes}")
    if head == "largefov":
        if (backbone, stride) != ("vgg16", 8):
            raise InputError("head: 'largefov' is DeepLab's, on backbone vgg16 at stride 8")
        return LargeFOV(classes, dropout)
    if backbone == "vgg16":
        return FCNVGG16(stride, classes, head, dropout)
    return FCN(MobileNetV2(), stride, classes, hidden, dropout)


def upsample(scores: Tensor, factor: int) -> Tensor:
    """Bilinear upsampling by a whole factor; the corners of the image stay where they are."""
    if factor == 1:
        return scores
    return functional.interpolate(scores, scale_factor=factor, mode="bilinear", align_corners=False)


def _double(scores: Tensor) -> Tensor:
    return upsample(scores, 2)


def _zero(layer: nn.Conv2d) -> nn.Conv2d:
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(cast(Tensor, layer.bias))
    return layer
