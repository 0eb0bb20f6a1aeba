"""The paper's bar chart of classes, and how well outlines are drawn."""

import numpy as np
from numpy.typing import NDArray

from figureground.evaluation.bands import WIDTHS
from figureground.evaluation.confusion import ConfusionMatrix
from figureground.experiments.measuring import Trained
from figureground.experiments.sides import Side, Sides, over_seeds
from figureground.report.plots import Line, bars, curves
from figureground.report.section import Figure, Section, Table


def section(trained: Trained) -> Section:
    """IoU of every class, and mean IoU in bands around the outlines, by the finest networks."""
    s = Sides.of(trained)
    finest = trained.study.scale.strides[-1]
    names = trained.study.classes
    ious = {side.name: _ious(trained, side, names) for side in s.method}
    rows = [
        [name, *(over_seeds(list(values[:, k])) for values in ious.values())]
        for k, name in enumerate(names)
    ]
    return Section(
        "Classes and outlines",
        [f"The FCN-{finest}s of all seeds."],
        [Table("classes", "IoU of each class, percent.", ["", *ious], rows)],
        [
            Figure(
                "classes",
                "IoU of each class, mean over the seeds: the baseline and the method.",
                bars(
                    names,
                    {name: list(100 * values.mean(axis=0)) for name, values in ious.items()},
                    up="IoU, %",
                ),
            ),
            _bands(trained, [s.softmax, s.fused, s.baseline, s.crf, s.network]),
        ],
        {name: dict(zip(names, v.mean(axis=0).tolist(), strict=True)) for name, v in ious.items()},
    )


def _ious(trained: Trained, side: Side, names: tuple[str, ...]) -> NDArray[np.float64]:
    """IoU by seed and class, (seeds, classes)."""
    finest = trained.study.scale.strides[-1]
    matrices: list[ConfusionMatrix] = [f.confusion for f in side.figures(trained, finest)]
    chosen = [matrices[0].classes.index(name) for name in names]
    return np.nan_to_num(np.stack([matrix.iou[chosen] for matrix in matrices]))


def _bands(trained: Trained, sides: list[Side]) -> Figure:
    finest = trained.study.scale.strides[-1]
    lines = {}
    for side in sides:
        values = [
            [trained.mean_iou(matrix) for matrix in figures.bands.matrices.values()]
            for figures in side.figures(trained, finest)
        ]
        lines[side.name] = Line(WIDTHS, list(100 * np.mean(values, axis=0)))
    return Figure(
        "bands",
        "Mean IoU of the pixels within so many pixels of a true outline (trimaps).",
        curves(lines, across="width of the band, pixels", up="mean IoU, %", ticks=WIDTHS),
    )
