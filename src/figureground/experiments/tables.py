"""Tables that several experiments share: sides by stride, and their differences."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from figureground.evaluation.confusion import ConfusionMatrix
from figureground.experiments.measuring import Trained
from figureground.experiments.sides import Side, difference, numbers, over_seeds, points
from figureground.report.section import Table

Statistic = Callable[[ConfusionMatrix], float]

Published = Mapping[str, Sequence[float]]

STRIDES = (32, 16, 8)
"""The order of the published figures."""


def figures_table(
    trained: Trained,
    name: str,
    caption: str,
    sides: Sequence[Side],
    statistic: Statistic,
    published: Published,
) -> Table:
    """Mean and deviation over the seeds of every side, beside the paper's figure."""
    strides = trained.study.scale.strides
    columns = ["", *(head for stride in strides for head in (f"FCN-{stride}s", f"paper {stride}s"))]
    rows = []
    for side in sides:
        cells = [side.name]
        for stride in strides:
            theirs = published[side.published][STRIDES.index(stride)]
            cells += [over_seeds(side.values(trained, stride, statistic)), f"{theirs:.2f}"]
        rows.append(cells)
    return Table(name, caption, columns, rows)


def differences_table(
    trained: Trained,
    name: str,
    caption: str,
    pairs: Sequence[tuple[Side, Side]],
    statistic: Statistic,
    published: Published,
) -> Table:
    """Ours less theirs with intervals, beside the paper's difference."""
    strides = trained.study.scale.strides
    columns = ["", *(head for stride in strides for head in (f"FCN-{stride}s", f"paper {stride}s"))]
    rows = []
    for ours, theirs in pairs:
        cells = [f"{ours.name} − {theirs.name}"]
        for stride in strides:
            interval = difference(trained, stride, ours, theirs, statistic)
            of_paper = [published[side.published][STRIDES.index(stride)] for side in (ours, theirs)]
            cells += [points(interval), f"{of_paper[0] - of_paper[1]:+.2f}"]
        rows.append(cells)
    return Table(name, caption, columns, rows)


def metrics(
    trained: Trained,
    sides: Sequence[Side],
    pairs: Sequence[tuple[Side, Side]],
    statistic: Statistic,
) -> dict[str, Any]:
    """The same as numbers: of each seed, and of each difference [value, low, high]."""
    strides = trained.study.scale.strides
    return {
        "figures": {
            side.name: {f"{stride}s": side.values(trained, stride, statistic) for stride in strides}
            for side in sides
        },
        "differences": {
            f"{ours.name} - {theirs.name}": {
                f"{stride}s": numbers(difference(trained, stride, ours, theirs, statistic))
                for stride in strides
            }
            for ours, theirs in pairs
        },
    }
