"""The 13 convolutions of VGG-16, their maps at strides 8, 16 and 32, and their weights.

Source: Simonyan & Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
ICLR 2015.
"""

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn

from figureground.errors import InputError
from figureground.networks.torch.grid import Grid

CHANNELS = (64, 128, 256, 512, 512)
DEPTHS = (2, 2, 3, 3, 3)

STEM = 4
"""The stages conv1 to conv4 are the stem: it gives pool3 and pool4 as one map of stride 8."""


class VGG16(nn.Module):
    """Image (N, 3, H, W) of any size → pool3, pool4, pool5.

    `border` is the padding of the first convolution: 1, or 100 as in the published FCN. Pooling
    rounds sizes up, as the published networks do. `thinner` divides all widths. `dilated` is
    DeepLab's form: pool4 and pool5 keep the size, conv5 is dilated by two in their place, and
    every pooling is over 3x3, so that the cells lie at the pixels 0, 8, 16 ….
    """

    multiple = 1
    stem_stride = 8
    stem_multiple = 16
    mean = (123.675, 116.28, 103.53)
    deviation = (58.395, 57.12, 57.375)

    def __init__(self, border: int = 1, thinner: int = 1, dilated: bool = False) -> None:
        super().__init__()
        self.channels = tuple(width // thinner for width in CHANNELS)
        self.stem_channels = self.channels[2] + self.channels[3] // 4
        self.grids: list[Grid] = []
        grid, inputs = Grid().convolve(3, 1, border), 3
        stages: list[nn.Module] = []
        for number, (depth, outputs) in enumerate(zip(DEPTHS, self.channels, strict=True), 1):
            layers: list[nn.Module] = []
            dilation = 2 if dilated and number == 5 else 1
            for _ in range(depth):
                padding = border if not stages and not layers else dilation
                conv = nn.Conv2d(inputs, outputs, 3, padding=padding, dilation=dilation)
                layers += [conv, nn.ReLU(inplace=True)]
                inputs = outputs
            pool = (3, 2 if number <= 3 else 1, 1) if dilated else (2, 2, 0)
            layers.append(nn.MaxPool2d(*pool, ceil_mode=True))
            stages.append(nn.Sequential(*layers))
            grid = grid.convolve(*pool)
            self.grids.append(grid)
        self.stages = nn.ModuleList(stages)

    @property
    def stem_layers(self) -> nn.ModuleList:
        """The layers that `stem` runs."""
        return self.stages[:STEM]

    def stem(self, image: Tensor) -> Tensor:
        """Give pool3 and pool4, four channels of which make one at stride 8, without dilation.

        The sides of the image are multiples of 16.
        """
        pool3, pool4 = self._pools(image)
        return torch.cat([pool3, nn.functional.pixel_shuffle(pool4, 2)], dim=1)

    def trunk(self, stem: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """From the stem's map to pool3, pool4 and pool5."""
        pool3, spread = torch.split(stem, [self.channels[2], self.channels[3] // 4], dim=1)
        pool4 = nn.functional.pixel_unshuffle(spread, 2)
        return pool3, pool4, self.stages[4](pool4)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Give pool3, pool4 and pool5, whose grids are the last three of `grids`."""
        pool3, pool4 = self._pools(image)
        return pool3, pool4, self.stages[4](pool4)

    def _pools(self, image: Tensor) -> tuple[Tensor, Tensor]:
        for stage in self.stages[:3]:
            image = stage(image)
        return image, self.stages[3](image)

    def convolutions(self) -> dict[str, nn.Conv2d]:
        """The layers conv1_1 … conv5_3 by name."""
        named = {}
        for number, stage in enumerate(self.stages, 1):
            layers = [m for m in cast(nn.Sequential, stage) if isinstance(m, nn.Conv2d)]
            named.update({f"conv{number}_{k}": layer for k, layer in enumerate(layers, 1)})
        return named


TORCHVISION = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
"""The indices of the convolutions in torchvision's `features`."""


def load_vgg16(backbone: VGG16, tensors: Mapping[str, Tensor]) -> None:
    """Copy weights named conv1_1.weight … or, as torchvision's file, features.0.weight …."""
    for index, (name, layer) in zip(TORCHVISION, backbone.convolutions().items(), strict=True):
        for field, target in (("weight", layer.weight), ("bias", cast(Tensor, layer.bias))):
            found = tensors.get(f"{name}.{field}", tensors.get(f"features.{index}.{field}"))
            if found is None:
                raise InputError(f"weights: lack {name}.{field} (or features.{index}.{field})")
            if found.shape != target.shape:
                raise InputError(
                    f"weights: {name}.{field} is {tuple(found.shape)}, "
                    f"expected {tuple(target.shape)}"
                )
            target.data.copy_(found)
