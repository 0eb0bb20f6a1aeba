"""Augmented views of a sample, each a pure function of (seed, view, index)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from figureground.arrays import VOID


@dataclass(frozen=True)
class Augmentation:
    """How a view is drawn.

    The photo is scaled, its shape kept, so that its longest side is `longest` times a factor
    drawn log-uniformly from [smallest, largest]; mirrored in half of the cases; its brightness,
    contrast and saturation change by a factor within 1 ± colour; and a square of `crop` pixels is
    cut out, or padded right and below where the photo is smaller. The loss looks at every
    `label_every`-th pixel on either axis.
    """

    crop: int
    longest: int
    smallest: float
    largest: float
    colour: float
    label_every: int = 4


def draw_view(
    image: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    how: Augmentation,
    key: tuple[int, int, int],
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """A view of a photo: (crop, crop, 3) float32 grey levels, NaN where padded, and its labels.

    `key` is (seed, view, index): the same key draws the same view.
    """
    rng = np.random.default_rng(key)
    low, high = np.log(how.smallest), np.log(how.largest)
    scale = how.longest / max(labels.shape) * np.exp(rng.uniform(low, high))
    height, width = (max(1, round(side * scale)) for side in labels.shape)
    left, top = (int(rng.uniform() * max(0, side - how.crop + 1)) for side in (width, height))
    mirrored = rng.uniform() < 0.5
    # Cut before scaling: only the pixels of the view are resampled.
    right, bottom = min(width, left + how.crop), min(height, top + how.crop)
    box = (left / scale, top / scale, right / scale, bottom / scale)
    box = (*box[:2], min(box[2], labels.shape[1]), min(box[3], labels.shape[0]))
    size = (right - left, bottom - top)
    pixels = Image.fromarray(image).resize(size, Image.Resampling.BILINEAR, box)
    classes = Image.fromarray(labels).resize(size, Image.Resampling.NEAREST, box)
    view = np.full((how.crop, how.crop, 3), np.nan, np.float32)
    truth = np.full((how.crop, how.crop), VOID, np.uint8)
    rows, columns = slice(0, size[1]), slice(0, size[0])
    view[rows, columns] = recolour(np.asarray(pixels, np.float32), how.colour, rng)
    truth[rows, columns] = np.asarray(classes)
    if mirrored:
        view[rows, columns] = view[rows, columns][:, ::-1].copy()
        truth[rows, columns] = truth[rows, columns][:, ::-1].copy()
    return view, truth


def recolour(
    pixels: NDArray[np.float32], strength: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Change brightness, contrast and saturation, each by a factor within 1 ± strength."""
    brightness, contrast, saturation = rng.uniform(1 - strength, 1 + strength, 3)
    pixels = pixels * np.float32(brightness)
    middle = np.float32(pixels.mean())
    pixels = (pixels - middle) * np.float32(contrast) + middle
    gray = pixels.mean(axis=2, keepdims=True)
    pixels = (pixels - gray) * np.float32(saturation) + gray
    return np.clip(pixels, 0, 255).astype(np.float32, copy=False)
