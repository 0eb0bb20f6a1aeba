"""The log of a run: a line of JSON an event, and a readable line for the person."""

import json
from pathlib import Path
from typing import Any

from figureground.console import say


class Log:
    """Appends to OUT/log.jsonl and tells the person."""

    def __init__(self, path: Path, *, silent: bool = False) -> None:
        self.path, self.silent = path, silent
        path.parent.mkdir(parents=True, exist_ok=True)

    def __call__(self, **figures: Any) -> None:
        """Record figures; floats are shown with four digits."""
        if self.silent:
            return
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(figures) + "\n")
        say("  ".join(f"{key} {_short(value)}" for key, value in figures.items()))


def warn(text: str) -> None:
    """Tell the person of a likely mistake."""
    say(f"warning: {text}")


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
