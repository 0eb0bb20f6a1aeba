"""What the verbs share: progress on standard error, JSON on standard output."""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console
from rich.progress import track

from figureground.files import atomic

if TYPE_CHECKING:
    from PIL import Image

Item = TypeVar("Item")

PLAIN_LINE_EVERY_S = 10.0


def say(text: str) -> None:
    """Tell the person something: on standard error, so that standard output stays for results."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def emit(figures: Any) -> None:
    """Print figures as JSON, alone on standard output."""
    print(json.dumps(figures, indent=2, allow_nan=False))  # noqa: T201


def progress(items: Sequence[Item], label: str) -> Iterator[Item]:
    """Iterate with a progress bar on a terminal and a plain line now and then elsewhere."""
    if sys.stderr.isatty():
        yield from track(items, label, console=Console(stderr=True), transient=True)
        return
    shown = time.monotonic()
    for done, item in enumerate(items):
        if time.monotonic() - shown > PLAIN_LINE_EVERY_S:
            say(f"{label}: {done} of {len(items)}")
            shown = time.monotonic()
        yield item


def save_pictures(folder: Path, stem: str, pictures: "Mapping[str, Image.Image]") -> None:
    """Write each picture as FOLDER/STEM_KIND.png."""
    for kind, picture in pictures.items():
        with atomic(folder / f"{stem}_{kind}.png") as path:
            picture.save(path)
