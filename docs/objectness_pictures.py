"""Draws the pictures of objectness.md: python docs/objectness_pictures.py [--photos].

The photos are those of PASCAL VOC val in $FIGUREGROUND_DATA (default ../shared), ranked by how many
more pixels are right when the evidence lifts the embedded network's foreground: the four that gain
most, the two in the middle and the two that lose most. White is an object got right, black
background got right, red an object missed or mistaken, blue background taken for an object, grey
void. The photos may not be given away, so that the sheet in docs/ does without them; --photos
writes another with them, objectness_photos.png in the working folder.
"""

import os
import sys
from dataclasses import dataclass, replace
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
class Lifted:
    """A photo, the evidence, and the share of pixels that it puts right."""

    sample: Sample
    gain: float
    refiner: Refiner
    probabilities: np.ndarray
    evidence: np.ndarray

    def labels(self, how) -> np.ndarray:
        """Return the labels, (H, W), of one of the refinements."""
        return most_probable(
            self.refiner.refined(self.probabilities, how, objectness=self.evidence)
        )


def lifted(sample: Sample, network) -> Lifted:
    """Lift the network's foreground; the gain is in shares of the photo's known pixels."""
    image, truth = sample.pair()
    refiner, p = Refiner(image, threads=1), network(image)
    row = Lifted(sample, 0.0, refiner, p, refiner.objectness("network", p))
    known = truth != VOID
    after, before = ((row.labels(how) == truth)[known].mean() for how in ("lift", "none"))
    return replace(row, gain=float(after - before))


def errors(labels: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the colours of right and wrong pixels, (H, W, 3)."""
    picture = np.zeros((*labels.shape, 3), np.uint8)
    picture[(truth > 0) & (labels == truth)] = RIGHT
    picture[(truth > 0) & (labels != truth)] = MISSED
    picture[(truth == 0) & (labels > 0)] = FALSE
    picture[truth == VOID] = UNKNOWN
    return picture


def sheet(rows: list[Lifted], *, photos: bool) -> Image.Image:
    """Return a row a photo: its name and gain, the evidence, and the errors of every stage."""
    ways = {"network alone": "none", "lifted": "lift", "CRF": "crf", "POS-CRF": "pos"}
    captions = [*(["photo"] if photos else []), "evidence, least to most", *ways]
    width, height = TILE[0] + GAP, TILE[1] + GAP
    font = ImageFont.load_default(13)
    page = Image.new("RGB", (110 + width * len(captions), 24 + height * len(rows)), "white")
    draw = ImageDraw.Draw(page)
    for column, caption in enumerate(captions):
        draw.text((110 + column * width, 5), caption, "black", font)
    for line, row in enumerate(rows):
        image, truth = row.sample.pair()
        tiles = [heat(row.evidence), *(errors(row.labels(how), truth) for how in ways.values())]
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
        lambda sample: lifted(sample, network), progress(samples, "ranking"), thread_count(None)
    )
    ranked = sorted(found, key=lambda row: -row.gain)
    middle = len(ranked) // 2
    chosen = [*ranked[:4], *ranked[middle - 1 : middle + 1], *ranked[-2:]]
    sheet(chosen, photos=False).quantize(64).save(DOCS / "objectness.png", optimize=True)
    if "--photos" in sys.argv:
        sheet(chosen, photos=True).save("objectness_photos.png")


if __name__ == "__main__":
    main()
