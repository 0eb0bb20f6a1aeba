"""The paper's table of recall, and recall by the size of objects."""

from operator import attrgetter

import numpy as np

from figureground.evaluation.objects import recall_by_size
from figureground.experiments.measuring import Trained
from figureground.experiments.published import RECALL
from figureground.experiments.sides import Side, Sides, over_seeds
from figureground.experiments.tables import Comparison
from figureground.report.plots import bars
from figureground.report.section import Figure, Section, Table


def section(trained: Trained) -> Section:
    """Softmax + CRF against fused + POS-CRF in both forms."""
    s = Sides.of(trained)
    compared = Comparison(trained, s.method, s.gains, attrgetter("recall"), RECALL)
    return Section(
        "Recall",
        [
            "The share of the object pixels that get their right class. The paper defines it for "
            "an image and does not say how images are put together: both ways are given.",
        ],
        [
            compared.figures("recall", "Recall pooled over all object pixels, percent."),
            compared.differences(
                "recall_gain",
                "The method less the baseline, points of pooled recall, 95 % interval.",
            ),
            _per_image(trained, s.method),
        ],
        [_by_size(trained, [s.baseline, s.crf, s.votes, s.network])],
        compared.metrics(),
    )


def _per_image(trained: Trained, sides: list[Side]) -> Table:
    strides = trained.study.scale.strides
    rows = [
        [side.name]
        + [
            over_seeds([float(np.nanmean(f.recalls)) for f in side.figures(trained, stride)])
            for stride in strides
        ]
        for side in sides
    ]
    caption = "Recall as the mean over the photos that hold an object, percent."
    return Table("recall_per_image", caption, ["", *(f"FCN-{s}s" for s in strides)], rows)


def _by_size(trained: Trained, sides: list[Side]) -> Figure:
    finest = trained.study.scale.strides[-1]
    series = {}
    groups: list[str] = []
    for side in sides:
        objects = [o for figures in side.figures(trained, finest) for o in figures.objects]
        parts = recall_by_size(objects)
        groups = [f"{100 * p['smallest']:.2g} to {100 * p['largest']:.2g} %" for p in parts]
        series[side.name] = [100 * part["recall"] for part in parts]
    caption = (
        f"Mean recall of single objects, FCN-{finest}s, in four parts of equal number by the "
        "share of the photo that they take; all seeds together."
    )
    return Figure("recall_by_size", caption, bars(groups, series, up="recall, %"))
