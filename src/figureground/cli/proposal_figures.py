"""figureground evaluate --task proposals."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from figureground.cli.common import emit
from figureground.console import progress
from figureground.pipeline import ObjectnessKind

COLUMNS = {"ABO": "abo", "cov.": "covering", "R.5": "recall50", "R.7": "recall70"}


def report_proposals(
    dataset: Path,
    split: str | None,
    presets: Sequence[str],
    kinds: Sequence[ObjectnessKind],
    threads: int | None,
    json: bool,
) -> None:
    """Measure presets and print their figures."""
    from figureground.evaluation.proposals import evaluate_proposals

    figures = evaluate_proposals(dataset, split, presets, kinds, threads=threads, progress=progress)
    if json:
        emit(figures)
    else:
        Console().print(proposals_table(figures))


def proposals_table(figures: dict[str, Any]) -> Table:
    """The rows of `evaluate_proposals` in percent; "all" is the ABO of all objects."""
    # Without lines between them all columns fit a terminal of 80.
    table = Table(
        title=f"proposals on {figures['dataset']}, {figures['split']}, in %",
        box=None,
        pad_edge=False,
    )
    table.add_column("preset", no_wrap=True)
    table.add_column("map", no_wrap=True)
    for column in ("n", *COLUMNS, "all", "AUC", "AP", "ECE", "ms"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in figures["rows"]:
        numbers = [
            *(row[c] for c in COLUMNS.values()),
            row["all"]["abo"],
            row["auc"],
            row["ap"],
            row["ece"],
        ]
        cells = ["-" if n is None else f"{100 * n:.1f}" for n in numbers]
        table.add_row(
            row["preset"], row["objectness"], f"{row['proposals']:.0f}", *cells, f"{row['ms']:.0f}"
        )
    return table
