"""figureground evaluate: figures over a data set."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from figureground.cli.common import emit, read_calibration
from figureground.cli.contour_figures import DEFAULT_DETECTOR, report_contours
from figureground.cli.options import (
    CalibrationOption,
    JsonOption,
    NetworkOption,
    ProbabilitiesOption,
    ThreadsOption,
)
from figureground.cli.predictor import predictor_of
from figureground.cli.proposal_figures import report_proposals
from figureground.console import progress

if TYPE_CHECKING:
    from figureground.evaluation.segmentation import Row

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
    probabilities: ProbabilitiesOption = None,
    refine: Annotated[
        str, typer.Option("--refine", help="A list of: none, lift, crf, pos.")
    ] = "none,crf,pos",
    objectness: Annotated[
        str | None,
        typer.Option(
            "--objectness",
            help="A list of what lifts the foreground of lift and pos, or is measured with the "
            "proposals: votes, image, network, auto.",
            show_default="auto; votes for proposals",
        ),
    ] = None,
    shuffle: Annotated[
        bool,
        typer.Option("--shuffle-objectness", help="Also lift by another photo's map: a control."),
    ] = False,
    calibration: CalibrationOption = None,
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
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Also write figures.json, per_image.csv and pictures of the confusion matrices.",
        ),
    ] = None,
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
        kinds = _kinds(objectness or "votes")
        report_proposals(dataset, split, proposals.split(","), kinds, threads, json)
        return
    from figureground.cli.segmentation_files import write_files
    from figureground.data import open_samples
    from figureground.evaluation.comparisons import comparisons
    from figureground.evaluation.segmentation import evaluate_segmentation, rows_of

    samples = open_samples(dataset, split)
    predictor = predictor_of(network, probabilities, samples.classes)
    kinds = _kinds(objectness or "auto")
    rows = rows_of(_refinements(refine), kinds, _numbers(bonus), shuffle=shuffle)
    measured = evaluate_segmentation(
        samples,
        samples.classes,
        predictor,
        rows,
        preset=preset,
        calibration=read_calibration(calibration),
        threads=threads,
        progress=progress,
    )
    figures: dict[str, Any] = {
        "task": "segmentation",
        "dataset": str(dataset),
        "split": samples.split,
        "network": predictor.name,
        "rows": [{**_described(row), **gathered.summary()} for row, gathered in measured.items()],
    }
    if bootstrap:
        figures["comparisons"] = comparisons(measured, bootstrap)
    if out is not None:
        write_files(out, samples, measured, figures)
    if json:
        emit(figures)
    else:
        _print(figures)


def _described(row: "Row") -> dict[str, Any]:
    """A row as JSON says it."""
    named: dict[str, Any] = {"refine": row.refine, "bonus": row.bonus}
    if row.objectness:
        named |= {"objectness": row.objectness, "shuffled": row.shuffled}
    return named


def _refinements(text: str) -> list[Any]:
    from figureground.pipeline import REFINEMENTS

    return _listed(text, REFINEMENTS, "--refine")


def _kinds(text: str) -> list[Any]:
    from figureground.pipeline import OBJECTNESS_KINDS

    return _listed(text, OBJECTNESS_KINDS, "--objectness")


def _listed(text: str, known: tuple[str, ...], option: str) -> list[Any]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"no {name!r}; known: {', '.join(known)}", param_hint=option)
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
        shuffled = "shuffled" if row.get("shuffled") else ""
        name = " ".join([row["refine"], row.get("objectness", ""), shuffled]).strip()
        table.add_row(name, f"{row['bonus']:g}", *cells)
    Console().print(table)
    for compared in figures.get("comparisons", ()):
        for name, (value, low, high) in list(compared.items())[2:]:
            ours, theirs = compared["ours"], compared["theirs"]
            typer.echo(f"{ours} - {theirs}  {name:<22} {value:+.4f} [{low:+.4f}, {high:+.4f}]")
