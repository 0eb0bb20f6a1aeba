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
        "--network", help="An embedded network's name or an ONNX file.", show_default="embedded"
    ),
]
RefineOption = Annotated[
    Literal["none", "crf", "pos"],
    typer.Option(
        "--refine",
        help="none: the network alone; crf: with the dense CRF; pos: the CRF lifted by objectness.",
    ),
]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", min=1, help="Threads.", show_default="all cores")
]
