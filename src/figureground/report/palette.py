"""The colours of classes and of maps."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from figureground.arrays import VOID


def _voc_palette() -> NDArray[np.uint8]:
    # Bit b of a label goes to bit 7 - b // 3 of channel b % 3: close labels get far colours.
    palette = np.zeros((256, 3), np.uint8)
    labels = np.arange(256)
    for bit in range(8):
        palette[:, bit % 3] |= ((labels >> bit & 1) << (7 - bit // 3)).astype(np.uint8)
    return palette


PALETTE = _voc_palette()
"""PASCAL VOC's colours, (256, 3) uint8; the last one is that of void."""

# Perceptual steps from dark blue over green to yellow, so that maps read well without colour too.
_HEAT = np.array(
    [(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)], np.float64
)


def label_image(labels: NDArray[np.uint8]) -> Image.Image:
    """Labels, (H, W), as a palette image: its pixels are the labels, its colours PASCAL VOC's."""
    image = Image.fromarray(labels).convert("P")
    image.putpalette(PALETTE.tobytes())
    return image


def heat(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """A map, (H, W), in colours, (H, W, 3); its least value is dark and its largest bright."""
    low, high = float(values.min()), float(values.max())
    steps = (values - low) / max(high - low, 1e-12) * (len(_HEAT) - 1)
    at = np.arange(len(_HEAT))
    channels = [np.interp(steps, at, _HEAT[:, c]) for c in range(3)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def overlay(
    image: NDArray[np.uint8], labels: NDArray[np.uint8], opacity: float = 0.55
) -> NDArray[np.uint8]:
    """The photo with its objects tinted and outlined, (H, W, 3); the background stays as it is."""
    tinted = image + opacity * (PALETTE[labels].astype(np.float32) - image)
    object_ = (labels > 0) & (labels != VOID)
    out = np.where(object_[..., None], tinted, image)
    out[_outline(labels)] = 255
    return out.round().astype(np.uint8)


def _outline(labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    edge = np.zeros(labels.shape, np.bool_)
    edge[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    edge[1:] |= labels[1:] != labels[:-1]
    return edge
