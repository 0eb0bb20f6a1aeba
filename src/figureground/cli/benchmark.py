"""figureground benchmark: speed and accuracy against peers, from a checkout of the repository."""

import runpy
from pathlib import Path
from typing import Annotated

import typer

from figureground.errors import InputError

SCRIPTS = Path(__file__).resolve().parents[3] / "benchmarks"


def benchmark(
    name: Annotated[str, typer.Argument(help="crf, losses … or all: a file in benchmarks/")],
) -> None:
    """Measure a part against its peers and print the ratios."""
    known = sorted(path.stem for path in SCRIPTS.glob("[a-z]*.py"))
    if not known:
        raise InputError(
            "benchmark: the scripts are not in an installed package; run it from a checkout "
            "of the repository after `make develop`"
        )
    if name != "all" and name not in known:
        raise InputError(f"benchmark: no {name!r}; there are {', '.join(known)} and all")
    for script in known if name == "all" else [name]:
        _run(SCRIPTS / f"{script}.py")


def _run(script: Path) -> None:
    try:
        runpy.run_path(str(script), run_name="__main__")
    except ModuleNotFoundError as error:
        raise InputError(
            f"benchmark: {script.stem} needs the package {error.name}; "
            "install the dev extra: make develop"
        ) from None
