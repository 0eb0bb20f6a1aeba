"""The confusion matrix over a whole data set, and the figures that it gives."""

from collections.abc import Iterable, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import VOID, as_labels
from figureground.errors import InputError


class ConfusionMatrix:
    """Counts of pixels by true class (row) and predicted class (column), in int64.

    All figures come from one matrix over the data set, so neither the order of the images nor how
    they were batched can change them. Pixels whose truth is void (255) are left out. Class 0 is
    the background; the other classes are the foreground.
    """

    def __init__(self, classes: Sequence[str]) -> None:
        if len(set(classes)) != len(classes) or not classes:
            raise InputError(f"classes: expected distinct names, got {list(classes)}")
        self.classes = tuple(classes)
        self.counts: NDArray[np.int64] = np.zeros((len(classes), len(classes)), np.int64)

    @classmethod
    def of(cls, classes: Sequence[str], counts: NDArray[np.int64]) -> Self:
        """The matrix of counts that are known, (C, C)."""
        matrix = cls(classes)
        matrix.counts += counts
        return matrix

    def add(self, labels: NDArray[np.integer], truth: NDArray[np.integer]) -> Self:
        """Count one image.

        Args:
            labels: predicted classes, (H, W).
            truth: true classes, (H, W), 255 = void.

        Raises:
            InputError: where the shapes differ or a label is no class; nothing is counted then.
        """
        n = len(self.classes)
        truth = as_labels(truth, classes=n, name="truth")
        labels = as_labels(labels, truth.shape, name="labels")
        counted = truth != VOID
        rows, columns = truth[counted], labels[counted]
        if columns.max(initial=0) >= n:
            raise InputError(f"labels: {columns.max()} does not fit {n} classes")
        self.counts += np.bincount(rows.astype(np.int64) * n + columns, minlength=n * n).reshape(
            n, n
        )
        return self

    def merge(self, other: "ConfusionMatrix") -> Self:
        """Add the counts of another part of the data set, which must have the same classes."""
        if other.classes != self.classes:
            raise InputError(f"other: has the classes {other.classes}, expected {self.classes}")
        self.counts += other.counts
        return self

    @property
    def iou(self) -> NDArray[np.float64]:
        """Intersection over union of every class, (C,); NaN where neither side has the class."""
        hits = np.diag(self.counts)
        union = self.counts.sum(0) + self.counts.sum(1) - hits
        return _ratio(hits, union)

    @property
    def mean_iou(self) -> float:
        """Mean IoU over the classes that occur in the truth or in the prediction."""
        return _mean(self.iou)

    def mean_iou_of(self, names: Iterable[str]) -> float:
        """Mean IoU over some classes; predictions of any class count against them.

        Classes that occur neither in the truth nor in the prediction are left out.
        """
        return _mean(self.iou[[self.classes.index(name) for name in names]])

    @property
    def recall(self) -> float:
        """Share of the object pixels that are labelled correctly, pooled over all images.

        The paper's "#correct / #total": a pixel of a cat called dog is not correct.
        """
        return float(_ratio(np.diag(self.counts)[1:].sum(), self.counts[1:].sum()))

    @property
    def foreground_recall(self) -> float:
        """Share of the object pixels that are labelled as any object, pooled over all images."""
        return float(_ratio(self.counts[1:, 1:].sum(), self.counts[1:].sum()))


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.true_divide(part, whole))


def _mean(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")
