"""Masks from COCO's outlines: polygons, and run lengths."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import Size


def fill_polygons(polygons: Sequence[Sequence[float]], size: Size) -> NDArray[np.bool_]:
    """The pixels whose centres lie in any of the polygons, (H, W).

    Each is x0, y0, x1, y1 … in continuous coordinates: pixel (row, column) covers [column,
    column + 1] x [row, row + 1]. A point is inside where a line from it to the left crosses the
    outline an odd number of times.
    """
    mask = np.zeros(size, bool)
    for polygon in polygons:
        mask |= _fill(np.asarray(polygon, float), size)
    return mask


def decode_runs(counts: str | Sequence[int], size: Size) -> NDArray[np.bool_]:
    """The mask (H, W) of run lengths, column by column, of zeros and ones in turn.

    `counts` is the lengths, or COCO's text: groups of five bits, the lowest first, a sixth bit
    where more follow, sign-extended; from the fourth number on, differences to two before.
    """
    lengths = np.asarray(_numbers(counts) if isinstance(counts, str) else counts, np.int64)
    pixels = size[0] * size[1]
    # The sum of valid lengths is the number of pixels, so that none can ask for more memory.
    if (lengths < 0).any() or (lengths > pixels).any() or lengths.sum() != pixels:
        raise ValueError(f"run lengths for {int(lengths.sum())} pixels, not {pixels}")
    values = np.arange(len(lengths)) % 2 == 1
    return np.repeat(values, lengths).reshape(size, order="F")


def _fill(polygon: NDArray[np.float64], size: Size) -> NDArray[np.bool_]:
    if polygon.ndim != 1 or len(polygon) % 2 or len(polygon) < 6 or not np.isfinite(polygon).all():
        raise ValueError("a polygon needs three or more points x, y")
    height, width = size
    x, y = polygon[::2], polygon[1::2]
    crossings = np.zeros((height, width + 1), np.int64)
    for x0, y0, x1, y1 in zip(x, y, np.roll(x, -1), np.roll(y, -1), strict=True):
        low, high = sorted((y0, y1))
        # Half-open, so that a corner on a row of centres is crossed once, not twice.
        first, last = (int(np.clip(np.ceil(end - 0.5), 0, height)) for end in (low, high))
        rows = np.arange(first, last)
        at = x0 + (rows + 0.5 - y0) * (x1 - x0) / (y1 - y0) if len(rows) else np.zeros(0)
        columns = np.clip(np.ceil(at - 0.5), 0, width).astype(int)
        np.add.at(crossings, (rows, columns), 1)
    return np.asarray(crossings.cumsum(1)[:, :width] % 2 == 1)


def _numbers(text: str) -> list[int]:
    numbers: list[int] = []
    value, shift = 0, 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or shift > 30:
            raise ValueError(f"run lengths with the character {character!r}")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        numbers.append(value + (numbers[-2] if len(numbers) > 2 else 0))
        value, shift = 0, 0
    if shift:
        raise ValueError("run lengths that break off")
    return numbers
