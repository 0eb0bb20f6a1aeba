"""figureground refine: the CRF for the output of any network."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from PIL import Image

from figureground.arrays import as_probabilities
from figureground.cli.common import emit, read_calibration, save_pictures
from figureground.cli.options import CalibrationOption, JsonOption, OutOption, ThreadsOption
from figureground.files import atomic, read_array, read_image


def refine(
    image: Annotated[Path, typer.Argument(help="The photo.")],
    probabilities: Annotated[
        Path,
        typer.Argument(help="A .npy file: (C, H, W), class 0 = background."),
    ],
    out: OutOption = Path("refined"),
    objectness: Annotated[
        str,
        typer.Option("--objectness", help="auto, votes, image, network, none, or an (H, W) .npy."),
    ] = "auto",
    weight: Annotated[
        float, typer.Option("--weight", help="Nats that an objectness of 1 adds to the foreground.")
    ] = 1.0,
    calibration: CalibrationOption = None,
    preset: Annotated[str, typer.Option("--preset", help="A CRF setting.")] = "default",
    iterations: Annotated[int, typer.Option("--iterations", min=0, help="Mean-field steps.")] = 10,
    threads: ThreadsOption = None,
    json: JsonOption = False,
) -> None:
    """Refine the class probabilities of any network for a photo.

    Writes DIR/NAME_probabilities.npy, DIR/NAME_labels.png (a palette image whose pixels are class
    indices) and DIR/NAME_overlay.png.
    """
    from figureground.pipeline import Refiner, most_probable
    from figureground.report.palette import label_image, overlay

    photo = read_image(image)
    given = as_probabilities(read_array(probabilities), photo.shape[:2], name=str(probabilities))
    refiner = Refiner(
        photo, preset=preset, calibration=read_calibration(calibration), threads=threads
    )
    refined = refiner(
        given,
        objectness=_objectness(objectness),
        objectness_weight=weight,
        iterations=iterations,
    )
    labels = most_probable(refined)
    with atomic(out / f"{image.stem}_probabilities.npy") as path:
        np.save(path, refined)
    pictures = {"labels": label_image(labels), "overlay": Image.fromarray(overlay(photo, labels))}
    save_pictures(out, image.stem, pictures)
    changed = float((labels != most_probable(given)).mean())
    if json:
        emit({"image": str(image), "changed": changed, "seconds": refiner.seconds})
    else:
        typer.echo(f"{image}: {changed:.2%} of the pixels changed their class; written to {out}")


def _objectness(name: str) -> Any:
    if name == "none":
        return None
    return read_array(name) if name.endswith(".npy") else name
