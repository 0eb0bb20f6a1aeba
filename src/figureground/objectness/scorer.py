"""The scorer: segments say how likely each superpixel belongs to an object.

A small network looks at the features of every segment. It gives the segment's expected overlap with
the best object, and for each of a few heads a weight and a value. A superpixel sees, by head, the
share of the weight whose segments hold it, and the mean value of those segments; a second small
network turns that, and what the superpixel itself is, into log odds. Both are trained together on
the pixels, so that segments are weighed for what they tell about pixels.
"""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from figureground.errors import InputError
from figureground.files import atomic
from figureground.objectness.calibration import Calibration
from figureground.objectness.regions import Values
from figureground.objectness.sums import spread

WEIGHTS = Path(__file__).parents[1] / "weights"

SPREAD = 5.0
"""Features are clipped at so many standard deviations."""

LEAST_SHARE = 1e-4
"""Added to a share and to what it lacks before their quotient's logarithm is taken."""

MOST_WEIGHT = 12.0
"""The largest logarithm of a weight."""

ROWS = 128
"""Of a matrix product at a time: for so few, the library below NumPy starts no threads."""

LAYERS = ("first", "second", "weight", "value", "overlap", "joint", "last")
NORMS = ("segment_mean", "segment_deviation", "superpixel_mean", "superpixel_deviation")


class Scored(NamedTuple):
    """What a scorer says: (S,) log odds of the superpixels, (P,) overlaps of the segments."""

    odds: Values
    overlaps: Values


@dataclass(frozen=True)
class Scorer:
    """A trained scorer; all arrays are float32.

    Attributes:
        arrays: `LAYER.weight` (out, in) and `LAYER.bias` (out,) of `LAYERS`, and the means and
            deviations, `NORMS`, of the features.
        calibration: of the network that the scorer was trained with.
    """

    arrays: dict[str, NDArray[np.float32]]
    calibration: Calibration

    def __call__(
        self,
        segments: Values,
        members: NDArray[np.bool_],
        superpixels: Values,
        start: Values | float = 0.0,
    ) -> Scored:
        """Score the segments and the superpixels of a photo.

        Args:
            segments: (P, F) features.
            members: (P, S), the superpixels of each segment.
            superpixels: (S, K) features.
            start: (S,) log odds that the scorer's own are added to.
        """
        hidden = relu(self._layer("second", relu(self._layer("first", self._segments(segments)))))
        weights = np.exp(np.clip(self._layer("weight", hidden), -MOST_WEIGHT, MOST_WEIGHT))
        values = weights * self._layer("value", hidden)
        held, said = np.split(spread(members, np.hstack([weights, values])), 2, axis=1)
        total = weights.sum(axis=0) + 1e-9
        share = np.clip(held / total, 0, 1)
        odds = np.log((share + LEAST_SHARE) / (1 - share + LEAST_SHARE))
        seen = np.hstack([self._superpixels(superpixels), odds, said / (held + 1e-6 * total)])
        own = self._layer("last", relu(self._layer("joint", seen)))[:, 0]
        overlaps = sigmoid(self._layer("overlap", hidden)[:, 0])
        return Scored(np.asarray(start + own, np.float32), overlaps)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write an .npz file."""
        with atomic(path) as temporary:
            arrays: dict[str, Any] = dict(self.arrays, calibration=self.calibration.numbers())
            np.savez(temporary, **arrays)

    def _layer(self, name: str, x: Values) -> Values:
        weight, bias = self.arrays[f"{name}.weight"], self.arrays[f"{name}.bias"]
        y = np.empty((len(x), len(weight)), np.float32)
        for start in range(0, len(x), ROWS):
            rows = slice(start, start + ROWS)
            np.matmul(x[rows], weight.T, out=y[rows])
        y += bias
        return y

    def _segments(self, x: Values) -> Values:
        return normalised(x, self.arrays["segment_mean"], self.arrays["segment_deviation"])

    def _superpixels(self, x: Values) -> Values:
        return normalised(x, self.arrays["superpixel_mean"], self.arrays["superpixel_deviation"])


def sigmoid(x: Values) -> Values:
    """The probability of log odds."""
    return np.asarray(1 / (1 + np.exp(-x)), np.float32)


def relu(x: Values) -> Values:
    """The positive part."""
    return np.asarray(np.maximum(x, 0), np.float32)


def normalised(x: Values, mean: Values, deviation: Values) -> Values:
    """Features in standard deviations, clipped."""
    return np.asarray(np.clip((x - mean) / deviation, -SPREAD, SPREAD), np.float32)


def load_scorer(path: str | os.PathLike[str]) -> Scorer:
    """Read a scorer that `figureground train objectness` wrote."""
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    names = [*(f"{layer}.{part}" for layer in LAYERS for part in ("weight", "bias")), *NORMS]
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in names}
            calibration = Calibration.of(stored["calibration"])
    except Exception as error:  # zipfile, zlib and numpy each have their own
        raise InputError(f"{path}: not a trained scorer ({error})") from None
    _check(arrays, path)
    return Scorer(arrays, calibration)


@cache
def embedded_scorer(kind: str) -> Scorer:
    """The scorer that comes with the package: "image", or "network" which asks a network too."""
    return load_scorer(WEIGHTS / f"objectness_{kind}.npz")


def _check(arrays: dict[str, NDArray[np.float32]], path: Path) -> None:
    """Every layer takes what the one before it gives, and all numbers are finite."""
    if any(a.dtype != np.float32 or not np.isfinite(a).all() for a in arrays.values()):
        raise InputError(f"{path}: expected finite float32 arrays")
    features, parts = arrays["segment_mean"].size, arrays["superpixel_mean"].size
    hidden, heads = arrays["first.bias"].size, arrays["weight.bias"].size
    joint = arrays["joint.bias"].size
    shapes = {
        "first": (hidden, features),
        "second": (hidden, hidden),
        "weight": (heads, hidden),
        "value": (heads, hidden),
        "overlap": (1, hidden),
        "joint": (joint, parts + 2 * heads),
        "last": (1, joint),
    }
    for layer, shape in shapes.items():
        weight, bias = arrays[f"{layer}.weight"], arrays[f"{layer}.bias"]
        if weight.shape != shape or bias.shape != shape[:1]:
            raise InputError(f"{path}: {layer} is {weight.shape}, expected {shape}")
    for part in ("segment", "superpixel"):
        mean, deviation = arrays[f"{part}_mean"], arrays[f"{part}_deviation"]
        if mean.ndim != 1 or mean.shape != deviation.shape or not (deviation > 0).all():
            raise InputError(f"{path}: {part}_deviation does not fit")
