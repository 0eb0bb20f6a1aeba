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
    kind: Annotated[
        Literal["votes", "image", "network"],
        typer.Option(
            "--kind",
            help="votes: the paper's; image: the learned probability of an object, from the photo "
            "alone; network: the same, asking the embedded network.",
        ),
    ] = "votes",
    preset: PresetOption = "baseline-200",
    layout: Annotated[
        Literal["npy", "png"],
        typer.Option("--format", help="npy: float32; png: 16-bit gray, 65535 = 1."),
    ] = "npy",
    boundaries: BoundariesOption = None,
    threads: ThreadsOption = None,
) -> None:
    """Write the share of all proposals that each pixel lies in, or how likely it lies in an object.

    Writes DIR/NAME.npy or DIR/NAME.png, and DIR/NAME_heat.png, whose colours run from the photo's
    lowest value to its highest.
    """
    from figureground.networks import load_network
    from figureground.objectness import object_probability, pixel_objectness
    from figureground.report.palette import heat

    network = load_network(threads=threads) if kind == "network" else None
    for path in progress(images, "objectness"):
        image = read_image(path)
        proposals = propose_file(image, images, boundaries, preset, threads)
        if kind == "votes":
            share = pixel_objectness(proposals)
        else:
            asked = network(image) if network else None
            share = object_probability(image, proposals, asked, threads=threads)
        with atomic(out / f"{path.stem}.{layout}") as target:
            if layout == "npy":
                np.save(target, share)
            else:
                Image.fromarray(np.rint(share * 65535).astype(np.uint16)).save(target)
        save_pictures(out, path.stem, {"heat": Image.fromarray(heat(share))})
