"""figureground propose: photos in, segments that may be objects out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image

from figureground.cli.common import save_pictures
from figureground.cli.options import OutOption, ThreadsOption
from figureground.console import progress
from figureground.files import atomic, read_image, read_map

if TYPE_CHECKING:
    from figureground.proposals import Proposals

BoundariesOption = Annotated[
    Path | None,
    typer.Option(
        help="A boundary map, 8-bit gray image, in place of our detector; for one photo only."
    ),
]
PresetOption = Annotated[
    str, typer.Option(help="A preset's name, or the number of proposals wanted.")
]


def propose(
    images: Annotated[list[Path], typer.Argument(help="Photos to read.")],
    out: OutOption = Path("proposals"),
    preset: PresetOption = "baseline-200",
    layout: Annotated[
        Literal["npz", "coco"],
        typer.Option("--format", help="npz: superpixels and segments; coco: JSON with RLE masks."),
    ] = "npz",
    best: Annotated[int, typer.Option(min=0, help="Segments to show in the picture.")] = 12,
    boundaries: BoundariesOption = None,
    threads: ThreadsOption = None,
) -> None:
    """Propose segments that may be objects.

    Writes DIR/NAME.npz (superpixels, segments, scores, boxes, edges, strengths, lengths) or
    DIR/NAME.json (COCO results) and DIR/NAME_segments.png, the best of them.
    """
    from figureground.report.segments import segment_sheet

    for path in progress(images, "proposals"):
        image = read_image(path)
        proposals = propose_file(image, images, boundaries, preset, threads)
        write = _write_npz if layout == "npz" else _write_coco
        write(proposals, out, path.stem)
        masks = [proposals.mask(k) for k in range(min(best, len(proposals)))]
        save_pictures(out, path.stem, {"segments": Image.fromarray(segment_sheet(image, masks))})


def propose_file(
    image: NDArray[np.uint8],
    images: list[Path],
    boundaries: Path | None,
    preset: str,
    threads: int | None,
) -> "Proposals":
    """Propose with the options as they are typed."""
    from figureground.proposals import propose

    if boundaries is not None and len(images) > 1:
        raise typer.BadParameter("--boundaries is for one photo; give one")
    strength = None if boundaries is None else read_map(boundaries)
    wanted = int(preset) if preset.isdecimal() else preset
    return propose(image, strength, wanted, threads=threads)


def _write_npz(proposals: "Proposals", out: Path, stem: str) -> None:
    arrays = {
        "superpixels": proposals.superpixels,
        "segments": proposals.segments,
        "scores": proposals.scores,
        "boxes": proposals.boxes,
        "edges": proposals.graph.edges,
        "strengths": proposals.graph.strengths,
        "lengths": proposals.graph.lengths,
    }
    with atomic(out / f"{stem}.npz") as path:
        np.savez_compressed(path, allow_pickle=False, **arrays)


def _write_coco(proposals: "Proposals", out: Path, stem: str) -> None:
    import json

    with atomic(out / f"{stem}.json") as path:
        path.write_text(json.dumps(proposals.to_coco()), encoding="utf-8")
