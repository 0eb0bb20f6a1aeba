"""The log of a run: a line of JSON an event, and a readable line for the person."""

import json
from pathlib import Path
from typing import Any

from figureground.console import say
from figureground.extras import extra


class Log:
    """Appends to OUT/log.jsonl, tells the person and, with `board`, writes for TensorBoard."""

    def __init__(self, path: Path, *, silent: bool = False, board: bool = False) -> None:
        self.path, self.silent = path, silent
        path.parent.mkdir(parents=True, exist_ok=True)
        self.board: Any = None
        if board:
            with extra("tensorboard"):
                from torch.utils.tensorboard import SummaryWriter

                self.board = SummaryWriter(str(path.parent))

    def __call__(self, **figures: Any) -> None:
        """Record figures; floats are shown with four digits."""
        if self.silent:
            return
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(figures) + "\n")
        say("  ".join(f"{key} {_short(value)}" for key, value in figures.items()))
        if self.board is not None:
            for key, value in figures.items():
                if isinstance(value, float):
                    self.board.add_scalar(key, value, figures["step"])
            self.board.flush()


def warn(text: str) -> None:
    """Tell the person of a likely mistake."""
    say(f"warning: {text}")


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
