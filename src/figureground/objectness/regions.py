"""Superpixels as things with a size, a place and a colour."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]


class Regions(NamedTuple):
    """The superpixels of a photo; each array has a row a superpixel.

    Attributes:
        pixels: (S,) how many pixels.
        border: (S,) how many pixel sides lie on the photo's border.
        centre: (S, 2) mean x and y, in shares of the photo's width and height.
        lab: (S, 3) mean colour, CIE Lab over 100.
        words: (S, 25) how many pixels have each of the photo's commonest colours, and any other.
    """

    pixels: Values
    border: Values
    centre: Values
    lab: Values
    words: Values


WORDS = 24
"""So many of the 4 x 4 x 4 colours, the commonest of a photo, are told apart."""


def regions(image: NDArray[np.uint8], superpixels: NDArray[np.int32]) -> Regions:
    """Describe the superpixels, (H, W) labels 0..S-1, of a photo, (H, W, 3) uint8."""
    count = int(superpixels.max()) + 1
    height, width = superpixels.shape
    pixels = np.bincount(superpixels.ravel(), minlength=count)
    sides = (superpixels[0], superpixels[-1], superpixels[:, 0], superpixels[:, -1])
    border = np.bincount(np.concatenate(sides), minlength=count)
    rows = superpixels + np.arange(height, dtype=np.int64)[:, None] * count
    per_row = np.bincount(rows.ravel(), minlength=height * count).reshape(height, count)
    columns = superpixels + np.arange(width, dtype=np.int64) * count
    per_column = np.bincount(columns.ravel(), minlength=width * count).reshape(width, count)
    x = (np.arange(width) + 0.5) / width @ per_column / pixels
    y = (np.arange(height) + 0.5) / height @ per_row / pixels
    return Regions(
        pixels.astype(np.float32),
        border.astype(np.float32),
        np.stack([x, y], axis=1).astype(np.float32),
        lab(mean_colours(image, superpixels, pixels)),
        colour_words(image, superpixels, pixels),
    )


def mean_colours(
    image: NDArray[np.uint8], superpixels: NDArray[np.int32], pixels: NDArray[Any]
) -> Values:
    """The mean colour of every superpixel, (S, 3), in grey levels."""
    labels = superpixels.ravel()
    sums = [np.bincount(labels, image[..., c].ravel(), len(pixels)) for c in range(3)]
    return np.asarray(np.stack(sums, axis=1) / pixels[:, None], np.float32)


def colour_words(
    image: NDArray[np.uint8], superpixels: NDArray[np.int32], pixels: NDArray[Any]
) -> Values:
    """The histogram of coarse colours of every superpixel, (S, 25), in pixels."""
    red, green, blue = np.moveaxis(image >> 6, 2, 0)
    colours = (red << 4) | (green << 2) | blue
    counts = np.bincount((superpixels * 64 + colours).ravel(), minlength=64 * len(pixels))
    histograms = counts.reshape(len(pixels), 64)
    commonest = np.argsort(-histograms.sum(axis=0), kind="stable")[:WORDS]
    named = histograms[:, commonest]
    others = pixels[:, None] - named.sum(axis=1, keepdims=True)
    return np.hstack([named, others]).astype(np.float32)


def mean_of(values: NDArray[Any], superpixels: NDArray[np.int32], pixels: Values) -> Values:
    """The mean of a map, (H, W), over every superpixel, (S,)."""
    sums = np.bincount(superpixels.ravel(), values.ravel(), len(pixels))
    return np.asarray(sums / pixels, np.float32)


def lab(colours: Values) -> Values:
    """CIE Lab (D65) over 100 of sRGB colours in grey levels, (N, 3)."""
    value = colours.astype(np.float64) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _XYZ.T / _WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = f.T
    return np.stack([1.16 * y - 0.16, 5 * (x - y), 2 * (y - z)], axis=1).astype(np.float32)


_XYZ = np.array(
    [[0.41246, 0.35758, 0.18044], [0.21267, 0.71515, 0.07217], [0.01933, 0.11919, 0.95030]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])
