"""The contour network: MobileNetV2's first blocks, their maps fused from coarse to fine.

The scores have one class for the background and K for the shapes of contours; a contour's
probability is the sum over the K (DeepContour: Shen et al., "DeepContour: A Deep Convolutional
Feature Learned by Positive-sharing Loss for Contour Detection", CVPR 2015). The fusion is that of
feature pyramids (Lin et al., CVPR 2017), down to half resolution, where contours are still told
within the two pixels that annotators agree on.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from figureground.networks.torch.mobilenet_v2 import STAGES, ConvNorm, InvertedResidual

MULTIPLE = 16
"""H and W of the input are multiples of this."""

BLOCKS = 8
"""The blocks 0..7 of MobileNetV2: strides 2, 2, 4, 4, 8, 8, 8, 16."""


class ContourNetwork(nn.Module):
    """Image (N, 3, H, W) in [-1, 1] → scores (N, 1 + K, H/2, W/2), class 0 = background."""

    def __init__(self, shapes: int) -> None:
        super().__init__()
        self.shapes = shapes
        self.blocks = _backbone()
        self.context = nn.ModuleList(_Separable(64, dilation) for dilation in (1, 2))
        self.lateral = nn.ModuleList(
            nn.Conv2d(inputs, outputs, 1)
            for inputs, outputs in ((64, 24), (32, 24), (144, 16), (96, 16))
        )
        self.narrow = nn.ModuleList(
            nn.Conv2d(inputs, outputs, 1) for inputs, outputs in ((24, 24), (24, 16), (16, 16))
        )
        self.refine = nn.ModuleList(
            [_Separable(24, 1), _Separable(16, 1), nn.Conv2d(16, 16, 3, padding=1)]
        )
        self.score = nn.Conv2d(16, 1 + shapes, 3, padding=1)
        self.sides = nn.ModuleList(nn.Conv2d(channels, 1 + shapes, 1) for channels in (24, 16))

    def maps(self, image: Tensor) -> list[Tensor]:
        """The backbone's maps at strides 16, 8, 4 and 2, the coarsest first."""
        x = self.blocks[0](image)
        expanded = []
        for block in self.blocks[1:]:
            before = x
            x, wide = block(x)
            expanded.append(wide)
        return [x, before, expanded[3], expanded[1]]

    def pyramid(self, image: Tensor) -> list[Tensor]:
        """Fused maps at strides 8 (24 channels), 4 (16) and 2 (16)."""
        deep, *finer = self.maps(image)
        for block in self.context:
            deep = block(deep)
        fused = functional.relu(self.lateral[0](deep))
        levels = []
        for lateral, narrow, refine, map_ in zip(
            self.lateral[1:], self.narrow, self.refine, finer, strict=True
        ):
            fused = functional.relu(lateral(map_) + double(narrow(fused)))
            fused = functional.relu(refine(fused))
            levels.append(fused)
        return levels

    def forward(self, image: Tensor) -> Tensor:
        """The scores at half resolution."""
        scores: Tensor = self.score(self.pyramid(image)[-1])
        return scores

    def supervised(self, image: Tensor) -> list[Tensor]:
        """Scores at strides 8, 4 and 2: for training, where the coarse maps learn by themselves."""
        levels = self.pyramid(image)
        sides = [side(level) for side, level in zip(self.sides, levels[:-1], strict=True)]
        return [*sides, self.score(levels[-1])]


SOFTNESS, LIFT = 0.7, 0.5
"""Log-odds x become SOFTNESS · x + LIFT: weak contours count for more, so that the proposals' paths
do not leak through them. Chosen on photos that are not for measuring (docs/contours.md)."""


class ContourStrength(nn.Module):
    """Image (1, 3, H, W) → strength of contours at every pixel, (1, 1, H, W): what is shipped.

    It rises with the probability of a contour, but is higher than how often people mark such a
    pixel: contours weigh more in training, and are lifted once more for the proposals.
    """

    def __init__(self, network: ContourNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        """From the sum over the shapes, at full resolution."""
        return torch.sigmoid(SOFTNESS * double(log_odds(self.network(image))) + LIFT)


def log_odds(scores: Tensor) -> Tensor:
    """Log-odds of contour against background, (N, 1, H, W): log Σ p_k - log p_0."""
    return scores[:, 1:].logsumexp(1, keepdim=True) - scores[:, :1]


def double(x: Tensor) -> Tensor:
    """Bilinear upsampling by two."""
    return functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def parameters_of(network: ContourNetwork) -> int:
    """How many numbers the shipped network holds: normalisation folded, side scores left out."""
    total = sum(p.numel() for p in network.parameters())
    total -= sum(p.numel() for p in network.sides.parameters())
    return total - sum(m.gain.numel() for m in network.modules() if isinstance(m, ConvNorm))


class _Separable(nn.Module):
    """A residual block: 3x3 on each channel, then 1x1."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(
            channels, channels, 3, padding=dilation, dilation=dilation, groups=channels
        )
        self.pointwise = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.pointwise.weight)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.pointwise(functional.relu(self.depthwise(x)))
        return out


def _backbone() -> nn.ModuleList:
    """The first blocks, under the names that `translate` gives the ImageNet weights."""
    blocks: list[nn.Module] = [ConvNorm(3, 32, 3, stride=2)]
    inputs, leading = 32, True
    for expansion, outputs, repeats, first_stride in STAGES:
        for repeat in range(repeats):
            if len(blocks) == BLOCKS:
                break
            stride = first_stride if repeat == 0 else 1
            blocks.append(InvertedResidual(inputs, outputs, expansion, stride, leading))
            leading = leading != (stride == 2)
            inputs = outputs
    return nn.ModuleList(blocks)
