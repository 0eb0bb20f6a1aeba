"""Checkpoints: written whole or not at all, read without running anything that they hold."""

import pickle
from pathlib import Path
from typing import Any

import torch

from figureground.errors import InputError
from figureground.files import atomic


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write tensors, numbers and strings; an interruption leaves the last checkpoint."""
    with atomic(path) as temporary:
        torch.save(state, temporary)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read `save_checkpoint`'s file; only tensors and plain values are accepted."""
    if not path.is_file():
        raise InputError(f"{path}: no checkpoint to go on from")
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(f"{path}: not a checkpoint, or damaged ({reason})") from None
    return state
