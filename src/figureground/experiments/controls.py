"""What a critical reader asks of the objectness: does it beat a constant, and another photo's?"""

import numpy as np

from figureground.evaluation.bootstrap import Interval
from figureground.evaluation.segmentation import Row
from figureground.experiments.measuring import Trained
from figureground.experiments.sides import Side, Sides, difference, numbers, over_seeds, points
from figureground.pipeline import ObjectnessKind
from figureground.report.plots import Line, curves
from figureground.report.section import Figure, Section, Table


def section(trained: Trained) -> Section:
    """Constants on all foreground in the objectness' place, and shuffled objectness."""
    s = Sides.of(trained)
    finest = trained.study.scale.strides[-1]
    kinds: dict[ObjectnessKind, Side] = {"votes": s.votes, "network": s.network}
    shuffled = [
        Side(f"{side.name}, of another photo", "", "fused", trained.pos(kind, shuffled=True))
        for kind, side in kinds.items()
    ]
    sides = [s.baseline, s.crf, s.votes, s.network, *shuffled]
    pairs = [(s.votes, s.crf), (s.network, s.crf), (s.votes, s.baseline), (s.network, s.baseline)]
    return Section(
        "Controls",
        [
            "Whatever adds to all foreground scores raises the recall. So the objectness is "
            "compared with constants that are added everywhere, at the recall that it has itself, "
            "and with the objectness of another photo.",
        ],
        [_figures(trained, sides), _at_equal_recall(trained, pairs), _shuffled(trained, sides)],
        [_curves(trained, s, sides)],
        {
            f"{ours.name} - {theirs.name}, mean IoU at equal recall": numbers(
                _equal_recall(trained, ours, theirs)
            )
            for ours, theirs in pairs
        }
        | {"stride": finest},
    )


def _figures(trained: Trained, sides: list[Side]) -> Table:
    finest = trained.study.scale.strides[-1]
    rows = [
        [
            side.name,
            over_seeds(side.values(trained, finest, trained.mean_iou)),
            over_seeds([figures.confusion.recall for figures in side.figures(trained, finest)]),
        ]
        for side in sides
    ]
    return Table("controls", f"FCN-{finest}s, percent.", ["", "mean IoU", "recall"], rows)


def _with_bonuses(trained: Trained, side: Side) -> list[Side]:
    return [
        Side(side.name, side.published, side.loss, Row(side.row.refine, bonus))
        for bonus in trained.study.scale.bonuses
    ]


def _equal_recall(trained: Trained, ours: Side, theirs: Side) -> Interval:
    finest = trained.study.scale.strides[-1]
    mine = trained.counts(ours.loss, finest, ours.row)
    controls = [
        trained.counts(side.loss, finest, side.row) for side in _with_bonuses(trained, theirs)
    ]
    by_seed = list(zip(*controls, strict=True))
    return trained.bootstrap.mean_at_equal_recall(mine, by_seed, trained.mean_iou)


def _at_equal_recall(trained: Trained, pairs: list[tuple[Side, Side]]) -> Table:
    rows = [
        [f"{ours.name} − {theirs.name} + constant", points(_equal_recall(trained, ours, theirs))]
        for ours, theirs in pairs
    ]
    caption = "Points of mean IoU at equal recall, 95 % interval."
    return Table("controls_constant", caption, ["", "difference"], rows)


def _shuffled(trained: Trained, sides: list[Side]) -> Table:
    finest = trained.study.scale.strides[-1]
    _, crf, votes, network, other_votes, other_network = sides
    pairs = [
        (votes, other_votes),
        (network, other_network),
        (other_votes, crf),
        (other_network, crf),
    ]
    rows = [
        [f"{a.name} − {b.name}", points(difference(trained, finest, a, b, trained.mean_iou))]
        for a, b in pairs
    ]
    caption = "Points of mean IoU, 95 % interval."
    return Table("controls_shuffled", caption, ["", "difference"], rows)


def _curves(trained: Trained, s: Sides, sides: list[Side]) -> Figure:
    finest = trained.study.scale.strides[-1]

    def at(side: Side) -> tuple[float, float]:
        figures = side.figures(trained, finest)
        return (
            100 * float(np.mean([f.confusion.recall for f in figures])),
            100 * float(np.mean([trained.mean_iou(f.confusion) for f in figures])),
        )

    lines = {}
    for side in (s.baseline, s.crf):
        recalls, mious = zip(*map(at, _with_bonuses(trained, side)), strict=True)
        lines[f"{side.name} + constant"] = Line(recalls, mious)
    for side in sides[2:]:
        recall, miou = at(side)
        lines[side.name] = Line([recall], [miou])
    listed = ", ".join(f"{bonus:g}" for bonus in trained.study.scale.bonuses)
    return Figure(
        "controls",
        f"Mean IoU over recall as a constant of {listed} nats is added to all foreground; the "
        "points are the forms of the objectness. Mean over the seeds.",
        curves(lines, across="recall, %", up="mean IoU, %"),
    )
