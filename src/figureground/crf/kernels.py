"""Kernels of the pairwise term: over which features pixels are alike, and what that does to labels.

The energy of a labelling x is `Σ_i θ_i(x_i) + Σ_{i<j} Σ_m μ_m(x_i, x_j) k_m(f_i, f_j)`, where
`k(f, g) = exp(-|f - g|² / 2)` over features in units of their scale (Krähenbühl and Koltun, NIPS
2011, equations 1 to 3).

Compatibility has one sign: positive numbers make labels smoother. A number w is the Potts model, a
cost of w for two different labels. (C,) numbers give each label its own: two pixels that share
label a gain w_a. A (C, C) matrix is the cost μ itself and must be symmetric.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import all_finite
from figureground.errors import InputError

Normalization = Literal["symmetric", "before", "after", "none"]
Compatibility = float | Sequence[float] | NDArray[Any]
Scale = float | Sequence[float]
Pixels = NDArray[Any] | None

MAX_DIMENSIONS = 8


@dataclass(frozen=True, eq=False)
class Gaussian:
    """Smoothness: pixels near each other, whatever their colour.

    Attributes:
        sxy: standard deviation in pixels; one number, or (sx, sy), or for a volume (sx, sy, sz).
        compat: compatibility, see the module.
        normalization: how the kernel matrix K is normalised by its row sums d: "symmetric" is
            d^-1/2 K d^-1/2, "before" K d^-1, "after" d^-1 K, "none" K.
    """

    sxy: Scale = 3.0
    compat: Compatibility = 3.0
    normalization: Normalization = "symmetric"

    def sigmas(self, shape: tuple[int, ...]) -> list[float]:
        """Return the standard deviations in the order of the array's axes."""
        return [float(s) for s in _scales("sxy", self.sxy, len(shape))[::-1]]

    def features(self, _pixels: Pixels, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Return (axes, *shape): positions, x first, in units of sxy."""
        positions = np.empty((len(shape), *shape), np.float32)
        _fill_positions(positions, _scales("sxy", self.sxy, len(shape)))
        return positions


@dataclass(frozen=True, eq=False)
class Bilateral:
    """Appearance: pixels near each other and of like colour.

    Attributes:
        sxy: standard deviation in pixels; one number, or (sx, sy).
        srgb: standard deviation in the image's units (grey levels); one number, or one a channel.
        compat: compatibility, see the module.
        normalization: as in Gaussian.
    """

    sxy: Scale = 67.0
    srgb: Scale = 3.0
    compat: Compatibility = 4.0
    normalization: Normalization = "symmetric"

    def features(self, pixels: Pixels, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Return (axes + channels, *shape): positions, x first, then colour, each in its scale."""
        if pixels is None:
            raise InputError("kernels: a Bilateral kernel needs an image, but there is none")
        scales = _scales("srgb", self.srgb, pixels.shape[-1])
        features = np.empty((len(shape) + len(scales), *shape), np.float32)
        positions, colour = features[: len(shape)], features[len(shape) :]
        _fill_positions(positions, _scales("sxy", self.sxy, len(shape)))
        colour[:] = np.moveaxis(pixels, -1, 0)
        colour /= scales.reshape(-1, *(1 for _ in shape))
        return features


@dataclass(frozen=True, eq=False)
class Features:
    """Any features: depth, normals, embeddings, time, with or without positions.

    Attributes:
        array: (D, *shape), D at most 8.
        scales: standard deviations in the units of the array; one number, or D.
        compat: compatibility, see the module.
        normalization: as in Gaussian.
    """

    array: Any
    scales: Scale = 1.0
    compat: Compatibility = 1.0
    normalization: Normalization = "symmetric"

    def features(self, _pixels: Pixels, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Return (D, *shape): the array in units of its scales."""
        array = np.asarray(self.array)
        if array.dtype.kind not in "fiub" or array.ndim < 2 or array.shape[1:] != shape:
            raise InputError(
                f"features: expected real numbers of shape (D, {', '.join(map(str, shape))}), "
                f"got {array.dtype} {array.shape}"
            )
        scales = _scales("scales", self.scales, array.shape[0])
        return (array / scales.reshape(-1, *(1 for _ in shape))).astype(np.float32)


Kernel = Gaussian | Bilateral | Features


def flat_features(kernel: Kernel, pixels: Pixels, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the kernel's features as (D, pixels), of at most 8 dimensions."""
    features = kernel.features(pixels, shape)
    if not 1 <= features.shape[0] <= MAX_DIMENSIONS:
        raise InputError(f"features: expected 1 to 8 dimensions, got {features.shape[0]}")
    return np.ascontiguousarray(features.reshape(features.shape[0], -1))


def checked_features(kernel: Kernel, pixels: Pixels, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the same; raises InputError if some are not finite."""
    features = flat_features(kernel, pixels, shape)
    if not all_finite(features):
        raise InputError("features: some are not finite")
    return features


def compatibility(compat: Compatibility, classes: int) -> NDArray[np.float32]:
    """Return what `compat` means: (1, C), what sharing each label gains, or (C, C), the costs μ."""
    array = np.asarray(compat, dtype=np.float32)
    if not all_finite(array):
        raise InputError("compat: expected finite numbers")
    if array.ndim < 2:
        if array.ndim == 1 and len(array) != classes:
            raise InputError(f"compat: expected {classes} numbers, one a class, got {len(array)}")
        return np.ascontiguousarray(np.broadcast_to(array, (1, classes)))
    if array.shape != (classes, classes):
        raise InputError(f"compat: expected ({classes}, {classes}), got shape {array.shape}")
    if not np.allclose(array, array.T):
        raise InputError("compat: the matrix is not symmetric; use (M + M.T) / 2")
    if classes == 1:
        return -array
    return np.ascontiguousarray(array)


def costs(compat: Compatibility, classes: int) -> NDArray[np.float32]:
    """Return the (C, C) matrix of costs, up to a constant that no label sees."""
    gains = compatibility(compat, classes)
    return gains if gains.shape[0] == classes and classes > 1 else -np.diag(gains[0])


def _fill_positions(planes: NDArray[np.float32], scales: NDArray[np.float32]) -> None:
    """Fill (axes, *shape) with each point's coordinates in their scales, x first."""
    axes = len(planes)
    for i, (plane, scale) in enumerate(zip(planes, scales, strict=True)):
        line = np.arange(plane.shape[axes - 1 - i], dtype=np.float32) / scale
        plane[:] = line.reshape(-1, *(1 for _ in range(i)))


def _scales(name: str, value: Scale, count: int) -> NDArray[np.float32]:
    array = np.asarray(value, dtype=np.float32)
    if array.ndim > 1 or (array.ndim == 1 and len(array) != count):
        raise InputError(f"{name}: expected one number or {count}, got {value!r}")
    if not (np.isfinite(array) & (array > 0)).all():
        raise InputError(f"{name}: expected positive numbers, got {value!r}")
    return np.ascontiguousarray(np.broadcast_to(array, (count,)))
