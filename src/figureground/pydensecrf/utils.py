"""pydensecrf.utils: unaries and features."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figureground.crf.kernels import Bilateral, Gaussian
from figureground.errors import InputError


def unary_from_labels(
    labels: Any, n_labels: int, gt_prob: float, zero_unsure: bool = True
) -> NDArray[np.float32]:
    """Return energies (labels, points) of a label map that is right with probability `gt_prob`.

    With `zero_unsure`, label 0 means "any" and the labels proper start at 1.
    """
    if not 0 < gt_prob < 1:
        raise InputError(f"gt_prob: expected a number in (0, 1), got {gt_prob}")
    flat = np.asarray(labels).reshape(-1)
    shifted = flat - 1 if zero_unsure else flat
    known = shifted >= 0
    if shifted.max(initial=0) >= n_labels:
        raise InputError(f"labels: {flat.max()} does not fit {n_labels} labels")
    energies = np.full(
        (n_labels, flat.size), -np.log((1 - gt_prob) / (n_labels - 1)), dtype=np.float32
    )
    energies[shifted[known], np.flatnonzero(known)] = -np.log(gt_prob)
    energies[:, ~known] = np.log(n_labels)
    return energies


def unary_from_softmax(
    sm: Any, scale: float | None = None, clip: float | None = 1e-5
) -> NDArray[np.float32]:
    """Return energies (labels, points) of probabilities (labels, ...).

    `scale` in (0, 1] mixes the probabilities with the uniform ones; `clip` is their lower bound.
    """
    p = np.asarray(sm, dtype=np.float64)
    if scale is not None:
        if not 0 < scale <= 1:
            raise InputError(f"scale: expected a number in (0, 1], got {scale}")
        p = scale * p + (1 - scale) / len(p)
    if clip is not None:
        p = np.clip(p, clip, 1.0)
    return np.asarray(-np.log(p).reshape(len(p), -1), dtype=np.float32)


def compute_unary(labels: Any, M: int, GT_PROB: float = 0.5) -> NDArray[np.float32]:
    """Return unary_from_labels; pydensecrf's old name."""
    return unary_from_labels(labels, M, GT_PROB)


def softmax_to_unary(sm: Any, GT_PROB: float = 1) -> NDArray[np.float32]:
    """Return unary_from_softmax; pydensecrf's old name."""
    return unary_from_softmax(sm, None if GT_PROB == 1 else GT_PROB, clip=None)


def create_pairwise_gaussian(sdims: Sequence[float], shape: Sequence[int]) -> NDArray[np.float32]:
    """Return positions over scales, (axes, points); `sdims` in the order of `shape`."""
    sizes = tuple(shape)
    features = Gaussian(tuple(sdims)[::-1]).features(None, sizes)[::-1]
    return np.ascontiguousarray(features.reshape(len(sizes), -1))


def create_pairwise_bilateral(
    sdims: Sequence[float], schan: float | Sequence[float], img: Any, chdim: int = -1
) -> NDArray[np.float32]:
    """Return positions and channels over scales, (axes + channels, points).

    `sdims` are in the order of the image's axes without `chdim`, the axis of channels; -1 means
    that there is none.
    """
    array = np.asarray(img)
    pixels = array[..., None] if chdim == -1 else np.moveaxis(array, chdim, -1)
    sizes = pixels.shape[:-1]
    scale = schan if np.isscalar(schan) else tuple(schan)  # type: ignore[arg-type]
    features = Bilateral(tuple(sdims)[::-1], scale).features(pixels, sizes)  # type: ignore[arg-type]
    axes = len(sizes)
    ordered = np.concatenate([features[:axes][::-1], features[axes:]])
    return np.ascontiguousarray(ordered.reshape(len(ordered), -1))
