"""Telling the person what happens: on standard error, so that standard output stays for results."""

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

from rich.console import Console
from rich.progress import track

Item = TypeVar("Item")

PLAIN_LINE_EVERY_S = 10.0


def say(text: str) -> None:
    """Print a line."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def progress(items: Iterable[Item], label: str, total: int | None = None) -> Iterator[Item]:
    """Iterate with a progress bar on a terminal and a plain line now and then elsewhere.

    Args:
        items: what to go through.
        label: what is done with it.
        total: how many there are, where `items` has no length.
    """
    if total is None:
        total = len(items) if isinstance(items, Sized) else 0
    if sys.stderr.isatty():
        yield from track(items, label, total, console=Console(stderr=True), transient=True)
        return
    began = shown = time.monotonic()
    for done, item in enumerate(items):
        now = time.monotonic()
        if now - shown > PLAIN_LINE_EVERY_S:
            left = f", about {_span((now - began) * (total - done) / done)} left" if done else ""
            say(f"{label}: {done} of {total}{left}")
            shown = now
        yield item


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
