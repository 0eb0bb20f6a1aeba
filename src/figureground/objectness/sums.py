"""Sums over segments: the inside, the contour, and the ring just outside."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figureground.objectness import _native
from figureground.objectness.regions import Values
from figureground.proposals.result import Proposals
from figureground.threads import thread_count


@dataclass(frozen=True)
class SegmentSums:
    """Sums for P segments, a row each.

    Attributes:
        members: (P, K) over the superpixels inside.
        contour: (P, L) over the edges from the inside to the outside.
        ring: (P, M) over the outer ends of those edges, each weighed by its edge's length.
    """

    members: Values
    contour: Values
    ring: Values


def segment_sums(
    proposals: Proposals,
    members: NDArray[Any],
    contour: NDArray[Any],
    ring: NDArray[Any],
    threads: int | None = None,
) -> SegmentSums:
    """Sum values of superpixels, (S, K) and (S, M), and of edges, (E, L), for every segment."""
    members, contour, ring = (
        np.ascontiguousarray(table, np.float32) for table in (members, contour, ring)
    )
    count = len(proposals)
    sums = SegmentSums(
        np.zeros((count, members.shape[1]), np.float32),
        np.zeros((count, contour.shape[1]), np.float32),
        np.zeros((count, ring.shape[1]), np.float32),
    )
    _native.sum_segments(
        proposals.segments,
        proposals.graph.edges,
        proposals.graph.lengths.astype(np.float32),
        members,
        contour,
        ring,
        sums.members,
        sums.contour,
        sums.ring,
        thread_count(threads),
    )
    return sums


def spread(segments: NDArray[np.bool_], values: NDArray[Any]) -> Values:
    """Add the values of segments, (P, K), to each of their superpixels: (S, K)."""
    sums = np.zeros((segments.shape[1], values.shape[1]), np.float32)
    _native.spread_segments(segments, np.ascontiguousarray(values, np.float32), sums)
    return sums
