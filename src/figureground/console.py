"""Telling the person what happens: on standard error, so that standard output stays for results."""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import track

Item = TypeVar("Item")

PLAIN_LINE_EVERY_S = 10.0


def say(text: str) -> None:
    """Print a line."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


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
