"""figureground doctor: what is installed here and whether it works."""

import os
import platform
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import typer

from figureground.cli.common import emit
from figureground.cli.options import JsonOption
from figureground.threads import thread_count

NEEDED = ("numpy", "pillow", "onnxruntime", "typer", "rich")
OPTIONAL = {"torch": "train", "safetensors": "train", "onnx": "train", "matplotlib": "report"}

Check = tuple[str, bool | None, str]
"""Name; True works, False is broken, None is absent and not needed; detail."""


def doctor(json: JsonOption = False) -> None:
    """Print the environment and try every part; exit 1 where something is broken."""
    checks = list(_checks())
    if json:
        emit([{"check": name, "works": works, "detail": detail} for name, works, detail in checks])
    else:
        marks = {True: "ok     ", False: "BROKEN ", None: "absent "}
        for name, works, detail in checks:
            typer.echo(f"{marks[works]} {name:<22} {detail}")
    if any(works is False for _, works, _ in checks):
        raise typer.Exit(1)


def _checks() -> Iterator[Check]:
    cores = thread_count(None)
    yield "figureground", True, version("figureground")
    yield "python", True, f"{platform.python_version()} on {platform.platform()}, {cores} cores"
    yield from map(_needed, NEEDED)
    for package, extra in OPTIONAL.items():
        yield _optional(package, extra)
    for name, attempt in (("dense CRF", _try_crf), ("proposals", _try_proposals)):
        yield _tried(name, attempt)
    yield _tried("embedded network", _try_network)
    yield _data_folder()


def _needed(package: str) -> Check:
    try:
        return package, True, version(package)
    except PackageNotFoundError:
        return package, False, f"missing; pip install {package}"


def _optional(package: str, extra: str) -> Check:
    try:
        return package, True, version(package)
    except PackageNotFoundError:
        return (
            package,
            None,
            f"only for pip install 'figureground[{extra}]'",
        )


def _tried(name: str, attempt: Callable[[], str]) -> Check:
    start = time.perf_counter()
    try:
        detail = attempt()
    except Exception as error:
        return name, False, f"{type(error).__name__}: {error}"
    return name, True, f"{detail}, {(time.perf_counter() - start) * 1e3:.0f} ms"


def _try_crf() -> str:
    import numpy as np

    from figureground import refine
    from figureground.files import read_image
    from figureground.photos import PHOTOS

    photo = read_image(PHOTOS[0])
    refine(photo, np.full((2, *photo.shape[:2]), 0.5, np.float32), objectness=None)
    return "refines a photo with two classes"


def _try_proposals() -> str:
    from figureground.files import read_image
    from figureground.photos import PHOTOS
    from figureground.proposals import propose

    return f"{len(propose(read_image(PHOTOS[0])))} proposals for a photo"


def _try_network() -> str:
    from figureground.files import read_image
    from figureground.networks import DEFAULT_NETWORK, load_network
    from figureground.photos import PHOTOS

    network = load_network(DEFAULT_NETWORK)
    network(read_image(PHOTOS[0]))
    return f"{DEFAULT_NETWORK}, {len(network.classes)} classes"


def _data_folder() -> Check:
    folder = Path(os.environ.get("FIGUREGROUND_DATA", "../shared"))
    if (folder / "data").is_dir():
        return "data folder", True, str(folder)
    return "data folder", None, f"none at {folder}; needed to train here (set FIGUREGROUND_DATA)"
