"""figureground reproduce: the paper's tables and figures."""

from pathlib import Path
from typing import Annotated

import typer

from figureground.cli.options import ThreadsOption
from figureground.console import say


def reproduce(
    experiments: Annotated[
        list[str],
        typer.Argument(
            help="table1, table2, recall, weights, classes, controls, figures, or all.",
            metavar="EXPERIMENT...",
        ),
    ],
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            help="A data set with splits train (or train_aug) and val.",
            show_default="for smoke: one that is made",
        ),
    ] = None,
    also: Annotated[
        Path | None,
        typer.Option("--also", help="More to train on: SBD. Photos of val are left out."),
    ] = None,
    scale: Annotated[
        str,
        typer.Option(
            "--scale", help="smoke: two minutes; cpu: MobileNetV2, hours; full: VGG-16 on GPUs."
        ),
    ] = "smoke",
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder.", show_default="runs/reproduce-SCALE")
    ] = None,
    gpus: Annotated[
        int, typer.Option("--gpus", min=0, help="Train each run by so many processes of torchrun.")
    ] = 0,
    photos: Annotated[
        bool,
        typer.Option(
            "--photos/--no-photos",
            help="Whether the report shows photos; without them it may be given away.",
        ),
    ] = True,
    threads: ThreadsOption = None,
) -> None:
    """Reproduce the paper's tables and figures: train, measure, and write a report.

    Leaves report.html, metrics.json, tables and figures in the folder. Interrupted at any moment,
    the same command goes on from what is finished.
    """
    from figureground.extras import extra

    with extra("train"):
        from figureground.experiments.plan import Study
        from figureground.experiments.reproduce import EXPERIMENTS
        from figureground.experiments.reproduce import reproduce as run
        from figureground.experiments.scale import NAMES, read_scale
        from figureground.experiments.scenes import make_scenes

    if scale not in NAMES:
        known = ", ".join(NAMES)
        raise typer.BadParameter(f"no {scale!r}; known: {known}", param_hint="--scale")
    names = list(EXPERIMENTS) if experiments == ["all"] else experiments
    for name in names:
        if name not in EXPERIMENTS:
            known = ", ".join([*EXPERIMENTS, "all"])
            raise typer.BadParameter(f"no {name!r}; known: {known}", param_hint="EXPERIMENT")
    out = (out or Path("runs") / f"reproduce-{scale}").resolve()
    if data is None and scale != "smoke":
        raise typer.BadParameter("needed: a data set's folder", param_hint="--data")
    if data is None:
        data = make_scenes(out / "scenes")
    study = Study(read_scale(scale), data, also, out)
    report = run(study, names, threads=threads, gpus=gpus, photos=photos)
    say(f"written to {report}")
