"""Unary energies: what the network says of each pixel alone."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import VOID, as_labels, as_map, as_probabilities
from figureground.errors import InputError

SMALLEST = 1e-5
"""Probabilities are clipped here from below, so that none has an infinite energy."""


def unary(
    probabilities: Any,
    objectness: Any | None = None,
    objectness_weight: float = 1.0,
    smallest: float = SMALLEST,
) -> NDArray[np.float32]:
    """Return the energies θ, (C, H, W) float32, in nats.

    Without objectness `θ_k = -log p_k`. With it, the unary of Liu and Lew (ICIP 2017):
    `θ_0 = -log p_0` and `θ_k = -log p_k - w · pos` for every object class k ≥ 1.

    Args:
        probabilities: (C, H, W) in [0, 1] that sum to 1 over the classes.
        objectness: (H, W), how much more likely each pixel is an object, or None.
        objectness_weight: the w above.
        smallest: probabilities are clipped to at least this, in (0, 1).
    """
    p = as_probabilities(probabilities)
    if not 0 < smallest < 1:
        raise InputError(f"smallest: expected a number between 0 and 1, got {smallest}")
    energies = -np.log(np.maximum(p, np.float32(smallest)))
    if objectness is not None:
        pos = as_map(objectness, p.shape[1:], name="objectness")
        energies[1:] -= np.float32(objectness_weight) * pos
    return energies


def unary_from_labels(
    labels: Any, classes: int, certainty: float = 0.9, unsure: int | None = None
) -> NDArray[np.float32]:
    """Return energies (C, H, W) for a label map that is right with probability `certainty`.

    Args:
        labels: (H, W) integers; 255 is void: any label.
        classes: how many there are.
        certainty: of each label, in (0, 1).
        unsure: one more label that means "any".
    """
    array = as_labels(labels)
    if classes < 2 or not 0 < certainty < 1:
        raise InputError("unary_from_labels: needs 2 classes or more and a certainty in (0, 1)")
    known = (array != VOID) & (array != unsure if unsure is not None else True)
    if known.any() and array[known].max() >= classes:
        raise InputError(f"labels: {array[known].max()} does not fit {classes} classes")
    other = -np.log((1 - certainty) / (classes - 1))
    energies = np.full((classes, *array.shape), other, np.float32)
    rows, columns = np.nonzero(known)
    energies[array[known], rows, columns] = -np.log(certainty)
    energies[:, ~known] = np.log(classes)
    return energies
