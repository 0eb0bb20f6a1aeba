"""figureground objectness: photos in, how likely each pixel lies in an object out."""

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import typer
from PIL import Image

from figureground.cli.common import save_pictures
from figureground.cli.options import OutOption, ThreadsOption
from figureground.cli.propose import BoundariesOption, PresetOption, propose_file
from figureground.console import progress
from figureground.files import atomic, read_image


def objectness(
    images: Annotated[list[Path], typer.Argument(help="Photos to read.")],
    out: OutOption = Path("objectness"),
    preset: PresetOption = "baseline-200",
    layout: Annotated[
        Literal["npy", "png"],
        typer.Option("--format", help="npy: float32; png: 16-bit gray, 65535 = 1."),
    ] = "npy",
    boundaries: BoundariesOption = None,
    threads: ThreadsOption = None,
) -> None:
    """Write the share of all proposals that each pixel lies in, and a heat map of it.

    Writes DIR/NAME.npy or DIR/NAME.png, and DIR/NAME_heat.png, whose colours run from the photo's
    lowest value to its highest.
    """
    from figureground.objectness import pixel_objectness
    from figureground.report.palette import heat

    for path in progress(images, "objectness"):
        proposals = propose_file(read_image(path), images, boundaries, preset, threads)
        share = pixel_objectness(proposals)
        with atomic(out / f"{path.stem}.{layout}") as target:
            if layout == "npy":
                np.save(target, share)
            else:
                Image.fromarray(np.rint(share * 65535).astype(np.uint16)).save(target)
        save_pictures(out, path.stem, {"heat": Image.fromarray(heat(share))})
