"""What a critical reader asks of the objectness: does it beat a constant, and another photo's?"""

import numpy as np

from figureground.evaluation.bootstrap import Counts, Interval
from figureground.evaluation.segmentation import Row, SegmentationFigures
from figureground.experiments.measuring import Trained
from figureground.experiments.sides import Side, Sides, points
from figureground.pipeline import ObjectnessKind
from figureground.report.plots import Line, curves
from figureground.report.section import Cell, Figure, Section, Table


def section(trained: Trained) -> Section:
    """Constants on all foreground in the objectness' place, and shuffled objectness."""
    s, controls = Sides.of(trained), _Controls(trained)
    forms: dict[ObjectnessKind, Side] = {"votes": s.votes, "network": s.network}
    others = [
        Side(f"{side.name}, of another photo", "", "fused", trained.pos(kind, shuffled=True))
        for kind, side in forms.items()
    ]
    sides = [s.baseline, s.crf, *forms.values(), *others]
    against = [(ours, theirs) for theirs in (s.crf, s.baseline) for ours in forms.values()]
    shuffled = [*zip(forms.values(), others, strict=True), *((other, s.crf) for other in others)]
    return Section(
        "Controls",
        [
            "Whatever adds to all foreground scores raises the recall. So the objectness is "
            "compared with constants that are added everywhere, at the recall that it has itself, "
            f"and with the objectness of another photo: FCN-{controls.stride}s, seed "
            f"{controls.seed}.",
        ],
        [
            controls.figures_table(sides),
            Table(
                "controls_constant",
                "Points of mean IoU at equal recall, 95 % interval.",
                ["", "difference"],
                [
                    [f"{a.name} − {b.name} + constant", points(controls.at_equal_recall(a, b))]
                    for a, b in against
                ],
            ),
            Table(
                "controls_shuffled",
                "Points of mean IoU, 95 % interval.",
                ["", "difference"],
                [[f"{a.name} − {b.name}", points(controls.difference(a, b))] for a, b in shuffled],
            ),
        ],
        [controls.curves([s.baseline, s.crf], [*forms.values(), *others])],
        {
            "mean IoU at equal recall": {
                f"{a.name} - {b.name}": controls.at_equal_recall(a, b).numbers for a, b in against
            },
            "mean IoU": {
                f"{a.name} - {b.name}": controls.difference(a, b).numbers for a, b in shuffled
            },
        },
    )


class _Controls:
    """The finest network of the first seed, with constants and with shuffled objectness."""

    def __init__(self, trained: Trained) -> None:
        self.trained = trained
        self.stride, self.seed = trained.study.scale.strides[-1], trained.study.scale.seeds[0]

    def figures(self, side: Side, bonus: float = 0.0) -> SegmentationFigures:
        row = Row(side.row.refine, bonus) if bonus else side.row
        return self.trained.figures(side.loss, self.stride, self.seed)[row]

    def counts(self, side: Side, bonus: float = 0.0) -> Counts:
        return np.stack(self.figures(side, bonus).per_image)

    def difference(self, ours: Side, theirs: Side) -> Interval:
        return self.trained.bootstrap.difference(
            self.counts(ours), self.counts(theirs), self.trained.mean_iou
        )

    def at_equal_recall(self, ours: Side, theirs: Side) -> Interval:
        constants = [self.counts(theirs, bonus) for bonus in self.trained.study.scale.bonuses]
        return self.trained.bootstrap.at_equal_recall(
            self.counts(ours), constants, self.trained.mean_iou
        )

    def figures_table(self, sides: list[Side]) -> Table:
        rows: list[list[Cell]] = [[side.name, *reversed(self.place(side))] for side in sides]
        return Table("controls", "Percent.", ["", "mean IoU", "recall"], rows)

    def place(self, side: Side, bonus: float = 0.0) -> tuple[float, float]:
        """Recall and mean IoU, percent."""
        matrix = self.figures(side, bonus).confusion
        return 100 * matrix.recall, 100 * self.trained.mean_iou(matrix)

    def curves(self, with_constants: list[Side], forms: list[Side]) -> Figure:
        bonuses = self.trained.study.scale.bonuses
        lines = {}
        for side in with_constants:
            recalls, mious = zip(*(self.place(side, b) for b in bonuses), strict=True)
            lines[f"{side.name} + constant"] = Line(recalls, mious)
        for side in forms:
            recall, miou = self.place(side)
            lines[side.name] = Line([recall], [miou])
        listed = ", ".join(f"{bonus:g}" for bonus in bonuses)
        return Figure(
            "controls",
            f"Mean IoU over recall as a constant of {listed} nats is added to all foreground; the "
            "points are the forms of the objectness.",
            curves(lines, across="recall, %", up="mean IoU, %"),
        )
