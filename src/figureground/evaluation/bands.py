"""IoU within a band around the objects' true outlines: how well refinement draws an edge."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import VOID
from figureground.evaluation.confusion import ConfusionMatrix

WIDTHS = (1, 2, 3, 5, 8, 12, 20, 40)
"""Widths of the bands, pixels."""


class BandConfusion:
    """Confusion matrices of the pixels within some widths of a true outline.

    The "trimap" measure of Kohli et al. (IJCV 2009) and Krähenbühl & Koltun (NIPS 2011). The
    outline is where the truth changes between 4-neighbours, void included; the distance is
    Euclidean.
    """

    def __init__(self, classes: Sequence[str], widths: Sequence[int] = WIDTHS) -> None:
        self.matrices = {width: ConfusionMatrix(classes) for width in widths}

    def add(self, labels: NDArray[np.uint8], truth: NDArray[np.uint8]) -> None:
        """Count one image; both (H, W), void left out."""
        widest = max(self.matrices)
        distance = squared_distance(outline(truth), widest)
        for width, matrix in self.matrices.items():
            within = distance <= width**2
            matrix.add(labels, np.where(within, truth, VOID))

    def merge(self, other: "BandConfusion") -> None:
        """Add the counts of another part of the data set."""
        for width, matrix in self.matrices.items():
            matrix.merge(other.matrices[width])

    @property
    def mean_iou(self) -> dict[str, float]:
        """Mean IoU of each band, by its width in pixels."""
        return {str(width): matrix.mean_iou for width, matrix in self.matrices.items()}


def outline(truth: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Pixels with a 4-neighbour of another label, (H, W)."""
    edge = np.zeros(truth.shape, np.bool_)
    across = truth[:, 1:] != truth[:, :-1]
    down = truth[1:] != truth[:-1]
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= down
    edge[:-1] |= down
    return edge


def squared_distance(marked: NDArray[np.bool_], widest: int) -> NDArray[Any]:
    """Squared Euclidean distance to the nearest marked pixel, exact up to `widest` pixels.

    Farther pixels get a value above widest². One pass along the rows, then the least over the
    rows within reach.
    """
    height, width = marked.shape
    far = 2 * widest + height + width
    at = np.arange(width)
    left = np.maximum.accumulate(np.where(marked, at, -far), axis=1)
    right = np.minimum.accumulate(np.where(marked, at, far + width)[:, ::-1], axis=1)[:, ::-1]
    # Small numbers in small words: the passes below are bound by memory.
    word = np.int16 if 2 * (widest + 1) ** 2 < 2**15 else np.int64
    along: NDArray[Any] = (
        np.minimum(np.minimum(at - left, right - at), widest + 1).astype(word) ** 2
    )
    best: NDArray[Any] = along.copy()
    for step in range(1, min(widest, height - 1) + 1):
        higher = along + word(step**2)
        np.minimum(best[step:], higher[:-step], out=best[step:])
        np.minimum(best[:-step], higher[step:], out=best[:-step])
    return best
