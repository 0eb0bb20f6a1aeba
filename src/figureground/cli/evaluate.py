"""figureground evaluate: figures over a data set."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from figureground.arrays import as_probabilities
from figureground.cli.common import emit
from figureground.cli.contour_figures import DEFAULT_DETECTOR, report_contours
from figureground.cli.options import JsonOption, NetworkOption, ThreadsOption
from figureground.cli.proposal_figures import report_proposals
from figureground.console import progress
from figureground.errors import InputError
from figureground.files import read_array

if TYPE_CHECKING:
    from figureground.data.samples import Sample
    from figureground.evaluation.segmentation import Predictor

COLUMNS = ("miou", "miou7", "recall", "recall_per_image", "foreground_recall")


def evaluate(
    dataset: Annotated[
        Path, typer.Argument(help="A folder like VOC, SBD or COCO, or images/ and masks/.")
    ],
    split: Annotated[
        str | None,
        typer.Option("--split", help="The part to measure on.", show_default="val, or all"),
    ] = None,
    task: Annotated[
        Literal["segmentation", "contours", "proposals"],
        typer.Option(
            "--task",
            help="contours: boundaries on BSDS500, --detector; proposals: objects, --proposals.",
        ),
    ] = "segmentation",
    detector: Annotated[
        str, typer.Option("--detector", help="A list of contour detectors.")
    ] = DEFAULT_DETECTOR,
    proposals: Annotated[
        str, typer.Option("--proposals", help="A list of proposal presets.")
    ] = "baseline-200",
    network: NetworkOption = None,
    probabilities: Annotated[
        Path | None,
        typer.Option(
            "--probabilities", help="Folder of NAME.npy, (C, H, W), in place of a network."
        ),
    ] = None,
    refine: Annotated[
        str, typer.Option("--refine", help="A list of: none, crf, pos.")
    ] = "none,crf,pos",
    objectness: Annotated[
        Literal["auto", "votes"],
        typer.Option("--objectness", help="What lifts the foreground of pos."),
    ] = "auto",
    bonus: Annotated[
        str,
        typer.Option("--bonus", help="A list of nats added to all foreground: the control."),
    ] = "0",
    bootstrap: Annotated[
        int,
        typer.Option("--bootstrap", min=0, help="Draws of images for intervals of differences."),
    ] = 0,
    preset: Annotated[str, typer.Option("--preset", help="A CRF setting.")] = "default",
    threads: ThreadsOption = None,
    json: JsonOption = False,
) -> None:
    """Measure networks and refinements on photos with known masks, or contours, or proposals.

    Classes are matched by name. Figures are fractions; what each means stands in
    figureground.evaluation.
    """
    if task == "contours":
        report_contours(dataset, split or "test", detector.split(","), threads, json)
        return
    if task == "proposals":
        report_proposals(dataset, split, proposals.split(","), threads, json)
        return
    from figureground.data import open_samples
    from figureground.evaluation.comparisons import comparisons
    from figureground.evaluation.segmentation import Row, evaluate_segmentation
    from figureground.networks import DEFAULT_NETWORK

    samples = open_samples(dataset, split)
    predictor = _predictor(network or DEFAULT_NETWORK, probabilities, samples.classes)
    rows = [Row(how, nats) for how in _refinements(refine) for nats in _numbers(bonus)]
    measured = evaluate_segmentation(
        progress(samples, "evaluating"),
        samples.classes,
        predictor,
        rows,
        objectness=objectness,
        preset=preset,
        threads=threads,
    )
    figures: dict[str, Any] = {
        "task": "segmentation",
        "dataset": str(dataset),
        "split": samples.split,
        "network": predictor.name,
        "rows": [
            {"refine": row.refine, "bonus": row.bonus, **gathered.summary()}
            for row, gathered in measured.items()
        ],
    }
    if bootstrap:
        figures["comparisons"] = comparisons(measured, bootstrap)
    if json:
        emit(figures)
    else:
        _print(figures)


def _predictor(network: str, folder: Path | None, classes: tuple[str, ...]) -> "Predictor":
    from figureground.evaluation.segmentation import Predictor
    from figureground.networks import load_network

    if folder is None:
        loaded = load_network(network, threads=1)
        return Predictor(lambda _, image: loaded(image), loaded.classes, network)

    def read(sample: "Sample", image: NDArray[np.uint8]) -> NDArray[np.float32]:
        path = folder / f"{sample.name}.npy"
        p = as_probabilities(read_array(path), image.shape[:2], name=str(path))
        if len(p) != len(classes):
            raise InputError(f"{path}: has {len(p)} classes, the data set has {len(classes)}")
        return p

    return Predictor(read, classes, str(folder))


def _refinements(text: str) -> list[Any]:
    from figureground.pipeline import REFINEMENTS

    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in REFINEMENTS:
            raise typer.BadParameter(
                f"no {name!r}; known: {', '.join(REFINEMENTS)}", param_hint="--refine"
            )
    return names


def _numbers(text: str) -> list[float]:
    try:
        return [float(number) for number in text.split(",")]
    except ValueError:
        raise typer.BadParameter(
            f"expected numbers like 0,.5,1, got {text!r}", param_hint="--bonus"
        ) from None


def _print(figures: dict[str, Any]) -> None:
    table = Table(title=f"{figures['network']} on {figures['dataset']}, {figures['split']}")
    table.add_column("refine")
    table.add_column("bonus", justify="right")
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for row in figures["rows"]:
        cells = ["-" if row.get(c) is None else f"{row[c]:.4f}" for c in COLUMNS]
        table.add_row(row["refine"], f"{row['bonus']:g}", *cells)
    Console().print(table)
    for compared in figures.get("comparisons", ()):
        for name, (value, low, high) in list(compared.items())[2:]:
            ours, theirs = compared["ours"], compared["theirs"]
            typer.echo(f"{ours} - {theirs}  {name:<22} {value:+.4f} [{low:+.4f}, {high:+.4f}]")
