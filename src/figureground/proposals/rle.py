"""Run lengths of masks as COCO writes them."""

import numpy as np
from numpy.typing import NDArray


def coco_rle(mask: NDArray[np.bool_]) -> str:
    """Return the compressed run lengths of an (H, W) mask, as pycocotools reads them.

    Runs go down the columns, the first is of zeros. From the fourth on, a run is written as its
    difference to the run two before; five bits a character, the sixth for "more follows", the
    lowest first, each plus 48.
    """
    pixels = np.concatenate([[False], mask.ravel(order="F")])
    edges = np.flatnonzero(pixels[1:] != pixels[:-1])
    runs = np.diff(np.concatenate([[0], edges, [mask.size]]))
    values = runs.copy()
    values[3:] -= runs[1:-2]
    return "".join(map(_characters, values.tolist()))


def _characters(value: int) -> str:
    text = ""
    while True:
        low = value & 0x1F
        value >>= 5
        done = value == (-1 if low & 0x10 else 0)
        text += chr(48 + (low if done else low | 0x20))
        if done:
            return text
