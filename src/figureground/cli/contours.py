"""figureground contours: photos in, maps of boundary strength out."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image

from figureground.cli.common import save_pictures
from figureground.cli.options import OutOption
from figureground.console import progress
from figureground.files import read_image


def contours(
    images: Annotated[list[Path], typer.Argument(help="Photos to read.")],
    out: OutOption = Path("contours"),
    detector: Annotated[
        str, typer.Option(help="network, network-multiscale or gradient.")
    ] = "network",
) -> None:
    """Write the strength of each photo's boundaries as an 8-bit gray PNG, DIR/NAME_contours.png."""
    from figureground.contours import contours

    for path in progress(images, "contours"):
        strength = np.rint(contours(read_image(path), detector) * 255).astype(np.uint8)
        save_pictures(out, path.stem, {"contours": Image.fromarray(strength)})
