"""Table 1 of the paper: what the fused loss, the CRF and the POS-CRF each add."""

from figureground.experiments.measuring import Trained
from figureground.experiments.published import MEAN_IOU
from figureground.experiments.sides import Sides
from figureground.experiments.tables import Comparison
from figureground.report.section import Section


def section(trained: Trained) -> Section:
    """Softmax, fused, fused + CRF, fused + POS-CRF in both forms."""
    s = Sides.of(trained)
    sides = [s.softmax, s.fused, s.crf, s.votes, s.network]
    steps = [(s.fused, s.softmax), (s.crf, s.fused), (s.votes, s.crf), (s.network, s.crf)]
    compared = Comparison(trained, sides, steps, trained.mean_iou, MEAN_IOU)
    return Section(
        "Table 1: the loss, the CRF, the objectness",
        [
            "Each row adds one step to the row above; the last two are the two forms of the "
            "objectness: votes are the paper's, the share of the proposals that hold a pixel; "
            "learned is evidence that weighs the proposals and asks the network.",
        ],
        [
            compared.figures(
                "table1", "Mean IoU, percent: mean ± standard deviation over the seeds."
            ),
            compared.differences(
                "table1_steps",
                "What each step adds, points of mean IoU: mean over the seeds, 95 % interval of "
                "the paired bootstrap over photos.",
            ),
        ],
        metrics=compared.metrics(),
    )
