"""MobileNetV2 as a feature extractor: maps at strides 8, 16 and 32.

Source: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018.
The normalisation is frozen: its statistics never change, so every convolution carries it folded
into its weights, which spares a pass over the activations in training.
"""

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from figureground.errors import InputError

STAGES = (
    # expansion, channels, blocks, stride: table 2 of the paper
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)

STEM = 7
"""The blocks 0..6 are the stem: their output has stride 8."""


class ConvNorm(nn.Module):
    """A convolution with frozen batch normalisation folded into it, then ReLU6 where asked.

    A convolution of stride 2 pads one row and one column, `leading` (top and left) or trailing.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        *,
        stride: int = 1,
        depthwise: bool = False,
        active: bool = True,
        leading: bool = False,
    ) -> None:
        super().__init__()
        self.stride, self.groups, self.active = stride, inputs if depthwise else 1, active
        self.plain = False
        self.padding = kernel // 2 if stride == 1 else 0
        self.border = (0, 0, 0, 0) if stride == 1 else (1, 0, 1, 0) if leading else (0, 1, 0, 1)
        self.weight = nn.Parameter(torch.empty(outputs, inputs // self.groups, kernel, kernel))
        self.gain = nn.Parameter(torch.ones(outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("mean", torch.zeros(outputs))
        self.register_buffer("deviation", torch.ones(outputs))
        nn.init.kaiming_normal_(self.weight, mode="fan_out")

    def fold(self) -> None:
        """Put the normalisation into the weights for good; no output changes."""
        with torch.no_grad():
            weight, bias = self._scaled()
            self.weight.copy_(weight)
            self.bias.copy_(bias)
        self.plain = True

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W), of half the size where the stride is 2."""
        if self.stride > 1:
            x = functional.pad(x, self.border)
        weight, bias = (self.weight, self.bias) if self.plain else self._scaled()
        x = functional.conv2d(x, weight, bias, self.stride, self.padding, groups=self.groups)
        return functional.relu6(x, inplace=True) if self.active else x

    def _scaled(self) -> tuple[Tensor, Tensor]:
        scale = self.gain / cast(Tensor, self.deviation)
        bias = self.bias - cast(Tensor, self.mean) * scale
        return self.weight * scale[:, None, None, None], bias


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; added to the input where the shapes agree."""

    def __init__(
        self, inputs: int, outputs: int, expansion: int, stride: int, leading: bool
    ) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.residual = stride == 1 and inputs == outputs
        self.expand = ConvNorm(inputs, hidden) if expansion > 1 else nn.Identity()
        self.depthwise = ConvNorm(hidden, hidden, 3, stride=stride, depthwise=True, leading=leading)
        self.project = ConvNorm(hidden, outputs, active=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The block's output, and its expanded input (the richest map at the input's stride)."""
        expanded = self.expand(x)
        out = self.project(self.depthwise(expanded))
        return (x + out if self.residual else out), expanded


class MobileNetV2(nn.Module):
    """Image (N, 3, H, W) in [-1, 1], H and W multiples of 32 → maps at strides 8, 16, 32.

    `channels` = (192, 576, 320). The maps at 8 and 16 are the expanded ones of the blocks that
    halve the size next. The halving convolutions pad trailing, leading, trailing … in turn, where
    the ImageNet weights were trained with trailing padding alone: a plain shift of the sampling
    grid, which keeps the centres of the cells within a sixth of a cell of where bilinear
    upsampling takes them to be, instead of half a cell off.
    """

    channels = (192, 576, 320)
    multiple = 32
    mean = (127.5, 127.5, 127.5)
    deviation = (127.5, 127.5, 127.5)
    stem_channels = 32
    stem_stride = 8
    stem_multiple = 8

    def __init__(self) -> None:
        super().__init__()
        blocks: list[nn.Module] = [ConvNorm(3, 32, 3, stride=2)]
        inputs, leading = 32, True
        for expansion, outputs, repeats, first_stride in STAGES:
            for repeat in range(repeats):
                stride = first_stride if repeat == 0 else 1
                blocks.append(InvertedResidual(inputs, outputs, expansion, stride, leading))
                leading = leading != (stride == 2)
                inputs = outputs
        self.blocks = nn.ModuleList(blocks)

    @property
    def stem_layers(self) -> nn.ModuleList:
        """The layers that `stem` runs."""
        return self.blocks[:STEM]

    def stem(self, image: Tensor) -> Tensor:
        """The first blocks: (N, 32, H/8, W/8)."""
        x: Tensor = self.blocks[0](image)
        for block in self.blocks[1:STEM]:
            x, _ = block(x)
        return x

    def trunk(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """From the stem's output to the maps at strides 8, 16 and 32."""
        maps = []
        for block in self.blocks[STEM:]:
            x, expanded = block(x)
            if block.depthwise.stride == 2:
                maps.append(expanded)
        return maps[0], maps[1], x

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The maps at strides 8, 16 and 32."""
        return self.trunk(self.stem(image))


def translate(tensors: Mapping[str, Tensor], eps: float = 1e-3) -> dict[str, Tensor]:
    """Torchvision's names (`features.*`) to ours; the classifier is left out."""
    fields = {"weight": "gain", "bias": "bias", "running_mean": "mean", "running_var": "deviation"}
    ours = {}
    for name, tensor in tensors.items():
        parts = name.split(".")
        if parts[0] != "features" or parts[1] == "18" or parts[-1] == "num_batches_tracked":
            continue
        block, field, path = int(parts[1]), parts[-1], [int(p) for p in parts[2:-1] if p.isdigit()]
        if block == 0:
            layer, is_conv = "", path == [0]
        else:
            layers = (
                ["depthwise.", "project."] if block == 1 else ["expand.", "depthwise.", "project."]
            )
            last = len(layers) - 1
            layer = layers[min(path[0], last)]
            is_conv = path[1] == 0 if path[0] < last else path[0] == last
        ours[f"blocks.{block}.{layer}" + ("weight" if is_conv else fields[field])] = (
            torch.sqrt(tensor.float() + eps) if field == "running_var" else tensor.float()
        )
    return ours


def load_mobilenet_v2(backbone: MobileNetV2, tensors: Mapping[str, Tensor]) -> None:
    """Copy weights named as torchvision's; InputError where they are of another network."""
    try:
        backbone.load_state_dict(translate(tensors))
    except (RuntimeError, IndexError, ValueError) as error:
        reason = " ".join(str(error).split())[:160]
        raise InputError(f"weights: are not MobileNetV2's ({reason})") from None
