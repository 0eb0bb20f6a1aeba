"""How sure a figure or a difference is: the paired bootstrap over images.

Efron & Tibshirani, "An Introduction to the Bootstrap", 1993. Images are drawn with replacement,
the same draw for both sides of a comparison, so that hard and easy photos cancel out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from figureground.errors import InputError
from figureground.evaluation.confusion import ConfusionMatrix

Counts = NDArray[np.int64]
"""Confusion counts of every image, (images, C, C)."""

Statistic = Callable[[ConfusionMatrix], float]


@dataclass(frozen=True)
class Interval:
    """A figure with the interval that holds the given share of its bootstrap values."""

    value: float
    low: float
    high: float

    @property
    def numbers(self) -> list[float]:
        """Value, low and high, for a program to read."""
        return [self.value, self.low, self.high]

    @property
    def excludes_zero(self) -> bool:
        """Whether all of the interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


class PairedBootstrap:
    """Draws of images that serve every figure and every comparison alike.

    Args:
        classes: the class names of the confusion counts.
        images: how many images there are.
        resamples: number of draws.
        level: share of the draws that an interval holds.
        seed: of the draws.
    """

    def __init__(
        self,
        classes: Sequence[str],
        images: int,
        *,
        resamples: int = 1000,
        level: float = 0.95,
        seed: int = 0,
    ) -> None:
        if images < 2:
            raise InputError(f"bootstrap: needs two images or more, got {images}")
        self.classes = tuple(classes)
        self._level = level
        rng = np.random.default_rng(seed)
        shares = np.full(images, 1 / images)
        self._draws = rng.multinomial(images, shares, size=resamples)

    def figure(self, counts: Counts, statistic: Statistic) -> Interval:
        """A figure of one way of segmenting."""
        return self.interval(lambda pick: statistic(self.total(counts, pick)))

    def difference(self, ours: Counts, theirs: Counts, statistic: Statistic) -> Interval:
        """A figure of ours less that of theirs."""
        return self.interval(
            lambda pick: statistic(self.total(ours, pick)) - statistic(self.total(theirs, pick))
        )

    def mean_difference(
        self, ours: Sequence[Counts], theirs: Sequence[Counts], statistic: Statistic
    ) -> Interval:
        """The mean over runs of a figure of ours less that of theirs: pairs of one seed each."""
        return self.interval(
            lambda pick: float(
                np.mean([statistic(m) for m in self._totals(ours, pick)])
                - np.mean([statistic(m) for m in self._totals(theirs, pick)])
            )
        )

    def at_equal_recall(
        self, ours: Counts, controls: Sequence[Counts], statistic: Statistic
    ) -> Interval:
        """A figure of ours less what the controls reach at our recall.

        The controls are one way of segmenting at several constant foreground bonuses; between two
        of them the figure is taken as linear in the recall, and beyond them as at the nearest.
        """
        return self.mean_at_equal_recall([ours], [controls], statistic)

    def mean_at_equal_recall(
        self,
        ours: Sequence[Counts],
        controls: Sequence[Sequence[Counts]],
        statistic: Statistic,
    ) -> Interval:
        """The mean over runs of `at_equal_recall`, each run with controls of its own."""

        def gain(pick: NDArray[np.int64]) -> float:
            gains = []
            for counts, others in zip(ours, controls, strict=True):
                mine = self.total(counts, pick)
                points = sorted((m.recall, statistic(m)) for m in self._totals(others, pick))
                recalls, figures = zip(*points, strict=True)
                gains.append(statistic(mine) - float(np.interp(mine.recall, recalls, figures)))
            return float(np.mean(gains))

        return self.interval(gain)

    def interval(self, value: Callable[[NDArray[np.int64]], float]) -> Interval:
        """Any figure of a draw: `value` takes how often each image was drawn, (images,)."""
        once = np.ones(self._draws.shape[1], np.int64)
        drawn = [value(pick) for pick in self._draws]
        tail = (1 - self._level) / 2
        low, high = np.nanquantile(drawn, (tail, 1 - tail))
        return Interval(value(once), float(low), float(high))

    def _totals(self, many: Sequence[Counts], pick: NDArray[np.int64]) -> Iterator[ConfusionMatrix]:
        return (self.total(counts, pick) for counts in many)

    def total(self, counts: Counts, pick: NDArray[np.int64]) -> ConfusionMatrix:
        """The confusion matrix of a draw."""
        return ConfusionMatrix.of(self.classes, np.tensordot(pick, counts, axes=1))
