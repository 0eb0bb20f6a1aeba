"""Pixel objectness by plain votes, as the paper has it."""

import numpy as np
from numpy.typing import NDArray

from figureground.proposals.result import Proposals


def pixel_objectness(proposals: Proposals) -> NDArray[np.float32]:
    """Return the share of all proposals that a pixel lies in, (H, W) float32 in [0, 1].

    `pos_j = g_j / G` of Liu and Lew, ICIP 2017. The values are small: within a photo they
    typically run from about .04 to .25, and never come near 1. Without proposals all are 0.
    """
    votes = proposals.segments.sum(axis=0, dtype=np.float32)
    share: NDArray[np.float32] = votes / np.float32(max(1, len(proposals)))
    return share[proposals.superpixels]
