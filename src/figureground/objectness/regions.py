"""Superpixels as things with a size, a place and a colour."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from figureground.objectness import _native

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
    sums = np.zeros((count, _native.REGION_SUMS))
    colours = np.zeros((count, _native.COLOURS), np.int32)
    _native.sum_regions(superpixels, image, sums, colours)
    pixels = sums[:, :1]
    centre, mean = sums[:, 2:4] / (pixels * [width, height]), sums[:, 4:] / pixels
    return Regions(
        pixels[:, 0].astype(np.float32),
        sums[:, 1].astype(np.float32),
        centre.astype(np.float32),
        lab(mean.astype(np.float32)),
        colour_words(colours),
    )


def colour_words(histograms: NDArray[np.int32]) -> Values:
    """Keep the commonest colours of histograms, (S, 64), and add up the others: (S, 25)."""
    commonest = np.argsort(-histograms.sum(axis=0), kind="stable")[:WORDS]
    named = histograms[:, commonest]
    others = histograms.sum(axis=1, keepdims=True) - named.sum(axis=1, keepdims=True)
    return np.hstack([named, others]).astype(np.float32)


class Foreground(NamedTuple):
    """Means over every superpixel, (S,), of a network's probability of foreground.

    Attributes:
        p: the probability.
        odds: its log odds.
        called: the share of the pixels above one half.
        squares: the squared log odds.
    """

    p: Values
    odds: Values
    called: Values
    squares: Values


def foreground_means(
    foreground: NDArray[np.float32], superpixels: NDArray[np.int32], pixels: Values
) -> Foreground:
    """Average a map of probabilities, (H, W), over superpixels of so many pixels, (S,)."""
    sums = np.zeros((len(pixels), _native.FOREGROUND_SUMS))
    foreground = np.ascontiguousarray(foreground, np.float32)
    _native.sum_foreground(superpixels, foreground, log_odds(foreground), sums)
    return Foreground(*(sums / pixels[:, None]).T.astype(np.float32))


def log_odds(p: NDArray[np.floating]) -> Values:
    """Log p / (1 - p), for p within 1e-4 of 0 and 1 as for those."""
    p = np.clip(p, 1e-4, 1 - 1e-4)
    return np.log(p / (1 - p)).astype(np.float32, copy=False)


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
