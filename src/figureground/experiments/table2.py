"""Table 2 of the paper: the baseline, softmax + CRF, against the whole method."""

from figureground.experiments.measuring import Trained
from figureground.experiments.published import MEAN_IOU
from figureground.experiments.sides import Sides
from figureground.experiments.tables import Comparison
from figureground.report.section import Section


def section(trained: Trained) -> Section:
    """Softmax + CRF against fused + POS-CRF in both forms."""
    s = Sides.of(trained)
    compared = Comparison(trained, s.method, s.gains, trained.mean_iou, MEAN_IOU)
    return Section(
        "Table 2: the baseline against the method",
        ["Both sides have the same CRF, tuned on both together."],
        [
            compared.figures(
                "table2", "Mean IoU, percent: mean ± standard deviation over the seeds."
            ),
            compared.differences(
                "table2_gain", "The method less the baseline, points of mean IoU, 95 % interval."
            ),
        ],
        metrics=compared.metrics(),
    )
