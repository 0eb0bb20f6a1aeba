"""figureground evaluate --task contours: precision and recall of boundaries."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from figureground.cli.common import emit
from figureground.console import progress

COLUMNS = ("ods", "ods_threshold", "precision", "recall", "ois", "ap")

DEFAULT_DETECTOR = "network"


def report_contours(
    dataset: Path, split: str, detectors: Sequence[str], threads: int | None, json: bool
) -> None:
    """Measure detectors on a split of BSDS500 and print their figures."""
    from figureground.contours import contours
    from figureground.data.bsds import bsds
    from figureground.evaluation.boundaries import evaluate_contours

    samples = bsds(dataset, split)
    rows = [
        {
            "detector": name,
            **evaluate_contours(
                samples,
                partial(contours, detector=name, threads=1),
                threads=threads,
                progress=progress,
            ),
        }
        for name in (detector.strip() for detector in detectors)
    ]
    if json:
        emit({"task": "contours", "dataset": str(dataset), "split": split, "rows": rows})
        return
    table = Table(title=f"contours on {dataset}, {split}")
    for column in ("detector", *COLUMNS):
        table.add_column(column, justify="left" if column == "detector" else "right")
    for row in rows:
        table.add_row(row["detector"], *(f"{row[column]:.4f}" for column in COLUMNS))
    Console().print(table)
