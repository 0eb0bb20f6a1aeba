"""figureground calibrate: what a network's probabilities are worth to the objectness."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from figureground.cli.common import emit
from figureground.cli.options import (
    JsonOption,
    NetworkOption,
    ProbabilitiesOption,
    ThreadsOption,
)
from figureground.cli.predictor import predictor_of
from figureground.console import progress


def calibrate(
    dataset: Annotated[
        Path, typer.Argument(help="A folder like PASCAL VOC 2012, or with images/ and masks/.")
    ],
    split: Annotated[str, typer.Option("--split", help="Never the one you evaluate on.")] = "train",
    every: Annotated[
        int, typer.Option("--every", min=1, help="Use every so manieth photo only.")
    ] = 1,
    network: NetworkOption = None,
    probabilities: ProbabilitiesOption = None,
    out: Annotated[Path, typer.Option("--out", help="The file to write.")] = Path(
        "calibration.json"
    ),
    threads: ThreadsOption = None,
    json: JsonOption = False,
) -> None:
    """Fit four numbers to a network, on labelled photos that it was not trained on.

    A few dozen photos are enough. Those on which the embedded scorers were not trained either are
    better: of the train split of the PASCAL VOC part with animals and people, every fifth.
    """
    from figureground.data import open_samples
    from figureground.evaluation.calibration import fit_calibration

    samples = open_samples(dataset, split)
    predictor = predictor_of(network, probabilities, samples.classes)
    fitted = fit_calibration(samples[::every], predictor, threads=threads, progress=progress)
    fitted.save(out)
    if json:
        emit(asdict(fitted))
    else:
        typer.echo(f"{fitted}\nwritten to {out}")
