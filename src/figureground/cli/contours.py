"""The verb `contours`: photos in, maps of boundary strength out."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image

from figureground.cli.app import app
from figureground.cli.common import progress, say
from figureground.contours import contours
from figureground.files import atomic, read_image


@app.command("contours")
def run(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE…", help="Photos to read.")],
    out: Annotated[Path, typer.Option(help="Folder for the maps.")] = Path("contours"),
    detector: Annotated[str, typer.Option(help="gradient")] = "gradient",
) -> None:
    """Write the strength of boundaries of each photo as an 8-bit gray PNG."""
    for path in progress(images, "contours"):
        strength = contours(read_image(path), detector)
        target = out / f"{path.stem}.png"
        with atomic(target) as temporary:
            Image.fromarray(np.rint(strength * 255).astype(np.uint8)).save(temporary)
        say(f"{target}")
