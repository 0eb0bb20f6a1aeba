"""What several experiments show alike: sides by stride, and their differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from figureground.evaluation.bootstrap import Statistic
from figureground.experiments.measuring import Trained
from figureground.experiments.sides import Side, difference, over_seeds, points
from figureground.report.section import Table

STRIDES = (32, 16, 8)
"""The order of the published figures."""


@dataclass(frozen=True)
class Comparison:
    """A figure of some sides at every stride, and the differences of some pairs of them.

    Attributes:
        trained: the networks.
        sides: what is compared.
        pairs: ours and theirs of each difference.
        statistic: the figure.
        published: the paper's figures, by its names of the sides, in the order of `STRIDES`.
    """

    trained: Trained
    sides: Sequence[Side]
    pairs: Sequence[tuple[Side, Side]]
    statistic: Statistic
    published: Mapping[str, Sequence[float]]

    def figures(self, name: str, caption: str) -> Table:
        """Mean and deviation over the seeds of every side, beside the paper's figure."""
        rows = [
            (
                side.name,
                [
                    (over_seeds(self._values(side, s)), f"{self._paper(side, s):.2f}")
                    for s in self._strides
                ],
            )
            for side in self.sides
        ]
        return self._table(name, caption, rows)

    def differences(self, name: str, caption: str) -> Table:
        """Ours less theirs with intervals, beside the paper's difference."""
        rows = [
            (
                f"{ours.name} − {theirs.name}",
                [
                    (
                        points(difference(self.trained, s, ours, theirs, self.statistic)),
                        f"{self._paper(ours, s) - self._paper(theirs, s):+.2f}",
                    )
                    for s in self._strides
                ],
            )
            for ours, theirs in self.pairs
        ]
        return self._table(name, caption, rows)

    def metrics(self) -> dict[str, Any]:
        """The same as numbers: of each seed, and of each difference [value, low, high]."""
        return {
            "figures": {
                side.name: {f"{s}s": self._values(side, s) for s in self._strides}
                for side in self.sides
            },
            "differences": {
                f"{ours.name} - {theirs.name}": {
                    f"{s}s": difference(self.trained, s, ours, theirs, self.statistic).numbers
                    for s in self._strides
                }
                for ours, theirs in self.pairs
            },
        }

    @property
    def _strides(self) -> tuple[int, ...]:
        return self.trained.study.scale.strides

    def _values(self, side: Side, stride: int) -> list[float]:
        return side.values(self.trained, stride, self.statistic)

    def _paper(self, side: Side, stride: int) -> float:
        return self.published[side.published][STRIDES.index(stride)]

    def _table(
        self, name: str, caption: str, rows: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    ) -> Table:
        """A row's name, then for every stride our cell and the paper's."""
        heads = [head for s in self._strides for head in (f"FCN-{s}s", f"paper {s}s")]
        cells = [[first, *(cell for both in pairs for cell in both)] for first, pairs in rows]
        return Table(name, caption, ["", *heads], cells)
