"""Table 1 of the paper: what the fused loss, the CRF and the POS-CRF each add."""

from figureground.experiments.measuring import Trained
from figureground.experiments.published import MEAN_IOU
from figureground.experiments.sides import Sides
from figureground.experiments.tables import differences_table, figures_table, metrics
from figureground.report.section import Section


def section(trained: Trained) -> Section:
    """Softmax, fused, fused + CRF, fused + POS-CRF in both forms."""
    s = Sides.of(trained)
    sides = [s.softmax, s.fused, s.crf, s.votes, s.network]
    pairs = [(s.fused, s.softmax), (s.crf, s.fused), (s.votes, s.crf), (s.network, s.crf)]
    statistic = trained.mean_iou
    return Section(
        "Table 1: the loss, the CRF, the objectness",
        [
            "Each row adds one step to the row above; the last two are the two forms of the "
            "objectness: votes are the paper's, the share of the proposals that hold a pixel; "
            "learned is evidence that weighs the proposals and asks the network.",
        ],
        [
            figures_table(
                trained,
                "table1",
                "Mean IoU, percent: mean ± standard deviation over the seeds.",
                sides,
                statistic,
                MEAN_IOU,
            ),
            differences_table(
                trained,
                "table1_steps",
                "What each step adds, points of mean IoU: mean over the seeds, 95 % interval of "
                "the paired bootstrap over photos.",
                pairs,
                statistic,
                MEAN_IOU,
            ),
        ],
        metrics=metrics(trained, sides, pairs, statistic),
    )
