"""Options that several verbs share, so that they are named and explained once."""

from pathlib import Path
from typing import Annotated, Literal

import typer

OutOption = Annotated[Path, typer.Option("--out", help="Folder that results are written to.")]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print figures as JSON, alone on standard output.")
]
NetworkOption = Annotated[
    str | None,
    typer.Option(
        "--network",
        help="An embedded network's name, or an ONNX or TFLite file.",
        show_default="embedded",
    ),
]
RefineOption = Annotated[
    Literal["none", "lift", "crf", "pos"],
    typer.Option(
        "--refine",
        help="none: the network alone; lift: its foreground lifted by objectness; crf: with the "
        "dense CRF; pos: both.",
    ),
]
CalibrationOption = Annotated[
    Path | None,
    typer.Option(
        "--calibration",
        help="What `figureground calibrate` wrote for the network.",
        show_default="that of the embedded network",
    ),
]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", min=1, help="Threads.", show_default="all cores")
]
ProbabilitiesOption = Annotated[
    Path | None,
    typer.Option("--probabilities", help="Folder of NAME.npy, (C, H, W), in place of a network."),
]
