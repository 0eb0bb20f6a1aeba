"""A picture grid as in the paper: a photo a row, a kind of picture a column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps

from figureground.report.panels import GAP, INK, PAPER, picture_of

TILE = (240, 180)
"""Width and height that a tile is fitted into."""

LETTERS = 14


@dataclass(frozen=True)
class Row:
    """A row: what it is called, its photo, and what is shown by column.

    Attributes:
        name: written above its first tile.
        image: (H, W, 3) uint8, that labels are laid over.
        tiles: caption to a photo (H, W, 3), labels (H, W) uint8 or a map (H, W) float.
    """

    name: str
    image: NDArray[np.uint8]
    tiles: Mapping[str, NDArray[Any]]


def grid(rows: Sequence[Row]) -> Image.Image:
    """Put rows of the same columns below each other."""
    captions = list(rows[0].tiles)
    line = round(LETTERS * 1.6)
    pictures = [[_fitted(row, caption) for caption in captions] for row in rows]
    heights = [line + max(picture.height for picture in row) + GAP for row in pictures]
    size = (GAP + len(captions) * (TILE[0] + GAP), GAP + line + sum(heights))
    sheet = Image.new("RGB", size, PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(LETTERS)
    places = [GAP + column * (TILE[0] + GAP) for column in range(len(captions))]
    for x, caption in zip(places, captions, strict=True):
        draw.text((x, GAP + line // 2), caption, INK, font, anchor="lm")
    y = GAP + line
    for row, shown, height in zip(rows, pictures, heights, strict=True):
        draw.text((GAP, y + line // 2), row.name, INK, font, anchor="lm")
        for x, picture in zip(places, shown, strict=True):
            sheet.paste(picture, (x, y + line))
        y += height
    return sheet


def _fitted(row: Row, caption: str) -> Image.Image:
    picture = picture_of(row.image, row.tiles[caption])
    return ImageOps.contain(picture, TILE, Image.Resampling.LANCZOS)
