"""figureground segment: photos in, masks, overlays and panels out."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from PIL import Image

from figureground.cli.common import emit, read_calibration, save_pictures
from figureground.cli.options import (
    CalibrationOption,
    JsonOption,
    NetworkOption,
    OutOption,
    RefineOption,
    ThreadsOption,
)
from figureground.console import progress
from figureground.errors import InputError
from figureground.files import read_image

if TYPE_CHECKING:
    from figureground.pipeline import Result, Segmenter

LEAST_SHARE = 0.001
"""Classes below this share of the photo are not printed; the JSON has them all."""


def segment(
    images: Annotated[list[Path], typer.Argument(help="Photos: JPEG, PNG, WebP, BMP or TIFF.")],
    out: OutOption = Path("segmented"),
    network: NetworkOption = None,
    refine: RefineOption = "pos",
    calibration: CalibrationOption = None,
    panel: Annotated[
        bool,
        typer.Option("--panel", help="Also draw the paper's panel of every stage."),
    ] = False,
    threads: ThreadsOption = None,
    json: JsonOption = False,
) -> None:
    """Segment photos.

    Writes DIR/NAME_labels.png (a palette image whose pixels are class indices) and
    DIR/NAME_overlay.png for every photo, and prints the classes found with their share of it.
    """
    from figureground.networks import DEFAULT_NETWORK
    from figureground.pipeline import Segmenter

    require_distinct(images)
    segmenter = Segmenter(
        network or DEFAULT_NETWORK,
        refine=refine,
        calibration=read_calibration(calibration),
        threads=threads,
    )
    segment_photos(images, segmenter, out, panel=panel, json=json)


def segment_photos(
    images: Sequence[Path], segmenter: "Segmenter", out: Path, *, panel: bool, json: bool
) -> None:
    """Segment photos into a folder and print what was found."""
    rows = []
    for path in progress(images, "segmenting"):
        result = segmenter(read_image(path))
        rows.append(_report(path, result))
        if not json:
            _print(rows[-1])
        save_pictures(out, path.stem, _pictures(result, panel=panel))
    if json:
        emit(rows)


def require_distinct(paths: Sequence[Path]) -> None:
    """Refuse photos whose results would get the same name, or that do not exist."""
    seen: dict[str, Path] = {}
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: no such file")
        if path.stem in seen:
            raise InputError(
                f"{path}: its results would overwrite those of {seen[path.stem]}; "
                "run them with different --out folders"
            )
        seen[path.stem] = path


def _report(path: Path, result: "Result") -> dict[str, Any]:
    return {"image": str(path), "shares": result.shares, "seconds": result.seconds}


def _print(row: dict[str, Any]) -> None:
    found = [f"{name} {s:.1%}" for name, s in row["shares"].items() if s >= LEAST_SHARE]
    times = ", ".join(f"{stage} {s * 1e3:.0f} ms" for stage, s in row["seconds"].items())
    typer.echo(f"{Path(row['image']).name}: {', '.join(found)}\n  {times}")


def _pictures(result: "Result", *, panel: bool) -> dict[str, Image.Image]:
    from figureground.report.palette import label_image, overlay

    pictures = {
        "labels": label_image(result.labels),
        "overlay": Image.fromarray(overlay(result.image, result.labels)),
    }
    if panel:
        pictures["panel"] = result.panel()
    return pictures
