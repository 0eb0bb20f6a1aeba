"""DeepLab-LargeFOV on VGG-16: a map at stride 8 without skips, by dilated convolutions.

Source: Chen, Papandreou, Kokkinos, Murphy & Yuille, "Semantic Image Segmentation with Deep
Convolutional Nets and Fully Connected CRFs", ICLR 2015: pool4 and pool5 keep the size, conv5 is
dilated by 2, and fc6 is 3x3 of 1024 channels dilated by 12, whose field of view is 224 pixels.
"""

from collections.abc import Mapping
from typing import cast

from torch import Tensor, nn
from torch.nn import functional

from figureground.networks.torch.grid import crop
from figureground.networks.torch.stages import take_stage
from figureground.networks.torch.vgg16 import VGG16

HIDDEN, DILATION = 1024, 12


class LargeFOV(nn.Module):
    """Image (N, 3, H, W) of any size, prepared as `backbone` wants it → scores (N, C, H, W).

    Args:
        classes: their number, the background included.
        dropout: rate after fc6 and fc7.
        thinner: divides all widths.
    """

    stride = 8

    def __init__(self, classes: int, dropout: float = 0.5, thinner: int = 1) -> None:
        super().__init__()
        self.classes = classes
        self.backbone = VGG16(thinner=thinner, dilated=True)
        deep, hidden = self.backbone.channels[-1], HIDDEN // thinner
        fc6 = nn.Conv2d(deep, hidden, 3, padding=DILATION, dilation=DILATION)
        fc7 = nn.Conv2d(hidden, hidden, 1)
        self.fc = nn.Sequential(
            *(fc6, nn.ReLU(inplace=True), nn.Dropout(dropout)),
            *(fc7, nn.ReLU(inplace=True), nn.Dropout(dropout)),
        )
        self.score8 = nn.Conv2d(hidden, classes, 1)
        for layer in (fc6, fc7):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(cast(Tensor, layer.bias))

    def at_stride(self, image: Tensor) -> Tensor:
        """The scores of the cells at the pixels 0, 8, 16 …, the last one at or past the border."""
        return cast(Tensor, self.score8(self.fc(self.backbone(image)[2])))

    def forward(self, image: Tensor) -> Tensor:
        """The scores of every pixel, (N, C, H, W): bilinear between the cells."""
        scores = self.at_stride(image)
        rows, columns = (self.stride * (cells - 1) + 1 for cells in scores.shape[2:])
        scores = functional.interpolate(
            scores, size=(rows, columns), mode="bilinear", align_corners=True
        )
        return crop(scores, 0, (image.shape[2], image.shape[3]))

    def coarse(self, image: Tensor) -> Tensor:
        """The scores of every pixel: this network upsamples them itself."""
        return cast(Tensor, self(image))

    def start_from(self, tensors: Mapping[str, Tensor]) -> None:
        """Take the weights of an earlier run."""
        take_stage(self, tensors)
