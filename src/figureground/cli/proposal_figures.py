"""figureground evaluate --task proposals."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from figureground.cli.common import emit
from figureground.console import progress

COLUMNS = ("abo", "covering", "recall50", "recall70", "auc", "ap")


def report_proposals(
    dataset: Path, split: str | None, presets: Sequence[str], threads: int | None, json: bool
) -> None:
    """Measure presets and print their figures."""
    from figureground.evaluation.proposals import evaluate_proposals

    figures = evaluate_proposals(dataset, split, presets, threads=threads, progress=progress)
    if json:
        emit(figures)
    else:
        Console().print(proposals_table(figures))


def proposals_table(figures: dict[str, Any]) -> Table:
    """The rows of `evaluate_proposals` as a table; "all" is the ABO of all objects."""
    table = Table(title=f"proposals on {figures['dataset']}, {figures['split']}")
    for column in ("preset", "proposals", *COLUMNS, "all", "AR(100)", "ms"):
        table.add_column(column, justify="left" if column == "preset" else "right")
    for row in figures["rows"]:
        numbers = [*(row[c] for c in COLUMNS), row["all"]["abo"], row["ar"]["100"]]
        cells = ["-" if n is None else f"{n:.4f}" for n in numbers]
        table.add_row(row["preset"], f"{row['proposals']:.0f}", *cells, f"{row['ms']:.1f}")
    return table
