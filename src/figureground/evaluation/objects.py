"""Recall by the size of objects: small ones are what the method is for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import VOID


@dataclass(frozen=True)
class ObjectRecall:
    """One object of the truth: its share of the image, and how much of it was labelled right."""

    share: float
    recall: float


def object_recalls(labels: NDArray[np.uint8], truth: NDArray[np.uint8]) -> list[ObjectRecall]:
    """Take every object of an image by itself.

    An object is an 8-connected component of one class of the truth; where objects of a class
    touch they count as one, since class masks do not part them. Specks below 20 pixels are left
    out: they are remnants of annotation.

    Args:
        labels: predicted classes, (H, W).
        truth: true classes, (H, W), 255 = void.
    """
    correct = labels == truth
    components = connected_components(np.where(truth == VOID, 0, truth))
    sizes = np.bincount(components.ravel())
    hits = np.bincount(components.ravel(), correct.ravel())
    return [
        ObjectRecall(sizes[k] / truth.size, hits[k] / sizes[k])
        for k in range(1, len(sizes))
        if sizes[k] >= 20
    ]


def recall_by_size(objects: Sequence[ObjectRecall], parts: int = 4) -> list[dict[str, float]]:
    """Mean recall of the objects in equal parts by size, the smallest first.

    Every part holds the same number of objects of the data set, up to one; a part tells the
    range of its objects' shares of the image.
    """
    ordered = sorted(objects, key=lambda o: o.share)
    return [
        {
            "smallest": part[0].share,
            "largest": part[-1].share,
            "objects": len(part),
            "recall": float(np.mean([o.recall for o in part])),
        }
        for part in (
            [ordered[i] for i in indices] for indices in np.array_split(range(len(ordered)), parts)
        )
        if part
    ]


def connected_components(classes: NDArray[np.integer]) -> NDArray[np.int64]:
    """Number the 8-connected components of equal non-zero class, (H, W); zero stays zero.

    Runs of a row are joined with those that they touch in the row above, by union-find.
    """
    height, width = classes.shape
    flat = np.pad(classes, ((0, 0), (0, 1))).ravel()  # the pad parts the rows
    starts = np.flatnonzero(flat != np.concatenate([[0], flat[:-1]]))
    ends = np.append(starts[1:], flat.size)
    keep = flat[starts] != 0
    starts, ends = starts[keep], ends[keep]
    kinds, rows = flat[starts], starts // (width + 1)
    parent = list(range(len(starts)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first_of_row = np.searchsorted(rows, np.arange(height + 1))
    for row in range(1, height):
        above, end_above = int(first_of_row[row - 1]), int(first_of_row[row])
        for run in range(end_above, int(first_of_row[row + 1])):
            left, right = starts[run] - (width + 1), ends[run] - (width + 1)
            while above < end_above and ends[above] < left:
                above += 1
            other = above
            while other < end_above and starts[other] <= right:
                if kinds[other] == kinds[run]:
                    parent[root(run)] = root(other)
                other += 1
    names = np.unique([root(i) for i in range(len(starts))], return_inverse=True)[1] + 1
    marks = np.zeros(flat.size + 1, np.int64)
    np.add.at(marks, starts, names)
    np.add.at(marks, ends, -names)
    return np.cumsum(marks)[:-1].reshape(height, width + 1)[:, :width]
