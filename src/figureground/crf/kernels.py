"""Kernels of the pairwise term: over which features pixels are alike, and what that does to labels.

The energy of a labelling x is `Σ_i θ_i(x_i) + Σ_{i<j} Σ_m μ_m(x_i, x_j) k_m(f_i, f_j)`, where
`k(f, g) = exp(-|f - g|² / 2)` over features in units of their scale (Krähenbühl and Koltun, NIPS
2011, equations 1 to 3).

Compatibility has one sign convention: positive numbers penalise. A scalar w is the Potts model, w
for different labels and 0 for equal ones; (C,) numbers are a Potts model with the weight of label
a times 1 where the labels differ; a (C, C) matrix is μ itself, symmetric.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from figureground.errors import InputError

Normalization = Literal["symmetric", "before", "after", "none"]
Compatibility = float | Sequence[float] | NDArray[Any]


@dataclass(frozen=True)
class Gaussian:
    """Smoothness: pixels near each other, whatever their colour.

    Attributes:
        sxy: standard deviation in pixels; one number, or (sx, sy).
        compat: compatibility, see the module.
        normalization: how the kernel matrix K is normalised by its row sums d: "symmetric" is
            d^-1/2 K d^-1/2, "before" K d^-1, "after" d^-1 K, "none" K.
    """

    sxy: float | tuple[float, float] = 3.0
    compat: Compatibility = 3.0
    normalization: Normalization = "symmetric"

    def features(self, image: NDArray[Any]) -> NDArray[np.float32]:
        """Return (2, H, W): column and row in units of sxy."""
        return _positions(image.shape[:2], _pair(self.sxy))


@dataclass(frozen=True)
class Bilateral:
    """Appearance: pixels near each other and of like colour.

    Attributes:
        sxy: standard deviation in pixels; one number, or (sx, sy).
        srgb: standard deviation in grey levels; one number, or one per channel.
        compat: compatibility, see the module.
        normalization: as in Gaussian.
    """

    sxy: float | tuple[float, float] = 67.0
    srgb: float | tuple[float, ...] = 3.0
    compat: Compatibility = 4.0
    normalization: Normalization = "symmetric"

    def features(self, image: NDArray[Any]) -> NDArray[np.float32]:
        """Return (2 + channels, H, W): column, row and colour in units of their scales."""
        channels = image.shape[2]
        scales = _scales("srgb", self.srgb, channels)
        colour = np.moveaxis(image, 2, 0).astype(np.float32) / scales[:, None, None]
        return np.concatenate([_positions(image.shape[:2], _pair(self.sxy)), colour])


Kernel = Gaussian | Bilateral


def potts(compat: Compatibility, classes: int) -> NDArray[np.float32]:
    """Return the (C, C) compatibility matrix μ that `compat` stands for."""
    array = np.asarray(compat, dtype=np.float32)
    if not np.isfinite(array).all():
        raise InputError("compat: expected finite numbers")
    if array.ndim < 2:
        if array.ndim == 1 and len(array) != classes:
            raise InputError(f"compat: expected {classes} numbers, one a class, got {len(array)}")
        off = 1.0 - np.eye(classes, dtype=np.float32)
        return np.ascontiguousarray(np.broadcast_to(array, (classes,))[:, None] * off)
    if array.shape != (classes, classes):
        raise InputError(f"compat: expected ({classes}, {classes}), got shape {array.shape}")
    if not np.allclose(array, array.T):
        raise InputError("compat: the matrix is not symmetric; use (M + M.T) / 2")
    return np.ascontiguousarray(array)


def _positions(size: tuple[int, ...], scales: NDArray[np.float32]) -> NDArray[np.float32]:
    rows, columns = np.indices(size[:2], dtype=np.float32)
    return np.stack([columns / scales[0], rows / scales[1]])


def _pair(sxy: float | tuple[float, float]) -> NDArray[np.float32]:
    return _scales("sxy", sxy, 2)


def _scales(name: str, value: Any, count: int) -> NDArray[np.float32]:
    array = np.asarray(value, dtype=np.float32)
    if array.ndim > 1 or (array.ndim == 1 and len(array) != count):
        raise InputError(f"{name}: expected one number or {count}, got shape {array.shape}")
    if not (np.isfinite(array) & (array > 0)).all():
        raise InputError(f"{name}: expected positive numbers, got {value}")
    return np.ascontiguousarray(np.broadcast_to(array, (count,)))
