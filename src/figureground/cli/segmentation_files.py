"""The files of `evaluate --out`: all figures, those of every photo, and confusion matrices."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from figureground.data.samples import Samples
from figureground.evaluation.confusion import ConfusionMatrix
from figureground.evaluation.segmentation import Row, SegmentationFigures
from figureground.files import atomic
from figureground.report.plots import confusion

COLUMNS = ("row", "bonus", "image", "miou", "recall", "foreground_recall", "accuracy")


def write_files(
    out: Path,
    samples: Samples,
    measured: Mapping[Row, SegmentationFigures],
    figures: Mapping[str, Any],
) -> None:
    """Write figures.json, per_image.csv and a confusion_ROW.svg of every row into a folder."""
    with atomic(out / "figures.json") as path:
        path.write_text(json.dumps(figures, indent=1) + "\n")
    with atomic(out / "per_image.csv") as path, path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row, gathered in measured.items():
            for sample, counts in zip(samples, gathered.per_image, strict=True):
                matrix = ConfusionMatrix.of(gathered.confusion.classes, counts)
                writer.writerow([row.name, f"{row.bonus:g}", sample.name, *_of_image(matrix)])
    for row, gathered in measured.items():
        bonus = f" bonus {row.bonus:g}" if row.bonus else ""
        name = f"confusion {row.name}{bonus}".replace(" ", "_")
        with atomic(out / f"{name}.svg") as path:
            path.write_text(_confusion(gathered.confusion))


def _of_image(matrix: ConfusionMatrix) -> list[str]:
    """The figures of a photo; what it cannot have is left empty."""
    accuracy = np.trace(matrix.counts) / max(1, matrix.counts.sum())
    values = (matrix.mean_iou, matrix.recall, matrix.foreground_recall, accuracy)
    return ["" if np.isnan(value) else f"{value:.6f}" for value in values]


def _confusion(matrix: ConfusionMatrix) -> str:
    """The classes that occur in the truth; each row is the share of its class' pixels."""
    occurs = np.flatnonzero(matrix.counts.sum(axis=1))
    shares = matrix.counts[occurs][:, occurs] / matrix.counts[occurs].sum(axis=1, keepdims=True)
    return confusion(shares, [matrix.classes[k] for k in occurs])
