"""Plots as SVG text, in one style. Needs matplotlib, the extra "report"."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figureground.extras import extra

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#555555")
"""Okabe and Ito's, which also the colour-blind tell apart."""

SIZE = (6.4, 3.6)


@dataclass(frozen=True)
class Line:
    """A curve: its points, and the ends of each point's interval, where they have one."""

    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()

    @property
    def error(self) -> Any:
        """How far the ends lie from the points, (2, N), or None."""
        if not len(self.low):
            return None
        return np.stack([np.subtract(self.y, self.low), np.subtract(self.high, self.y)])


def curves(
    lines: Mapping[str, Line], *, across: str, up: str, ticks: Sequence[float] | None = None
) -> str:
    """Draw curves by their names; `across` and `up` are the axes' labels."""
    figure, axes = _axes(across, up)
    for colour, (name, line) in zip(_colours(len(lines)), lines.items(), strict=True):
        size = 4 if len(line.x) > 1 else 7
        axes.errorbar(
            line.x,
            line.y,
            yerr=line.error,
            label=name,
            color=colour,
            marker="o",
            markersize=size,
            linewidth=1.4,
            capsize=2,
        )
    if ticks:
        axes.set_xscale("log")
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    _legend(axes)
    return _svg(figure)


def bars(groups: Sequence[str], series: Mapping[str, Sequence[float]], *, up: str) -> str:
    """Draw groups of bars, one of each series in every group."""
    figure, axes = _axes("", up, wide=len(groups) > 10)
    at, width = np.arange(len(groups)), 0.8 / len(series)
    for index, (colour, name) in enumerate(zip(_colours(len(series)), series, strict=True)):
        place = at + (index - (len(series) - 1) / 2) * width
        axes.bar(place, series[name], width, label=name, color=colour)
    turned = {"rotation": 45, "ha": "right"} if len(groups) > 6 else {}
    axes.set_xticks(at, groups, fontsize=8, **turned)
    _legend(axes)
    return _svg(figure)


def confusion(shares: NDArray[np.float64], classes: Sequence[str]) -> str:
    """Draw a confusion matrix: the share of each true class (row) by what it was taken for."""
    figure, axes = _axes("predicted", "truth", square=True)
    axes.imshow(np.sqrt(np.nan_to_num(shares)), cmap="Blues", vmin=0, vmax=1)
    at = np.arange(len(classes))
    axes.set_xticks(at, classes, rotation=60, ha="right", fontsize=7)
    axes.set_yticks(at, classes, fontsize=7)
    for row, column in np.argwhere(np.nan_to_num(shares) >= 0.005):
        dark = shares[row, column] > 0.4
        axes.text(
            column,
            row,
            f"{100 * shares[row, column]:.0f}",
            ha="center",
            va="center",
            fontsize=6,
            color="white" if dark else "black",
        )
    axes.spines[:].set_visible(False)
    return _svg(figure)


def _legend(axes: Any) -> None:
    """Above the plot, where it hides nothing."""
    axes.legend(frameon=False, fontsize=8, ncols=2, loc="lower left", bbox_to_anchor=(0, 1))


def _colours(count: int) -> list[str]:
    return [COLOURS[index % len(COLOURS)] for index in range(count)]


def _axes(across: str, up: str, *, wide: bool = False, square: bool = False) -> tuple[Any, Any]:
    with extra("report"):
        from matplotlib.figure import Figure
    size = (7.5, 7.0) if square else (9.0, 3.6) if wide else SIZE
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _svg(figure: Any) -> str:
    import matplotlib as mpl

    text = io.StringIO()
    # A fixed salt and no date: the same figures give the same file.
    with mpl.rc_context({"svg.hashsalt": "figureground", "svg.fonttype": "none"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()
