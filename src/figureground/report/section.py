"""What a report is made of: sections of prose, tables and figures."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

Cell = str | float | None
"""Text, a number in the unit of its table, or nothing."""


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        name: also its file's.
        caption: what it shows, in what unit.
        columns: their heads; the first is that of the rows' names.
        rows: as many cells each as there are columns.
    """

    name: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def csv(self) -> str:
        """As comma-separated values."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([shown(cell) for cell in row] for row in self.rows)
        return text.getvalue()


@dataclass(frozen=True)
class Figure:
    """A plot as SVG, or a picture.

    Attributes:
        name: also its file's.
        caption: what it shows.
        content: the SVG's text, or the picture.
    """

    name: str
    caption: str
    content: str | Image.Image


@dataclass(frozen=True)
class Section:
    """A part of a report.

    Attributes:
        title: its heading.
        paragraphs: prose; what stands in `backquotes` is shown as code.
        tables, figures: these follow.
        metrics: the numbers behind them, for a program to read.
    """

    title: str
    paragraphs: Sequence[str] = ()
    tables: Sequence[Table] = ()
    figures: Sequence[Figure] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)


def shown(cell: Cell) -> str:
    """A cell as text: numbers with one digit after the point."""
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else f"{cell:.1f}"
