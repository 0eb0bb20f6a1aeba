"""Draws the stages of the object proposals for a bundled photo: docs/proposals.jpg.

python docs/proposal_stages.py
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from figureground.contours import contours
from figureground.files import read_image
from figureground.objectness import pixel_objectness
from figureground.proposals import PRESETS, Proposals, _native, propose
from figureground.report.palette import heat

HERE = Path(__file__).parent
PHOTO = HERE.parent / "src" / "figureground" / "photos" / "cat.jpg"
TILE, LINE = 360, 22
Picture = NDArray[np.uint8]


def superpixel_picture(image: Picture, labels: NDArray[np.int32]) -> Picture:
    """Each superpixel in its mean colour, with its outline."""
    counts = np.bincount(labels.ravel())
    sums = [np.bincount(labels.ravel(), image[..., c].ravel()) for c in range(3)]
    picture = (np.stack(sums, 1) / counts[:, None])[labels]
    edge = np.zeros(labels.shape, bool)
    edge[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    edge[1:] |= labels[1:] != labels[:-1]
    picture[edge] *= 0.5
    return picture.astype(np.uint8)


def seed_picture(image: Picture, proposals: Proposals) -> Picture:
    """The photo with a dot on every seed, the first large."""
    picture = Image.fromarray(image // 2 + 60)
    draw = ImageDraw.Draw(picture)
    y, x = np.indices(proposals.superpixels.shape)
    for order, seed in enumerate(proposals.seeds):
        inside = proposals.superpixels == seed
        centre, radius = (x[inside].mean(), y[inside].mean()), 8 if order == 0 else 4
        draw.circle(centre, radius, fill=(255, 60, 40), outline=(255, 255, 255))
    return np.asarray(picture)


def segment_picture(image: Picture, proposals: Proposals, share: tuple[float, float]) -> Picture:
    """The best segment whose share of the photo lies in a range."""
    areas = proposals.segments @ np.bincount(proposals.superpixels.ravel())
    sizes = areas / proposals.superpixels.size
    k = int(np.flatnonzero((sizes >= share[0]) & (sizes < share[1]))[0])
    return np.where(proposals.mask(k)[..., None], image, image // 4)


def gray(values: NDArray[np.float32]) -> Picture:
    """A map in [0, 1] as dark on white."""
    return np.rint(255 * (1 - values)).astype(np.uint8)[..., None].repeat(3, axis=2)


def sheet(tiles: dict[str, Picture], columns: int) -> Image.Image:
    """Put captioned tiles in rows."""
    small = {
        caption: Image.fromarray(picture).resize((TILE, TILE * len(picture) // picture.shape[1]))
        for caption, picture in tiles.items()
    }
    height = next(iter(small.values())).height + LINE
    result = Image.new("RGB", (columns * TILE, -(-len(small) // columns) * height), "white")
    draw = ImageDraw.Draw(result)
    for i, (caption, tile) in enumerate(small.items()):
        x, y = i % columns * TILE, i // columns * height
        draw.text((x + 4, y + 4), caption, fill="black", font_size=14)
        result.paste(tile, (x, y + LINE))
    return result


def main() -> None:
    """Draw the sheet."""
    image = read_image(PHOTO)
    strength = contours(image)
    proposals = propose(image, strength, "baseline-200")
    scene = _native.Scene(strength, image, PRESETS["baseline-200"].superpixels, 1)
    distance = scene.distance(int(proposals.seeds[0]))[proposals.superpixels]
    tiles = {
        "boundaries": gray(strength),
        "thinned": gray(_native.thin(strength, 1)),
        "superpixels": superpixel_picture(image, proposals.superpixels),
        f"{len(proposals.seeds)} seeds, the first large": seed_picture(image, proposals),
        "geodesic distance to the first": heat(distance),
        "a small segment": segment_picture(image, proposals, (0.01, 0.1)),
        "a middle one": segment_picture(image, proposals, (0.1, 0.4)),
        "a large one": segment_picture(image, proposals, (0.4, 0.8)),
        "objectness (votes)": heat(pixel_objectness(proposals)),
    }
    sheet(tiles, 3).save(HERE / "proposals.jpg", quality=82)


if __name__ == "__main__":
    main()
