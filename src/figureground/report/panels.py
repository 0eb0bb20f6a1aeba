"""Pictures side by side with captions: what the paper's figures show."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from figureground.report.palette import PALETTE, heat, overlay

GAP = 8
INK = (20, 20, 20)
PAPER = (255, 255, 255)


def panel(
    image: NDArray[np.uint8],
    tiles: Mapping[str, NDArray[Any]],
    classes: tuple[str, ...],
    *,
    tile: int = 320,
) -> Image.Image:
    """Put tiles side by side with captions above and the colours' meaning below.

    Args:
        image: the photo, (H, W, 3) uint8, that labels are laid over.
        tiles: caption to what is shown: a photo (H, W, 3), labels (H, W) uint8, or a map (H, W)
            float, whose range is added to the caption.
        classes: the name of every label.
        tile: longest side of a tile, pixels.
    """
    height, width = image.shape[:2]
    scale = tile / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    letters = max(12, tile // 18)
    font = ImageFont.load_default(letters)
    line = round(letters * 1.6)
    sheet = Image.new(
        "RGB", (len(tiles) * (size[0] + GAP) + GAP, size[1] + 2 * line + 2 * GAP), PAPER
    )
    draw = ImageDraw.Draw(sheet)
    for column, (caption, content) in enumerate(tiles.items()):
        x = GAP + column * (size[0] + GAP)
        draw.text((x, GAP + line // 2), _caption(caption, content), INK, font, anchor="lm")
        sheet.paste(
            picture_of(image, content).resize(size, Image.Resampling.LANCZOS), (x, GAP + line)
        )
    labels = [t.ravel() for t in tiles.values() if t.ndim == 2 and t.dtype == np.uint8]
    x, y = GAP, GAP + line + size[1] + line // 2 + GAP // 2
    for label in np.unique(np.concatenate(labels)) if labels else ():
        if 0 < label < len(classes):
            top, bottom = y - letters // 2, y + letters // 2
            draw.rectangle((x, top, x + letters, bottom), tuple(PALETTE[label]), INK)
            draw.text((x + letters + GAP, y), classes[label], INK, font, anchor="lm")
            x += letters + 3 * GAP + round(draw.textlength(classes[label], font))
    return sheet


def picture_of(image: NDArray[np.uint8], content: NDArray[Any]) -> Image.Image:
    """A photo (H, W, 3) as it is, labels (H, W) uint8 over the image, a map (H, W) in colours."""
    if content.ndim == 3:
        return Image.fromarray(content)
    if content.dtype == np.uint8:
        return Image.fromarray(overlay(image, content))
    return Image.fromarray(heat(content))


def _caption(caption: str, content: NDArray[Any]) -> str:
    if content.dtype == np.uint8:
        return caption
    return f"{caption} ({content.min():.2f} to {content.max():.2f})"
