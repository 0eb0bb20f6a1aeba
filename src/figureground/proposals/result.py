"""What the proposal stage returns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from figureground.errors import InputError


@dataclass(frozen=True)
class SuperpixelGraph:
    """Which superpixels touch, and how strong the boundary between them is.

    Attributes:
        edges: (E, 2) int32, pairs of superpixels that touch, the lower label first.
        strengths: (E,) float32 in [0, 1], lower quartile of the boundary map along the edge.
        lengths: (E,) int32, 4-neighbour pixel pairs between the two.
    """

    edges: NDArray[np.int32]
    strengths: NDArray[np.float32]
    lengths: NDArray[np.int32]


@dataclass(frozen=True)
class Proposals:
    """Segments that may be objects, the best first.

    Attributes:
        superpixels: (H, W) int32, labels 0..S-1; each label is one 4-connected region.
        segments: (P, S) bool, the superpixels of each segment.
        scores: (P,) float32, descending: how much the distance rises at the segment's edge.
        boxes: (P, 4) int32, x0 y0 x1 y1 in pixels; x1 and y1 are exclusive.
        seeds: the superpixels that the segments were grown from, in the order they were found.
        graph: the superpixel graph.
    """

    superpixels: NDArray[np.int32]
    segments: NDArray[np.bool_]
    scores: NDArray[np.float32]
    boxes: NDArray[np.int32]
    seeds: NDArray[np.int32]
    graph: SuperpixelGraph

    def __len__(self) -> int:
        """The number of segments."""
        return len(self.segments)

    def mask(self, k: int) -> NDArray[np.bool_]:
        """Return segment k as a mask, (H, W) bool."""
        if not -len(self) <= k < len(self):
            raise InputError(f"k: there are {len(self)} proposals, got {k}")
        mask: NDArray[np.bool_] = self.segments[k][self.superpixels]
        return mask
