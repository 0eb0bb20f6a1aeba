"""figureground data: fetch public data, look through a data set."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from PIL import Image

from figureground.cli.common import emit
from figureground.cli.options import JsonOption, OutOption
from figureground.console import PLAIN_LINE_EVERY_S, progress, say
from figureground.errors import InputError

if TYPE_CHECKING:
    from figureground.data import Sample

data = typer.Typer(
    name="data", help="Fetch public data, look through a data set.", no_args_is_help=True
)

SHEET, COLUMNS, TILE = 24, 6, 200
"""The sheet of overlays: photos, photos in a row, pixels of a photo's place."""


@data.callback()
def _root() -> None:
    """Fetch public data, look through a data set."""


@data.command()
def download(
    name: Annotated[str, typer.Argument(help="voc2012, sbd or vgg16.")],
    out: OutOption = Path("data"),
) -> None:
    """Fetch a data set or weights, checked by their checksum; a broken fetch is taken up again."""
    from figureground.data.download import REMOTES, download

    if name not in REMOTES:
        raise InputError(f"{name!r} is none of {', '.join(REMOTES)}")
    say(f"{REMOTES[name].url} ({REMOTES[name].terms})")
    shown = [0.0]

    def tell(have: int, total: int | None) -> None:
        if time.monotonic() - shown[0] > PLAIN_LINE_EVERY_S:
            shown[0] = time.monotonic()
            say(f"{have >> 20} MB" + (f" of {total >> 20}" if total else ""))

    say(f"ready: {download(REMOTES[name], out, tell)}")


@data.command()
def check(
    dataset: Annotated[
        Path, typer.Argument(help="A folder like VOC, SBD or COCO, or photos and masks.")
    ],
    split: Annotated[str | None, typer.Option(help="Part of it.", show_default="all")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for a sheet of overlays, check.png.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Count the classes, and find masks that training would misread; exit 1 if any file is bad."""
    from figureground.data import open_samples
    from figureground.data.check import check
    from figureground.files import atomic

    samples = open_samples(dataset, split)
    found = check(samples, progress(samples, "check"))
    if out is not None:
        step = max(1, len(found.usable) // SHEET)
        with atomic(out / "check.png") as path:
            _sheet(found.usable[::step][:SHEET]).save(path)
    if as_json:
        emit(
            {"images": found.images, "void_share": found.void_share, "modes": found.modes}
            | {"classes": found.table(), "warnings": found.warnings(), "broken": found.broken}
        )
    else:
        say(f"{found.images} images, {found.void_share:.1%} void, masks {found.modes}")
        for name, row in found.table().items():
            say(f"{name:14} {row['images']:6.0f} images {row['share']:8.2%} of the pixels")
        for text in (*found.warnings(), *found.broken[:20]):
            say(f"warning: {text}")
    if found.broken:
        raise InputError(f"{dataset}: {len(found.broken)} samples cannot be used, see above")


def _sheet(samples: "list[Sample]") -> Image.Image:
    """Photos with their masks laid over, six in a row."""
    from figureground.report.palette import overlay

    rows = -(-len(samples) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * TILE, max(1, rows) * TILE), "white")
    for k, sample in enumerate(samples):
        picture = Image.fromarray(overlay(*sample.pair()))
        picture.thumbnail((TILE - 4, TILE - 4))
        sheet.paste(picture, (k % COLUMNS * TILE + 2, k // COLUMNS * TILE + 2))
    return sheet
