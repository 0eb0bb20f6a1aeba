"""Draws the pictures of objectness.md: python docs/objectness_pictures.py [--photos].

Of the photos of PASCAL VOC val in $FIGUREGROUND_DATA (default ../shared), ranked by how many more
pixels the POS-CRF gets right than the CRF: the four that gain most, the two in the middle and the
two that lose most. Colours: white right object, black right background, red an object missed or
taken for another, blue background taken for an object, grey void. The photos may not be given away,
so that the sheet in docs/ does without them; --photos shows them too, in another file.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from figureground.arrays import VOID
from figureground.console import progress
from figureground.data import Sample, open_samples
from figureground.networks import load_network
from figureground.pipeline import Refiner, most_probable
from figureground.report.palette import heat
from figureground.threads import map_in_order, thread_count

DOCS = Path(__file__).parent
SHARED = Path(os.environ.get("FIGUREGROUND_DATA", DOCS.parent / ".." / "shared"))
TILE, GAP = (180, 135), 6
RIGHT, MISSED, FALSE, UNKNOWN = (255, 255, 255), (214, 39, 40), (31, 119, 180), (128, 128, 128)


@dataclass(frozen=True)
class Compared:
    """A photo with and without the objectness: (H, W) labels and map."""

    sample: Sample
    gain: float
    evidence: np.ndarray
    crf: np.ndarray
    pos: np.ndarray


def compared(sample: Sample, network) -> Compared:
    """Refine a photo both ways; the gain is in shares of its known pixels."""
    image, truth = sample.pair()
    refiner, p = Refiner(image, threads=1), network(image)
    nats = refiner.objectness("network", p)
    crf, pos = (most_probable(refiner.refined(p, how, objectness=nats)) for how in ("crf", "pos"))
    known = truth != VOID
    gain = float((pos == truth)[known].mean() - (crf == truth)[known].mean())
    return Compared(sample, gain, nats, crf, pos)


def errors(labels: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the colours of right and wrong pixels, (H, W, 3)."""
    picture = np.zeros((*labels.shape, 3), np.uint8)
    picture[(truth > 0) & (labels == truth)] = RIGHT
    picture[(truth > 0) & (labels != truth)] = MISSED
    picture[(truth == 0) & (labels > 0)] = FALSE
    picture[truth == VOID] = UNKNOWN
    return picture


def sheet(rows: list[Compared], *, photos: bool) -> Image.Image:
    """Return a row a photo: its name and gain, the evidence, the CRF and the POS-CRF."""
    captions = [*(["photo"] if photos else []), "evidence, least to most", "CRF", "POS-CRF"]
    width, height = TILE[0] + GAP, TILE[1] + GAP
    font = ImageFont.load_default(13)
    page = Image.new("RGB", (110 + width * len(captions), 24 + height * len(rows)), "white")
    draw = ImageDraw.Draw(page)
    for column, caption in enumerate(captions):
        draw.text((110 + column * width, 5), caption, "black", font)
    for line, row in enumerate(rows):
        image, truth = row.sample.pair()
        tiles = [heat(row.evidence), errors(row.crf, truth), errors(row.pos, truth)]
        draw.text((4, 30 + line * height), row.sample.name, "black", font)
        draw.text((4, 48 + line * height), f"{100 * row.gain:+.1f} %", "black", font)
        for column, tile in enumerate([image, *tiles] if photos else tiles):
            small = Image.fromarray(tile)
            small.thumbnail(TILE)
            page.paste(small, (110 + column * width, 24 + line * height))
    return page


def main() -> None:
    """Rank the photos and write the sheet."""
    samples = open_samples(SHARED / "data" / "voc2012-animals", "val")
    network = load_network(threads=1)
    found = map_in_order(
        lambda sample: compared(sample, network), progress(samples, "ranking"), thread_count(None)
    )
    ranked = sorted(found, key=lambda row: -row.gain)
    middle = len(ranked) // 2
    chosen = [*ranked[:4], *ranked[middle - 1 : middle + 1], *ranked[-2:]]
    photos = "--photos" in sys.argv
    name = "objectness_photos.png" if photos else "objectness.png"
    folder = Path() if photos else DOCS
    sheet(chosen, photos=photos).quantize(64).save(folder / name, optimize=True)


if __name__ == "__main__":
    main()
