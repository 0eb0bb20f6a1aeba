"""FCN-32s, 16s and 8s on VGG-16 as published, for images of any size.

Source: Long, Shelhamer & Darrell, CVPR 2015. Upsampling is by transposed convolutions that start
as bilinear interpolation; crop offsets follow from where the cells of each map lie (`Grid`), and
come out as the published 19; 5 and 27; 5, 9 and 31.
"""

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn

from figureground.arrays import Size
from figureground.errors import InputError
from figureground.networks.torch.grid import Grid, add_aligned, crop
from figureground.networks.torch.stages import take_stage
from figureground.networks.torch.vgg16 import VGG16

HEADS = {"full": (7, 4096, 100), "light": (3, 1024, 1)}
"""fc6's kernel, the width of fc6 and fc7, and the image's border."""


class FCNVGG16(nn.Module):
    """Image (N, 3, H, W), prepared as `backbone` wants it → scores (N, C, H, W).

    Args:
        stride: 32, 16 or 8.
        classes: their number, the background included.
        head: "full", fc6 of 7x7 and 4096 channels; or "light", 3x3 and 1024, which needs no wide
            border around the image.
        dropout: rate after fc6 and fc7.
        learn_upsampling: whether the upsampling by two is learned; the last one is fixed.
        thinner: divides all widths.
    """

    def __init__(
        self,
        stride: int,
        classes: int,
        head: str = "full",
        dropout: float = 0.5,
        learn_upsampling: bool = True,
        thinner: int = 1,
    ) -> None:
        super().__init__()
        if head not in HEADS:
            raise InputError(f"head: {head!r} is none of {', '.join(HEADS)}")
        kernel, hidden, border = HEADS[head]
        self.stride, self.classes = stride, classes
        self.backbone = VGG16(border, thinner)
        fine, middle, deep = self.backbone.channels[2:]
        hidden //= thinner
        self.has_plain_stem = border == 1
        # The wide border makes room for a 7x7 kernel without padding.
        self.padding = 0 if border > 1 else kernel // 2
        self.fc = nn.Sequential(
            *(nn.Conv2d(deep, hidden, kernel, padding=self.padding), nn.ReLU(inplace=True)),
            *(nn.Dropout(dropout), nn.Conv2d(hidden, hidden, 1), nn.ReLU(inplace=True)),
            nn.Dropout(dropout),
        )
        self.deep_grid = self.backbone.grids[4].convolve(kernel, 1, self.padding)
        self.score32 = nn.Conv2d(hidden, classes, 1)
        for skip, channels in ((16, middle), (8, fine)):
            if stride <= skip:
                score = nn.Conv2d(channels, classes, 1)
                nn.init.zeros_(score.weight)
                nn.init.zeros_(cast(Tensor, score.bias))
                self.add_module(f"score{skip}", score)
                self.add_module(f"double{skip}", bilinear(classes, 2, learn_upsampling))
        self.enlarge = bilinear(classes, stride, learned=False)

    def forward(self, image: Tensor) -> Tensor:
        """The scores of every pixel, (N, C, H, W)."""
        return self.fuse(self.backbone(image), (image.shape[2], image.shape[3]))

    def from_stem(self, maps: Tensor) -> Tensor:
        """The same from the stem's maps of an image whose sides are multiples of 16."""
        stride = self.backbone.stem_stride
        size = (stride * maps.shape[2], stride * maps.shape[3])
        return self.fuse(self.backbone.trunk(maps), size)

    def fuse(self, maps: tuple[Tensor, Tensor, Tensor], size: Size) -> Tensor:
        """Score the backbone's maps of an image of `size` (H, W): (N, C, H, W)."""
        pool3, pool4, pool5 = maps
        scores, grid = self.score32(self.fc(pool5)), self.deep_grid
        for skip, pool, of_pool in (
            (16, pool4, self.backbone.grids[3]),
            (8, pool3, self.backbone.grids[2]),
        ):
            if self.stride <= skip:
                scores = self.get_submodule(f"double{skip}")(scores)
                skipped = self.get_submodule(f"score{skip}")(pool)
                scores, grid = add_aligned(scores, grid.upsample(4, 2), skipped, of_pool)
        grid = grid.upsample(2 * self.stride, self.stride)
        offset = grid.cells_until(Grid())
        return crop(self.enlarge(scores), offset, size)

    def coarse(self, image: Tensor) -> Tensor:
        """The scores of every pixel: this network upsamples them itself."""
        return cast(Tensor, self(image))

    def take_classifier(self, tensors: Mapping[str, Tensor]) -> None:
        """Take fc6 and fc7 from torchvision's `classifier.0` and `classifier.3`, as convolutions.

        A file that lacks them, or a head that is not "full", leaves both at their random start.
        """
        if self.has_plain_stem or "classifier.0.weight" not in tensors:
            return
        for index in (0, 3):
            layer = cast(nn.Conv2d, self.fc[index])
            for field, target in (("weight", layer.weight), ("bias", cast(Tensor, layer.bias))):
                found = tensors.get(f"classifier.{index}.{field}")
                if found is None or found.numel() != target.numel():
                    raise InputError(f"weights: classifier.{index}.{field} is not VGG-16's")
                target.data.copy_(found.view_as(target))

    def start_from(self, tensors: Mapping[str, Tensor]) -> None:
        """Take the weights of a coarser stage: 32s → 16s → 8s. The new skip starts at zero."""
        take_stage(self, tensors)


def bilinear(classes: int, factor: int, learned: bool) -> nn.ConvTranspose2d:
    """A transposed convolution that upsamples each class bilinearly by a whole factor."""
    layer = nn.ConvTranspose2d(classes, classes, 2 * factor, stride=factor, bias=False)
    ramp = 1 - (torch.arange(2 * factor) + 0.5 - factor).abs() / factor
    nn.init.zeros_(layer.weight)
    with torch.no_grad():
        layer.weight[range(classes), range(classes)] = ramp[:, None] * ramp[None, :]
    return layer.requires_grad_(learned)
