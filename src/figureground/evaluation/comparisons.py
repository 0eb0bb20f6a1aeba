"""Refinements against each other, with intervals, and at equal recall."""

from collections.abc import Mapping
from itertools import combinations
from operator import attrgetter
from typing import Any

import numpy as np

from figureground.evaluation.bootstrap import PairedBootstrap, Statistic
from figureground.evaluation.confusion import ConfusionMatrix
from figureground.evaluation.segmentation import SEVEN, Row, SegmentationFigures


def comparisons(figures: Mapping[Row, SegmentationFigures], resamples: int) -> list[dict[str, Any]]:
    """Compare every row with every refinement before it that nothing lifts, without a bonus.

    Where the other was measured at several bonuses too, its mean IoU at our recall is compared
    as well: an objectness is worth something only if it beats a constant that recalls as much.

    Returns:
        rows of "ours", "theirs" (names of rows), and for each figure [difference, low, high], the
        95 % interval of the paired bootstrap over images.
    """
    some = next(iter(figures.values()))
    bootstrap = PairedBootstrap(some.confusion.classes, len(some.per_image), resamples=resamples)
    statistics = _statistics(some)
    counts = {row: np.stack(gathered.per_image) for row, gathered in figures.items()}
    result = []
    for theirs, ours in combinations([row for row in figures if row.bonus == 0], 2):
        if theirs.objectness:
            continue
        compared: dict[str, Any] = {"ours": ours.name, "theirs": theirs.name}
        controls = [counts[row] for row in figures if row.name == theirs.name]
        for name, statistic in statistics.items():
            compared[name] = bootstrap.difference(counts[ours], counts[theirs], statistic).numbers
            if len(controls) > 1 and name != "recall":
                compared[f"{name}_at_equal_recall"] = bootstrap.at_equal_recall(
                    counts[ours], controls, statistic
                ).numbers
        result.append(compared)
    return result


def _statistics(figures: SegmentationFigures) -> dict[str, Statistic]:
    def miou(matrix: ConfusionMatrix) -> float:
        return matrix.mean_iou_of(figures.classes)

    def miou7(matrix: ConfusionMatrix) -> float:
        return matrix.mean_iou_of(SEVEN)

    known: dict[str, Statistic] = {"miou": miou, "miou7": miou7, "recall": attrgetter("recall")}
    if not set(SEVEN) <= set(figures.classes):
        del known["miou7"]
    return known
