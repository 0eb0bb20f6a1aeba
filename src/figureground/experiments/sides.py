"""What is compared: a loss, refined in some way, over all seeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from figureground.evaluation.bootstrap import Interval, Statistic
from figureground.evaluation.segmentation import Row, SegmentationFigures
from figureground.experiments.measuring import Loss, Trained


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Attributes:
        name: what the tables call it.
        published: what the paper calls it.
        loss: that the networks were trained with.
        row: how they are refined.
    """

    name: str
    published: str
    loss: Loss
    row: Row

    def figures(self, trained: Trained, stride: int) -> list[SegmentationFigures]:
        """Its figures, of each seed."""
        seeds = trained.study.scale.seeds
        return [trained.figures(self.loss, stride, seed)[self.row] for seed in seeds]

    def values(self, trained: Trained, stride: int, statistic: Statistic) -> list[float]:
        """A figure of each seed."""
        return [statistic(gathered.confusion) for gathered in self.figures(trained, stride)]


@dataclass(frozen=True)
class Sides:
    """The sides that the paper compares, and ours.

    The paper's objectness are votes; `network` is learned evidence that asks the network.
    """

    softmax: Side
    fused: Side
    baseline: Side
    crf: Side
    votes: Side
    network: Side

    @property
    def method(self) -> list[Side]:
        """The baseline, and the whole method with each form of the objectness."""
        return [self.baseline, self.votes, self.network]

    @property
    def gains(self) -> list[tuple[Side, Side]]:
        """The whole method against the baseline."""
        return [(self.votes, self.baseline), (self.network, self.baseline)]

    @classmethod
    def of(cls, trained: Trained) -> "Sides":
        """With the refinement that was chosen."""
        pos = "fused + POS-CRF"
        return cls(
            softmax=Side("softmax loss", "softmax", "softmax", Row("none")),
            fused=Side("fused loss", "fused", "fused", Row("none")),
            baseline=Side("softmax loss + CRF", "softmax + CRF", "softmax", Row("crf")),
            crf=Side("fused loss + CRF", "fused + CRF", "fused", Row("crf")),
            votes=Side("fused loss + POS-CRF, votes", pos, "fused", trained.pos("votes")),
            network=Side("fused loss + POS-CRF, learned", pos, "fused", trained.pos("network")),
        )


@cache  # a table and metrics.json ask for the same
def difference(
    trained: Trained, stride: int, ours: Side, theirs: Side, statistic: Statistic
) -> Interval:
    """Mean over the seeds of ours less theirs, with its 95 % interval over the photos."""
    mine, others = (trained.counts(side.loss, stride, side.row) for side in (ours, theirs))
    return trained.bootstrap.mean_difference(mine, others, statistic)


def over_seeds(values: Sequence[float]) -> str:
    """Mean and standard deviation, in percent."""
    mean = 100 * float(np.mean(values))
    spread = f" ± {100 * float(np.std(values, ddof=1)):.1f}" if len(values) > 1 else ""
    return f"{mean:.1f}{spread}"


def points(interval: Interval) -> str:
    """A difference with its interval, in points of percent."""
    # Adding zero turns a rounded -0 into 0.
    value, low, high = (round(100 * v, 1) + 0.0 for v in interval.numbers)
    return f"{value:+.1f} [{low:+.1f}, {high:+.1f}]"
