"""Pixel objectness by votes: plain ones, as the paper has it, or weighed by scores."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from figureground.errors import InputError
from figureground.objectness.sums import spread
from figureground.proposals.result import Proposals

POWER = 3
"""A segment's vote is its score to this power, so that the good ones decide."""


def pixel_objectness(proposals: Proposals, scores: Any = None) -> NDArray[np.float32]:
    """Return the share of all proposals' votes that a pixel gets, (H, W) float32 in [0, 1].

    Without scores it is `pos_j = g_j / G` of Liu and Lew, ICIP 2017, where each proposal that
    holds the pixel has one vote. The values are small: within a photo they typically run from
    about .04 to .25, and never come near 1. With scores, (P,) in [0, 1], such as
    `figureground.objectness.segment_scores` gives, a proposal's vote is its score cubed.
    Without proposals all are 0.
    """
    return superpixel_votes(proposals, scores)[proposals.superpixels]


def superpixel_votes(proposals: Proposals, scores: Any = None) -> NDArray[np.float32]:
    """The same for every superpixel, (S,) float32."""
    if scores is None:
        votes = proposals.segments.sum(axis=0, dtype=np.float32)
        total = float(len(proposals))
    else:
        scores = np.asarray(scores, np.float32)
        if scores.shape != (len(proposals),) or not np.isfinite(scores).all():
            raise InputError(
                f"scores: expected {len(proposals)} finite numbers, got shape {scores.shape}"
            )
        weights = np.maximum(scores, 0) ** POWER
        votes = spread(proposals.segments, weights[:, None])[:, 0]
        total = float(weights.sum())
    share: NDArray[np.float32] = votes / np.float32(total or 1)
    return share
