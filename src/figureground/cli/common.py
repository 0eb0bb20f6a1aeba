"""What the verbs share: JSON on standard output, pictures in a folder."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figureground.files import atomic

if TYPE_CHECKING:
    from PIL import Image

    from figureground.objectness import Calibration


def emit(figures: Any) -> None:
    """Print figures as JSON, alone on standard output."""
    print(json.dumps(figures, indent=2, allow_nan=False))  # noqa: T201


def save_pictures(folder: Path, stem: str, pictures: "Mapping[str, Image.Image]") -> None:
    """Write each picture as FOLDER/STEM_KIND.png."""
    for kind, picture in pictures.items():
        with atomic(folder / f"{stem}_{kind}.png") as path:
            picture.save(path)


def read_calibration(path: Path | None) -> "Calibration | None":
    """Read the file of `--calibration`, where one was given."""
    from figureground.objectness import load_calibration

    return None if path is None else load_calibration(path)
