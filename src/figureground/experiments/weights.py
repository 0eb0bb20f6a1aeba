"""The paper's study of the weights: Wp from 0 to 1 with Ws = 1 - Wp."""

from operator import attrgetter

import numpy as np

from figureground.evaluation.bootstrap import Interval, Statistic
from figureground.experiments.learning import held_out_figures
from figureground.experiments.measuring import Trained
from figureground.experiments.plan import SWEEP
from figureground.report.plots import Line, curves
from figureground.report.section import Cell, Figure, Section, Table


def section(trained: Trained) -> Section:
    """Mean IoU and recall by the weight of the positive-sharing term."""
    study = trained.study
    stride, seed = study.scale.strides[0], study.scale.seeds[0]
    statistics: dict[str, Statistic] = {
        "mean IoU": trained.mean_iou,
        "recall": attrgetter("recall"),
        "foreground recall": attrgetter("foreground_recall"),
    }
    intervals = {
        name: [
            trained.bootstrap.figure(np.stack(trained.sweep(weight).per_image), statistic)
            for weight in SWEEP
        ]
        for name, statistic in statistics.items()
    }
    held_out = [100 * held_out_figures(run, study.out)["miou"] for run in study.sweep()]
    rows: list[list[Cell]] = [
        [f"{weight:.1f}", *(_cell(series[i]) for series in intervals.values()), held_out[i]]
        for i, weight in enumerate(SWEEP)
    ]
    return Section(
        "The weights of the loss",
        [
            f"FCN-{stride}s without refinement, one run a weight, all of seed {seed} and of a "
            "shorter schedule than the tables'. At Wp = 1 nothing tells one object class from "
            "another. The weight of the tables was chosen by the photos held out of train, the "
            "last column.",
        ],
        [
            Table(
                "weights",
                "Percent, with 95 % intervals over photos.",
                ["Wp", *intervals, "mean IoU on the held out"],
                rows,
            )
        ],
        [
            Figure(
                "weights",
                "Bars are 95 % intervals over photos, not over runs.",
                curves(
                    {name: _line(series) for name, series in intervals.items()},
                    across="Wp (Ws = 1 − Wp)",
                    up="%",
                ),
            )
        ],
        {
            name: {f"{w:.1f}": i.numbers for w, i in zip(SWEEP, series, strict=True)}
            for name, series in intervals.items()
        },
    )


def _cell(interval: Interval) -> str:
    value, low, high = (100 * v for v in interval.numbers)
    return f"{value:.1f} [{low:.1f}, {high:.1f}]"


def _line(series: list[Interval]) -> Line:
    return Line(
        SWEEP,
        [100 * i.value for i in series],
        low=[100 * i.low for i in series],
        high=[100 * i.high for i in series],
    )
