"""Checks the energies that a CRF is given, and leaves out classes that cannot matter."""

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import all_finite
from figureground.errors import InputError

Nonfinite = Literal["error", "ignore"]

IMPOSSIBLE = 1e4
"""What an infinite energy counts as: far beyond what any kernel can make up for."""


def as_energies(unary: Any, shape: tuple[int, ...], nonfinite: Nonfinite) -> NDArray[np.float32]:
    """Return finite energies (C, pixels) float32, C-contiguous.

    Args:
        unary: (C, *shape), any real dtype and memory layout.
        shape: of the image or grid.
        nonfinite: "error" refuses NaN and infinity. "ignore" takes +inf as impossible and lets a
            pixel with NaN or -inf, or with no possible label, be undecided: its neighbours decide.
    """
    energies = flattened(unary, shape)
    if all_finite(energies):
        return energies
    if nonfinite == "error":
        raise nonfinite_error(energies, shape)
    undecided = np.isnan(energies).any(axis=0) | (energies == -np.inf).any(axis=0)
    undecided |= ~np.isfinite(energies).any(axis=0)
    return np.where(undecided, np.float32(0), np.nan_to_num(energies, posinf=IMPOSSIBLE))


def flattened(unary: Any, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return (C, *shape) of any real dtype and memory layout as (C, pixels) float32, unchecked."""
    array = np.asarray(unary)
    if array.dtype.kind not in "fiu":
        raise InputError(f"unary: expected real numbers, got {array.dtype}")
    if array.ndim != len(shape) + 1 or array.shape[1:] != shape or array.shape[0] == 0:
        raise InputError(_shape_message(array.shape, shape))
    return np.ascontiguousarray(array, dtype=np.float32).reshape(array.shape[0], -1)


def nonfinite_error(energies: NDArray[np.float32], shape: tuple[int, ...]) -> InputError:
    """Return what to say of (C, pixels) energies that are not all finite."""
    finite = np.isfinite(energies)
    where = np.unravel_index(int(np.argmin(finite.all(axis=0))), shape)
    return InputError(
        f"unary: {int((~finite).sum())} values are not finite, the first at pixel "
        f'{tuple(map(int, where))}; clip the probabilities, or pass nonfinite="ignore"'
    )


def support(drop: float) -> float:
    """Return within how many nats of a pixel's least energy a class has to come somewhere.

    A class that is left out gets less than `drop` of the best class's probability everywhere. It
    could reach at most about `drop` anywhere: with Potts costs w its marginal stays below
    `drop · exp(w · drop)`, since its own message is at most `w · drop`.
    """
    if not 0 <= drop < 1:
        raise InputError(f"drop: expected a number in [0, 1), got {drop}")
    return -math.log(drop) if drop > 0 else math.inf


def _shape_message(got: tuple[int, ...], shape: tuple[int, ...]) -> str:
    text = f"unary: expected (C, {', '.join(map(str, shape))}) for this image, got shape {got}"
    if got[:-1] == shape:
        return text + "; it looks like (H, W, C): use .transpose(2, 0, 1)"
    if got[1:] == shape[::-1] and len(shape) == 2:
        return text + "; it looks like (C, W, H): use .transpose(0, 2, 1)"
    return text
