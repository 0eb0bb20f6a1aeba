"""Pictures of segments."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

OUTLINE = (255, 200, 40)
PER_ROW = 4


def segment_sheet(
    image: NDArray[np.uint8], masks: Sequence[NDArray[np.bool_]]
) -> NDArray[np.uint8]:
    """Show each segment on a darkened copy of the photo, in rows of four.

    Args:
        image: the photo, (H, W, 3) uint8.
        masks: (H, W) bool each; where there are none the photo itself is returned.
    """
    tiles = [_tile(image, mask) for mask in masks]
    if not tiles:
        return image
    columns = min(PER_ROW, len(tiles))
    tiles += [np.full_like(image, 255)] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
    return np.vstack(rows)


def _tile(image: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    tile = np.where(mask[..., None], image, image // 3)
    padded = np.pad(mask, 1)
    inside = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    tile[mask & ~inside] = OUTLINE
    return tile
