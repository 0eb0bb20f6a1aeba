"""Table 2 of the paper: the baseline, softmax + CRF, against the whole method."""

from figureground.experiments.measuring import Trained
from figureground.experiments.published import MEAN_IOU
from figureground.experiments.sides import Sides
from figureground.experiments.tables import differences_table, figures_table, metrics
from figureground.report.section import Section


def section(trained: Trained) -> Section:
    """Softmax + CRF against fused + POS-CRF in both forms."""
    s = Sides.of(trained)
    sides = [s.baseline, s.votes, s.network]
    pairs = [(s.votes, s.baseline), (s.network, s.baseline)]
    statistic = trained.mean_iou
    return Section(
        "Table 2: the baseline against the method",
        ["Both sides have the same CRF, tuned on both together."],
        [
            figures_table(
                trained,
                "table2",
                "Mean IoU, percent: mean ± standard deviation over the seeds.",
                sides,
                statistic,
                MEAN_IOU,
            ),
            differences_table(
                trained,
                "table2_gain",
                "The method less the baseline, points of mean IoU, 95 % interval.",
                pairs,
                statistic,
                MEAN_IOU,
            ),
        ],
        metrics=metrics(trained, sides, pairs, statistic),
    )
