"""What tells a good segment from a bad one, computed for all segments of a photo at once.

A segment is a set of superpixels, so everything is a sum over superpixels or over the edges of
their graph: what lies inside, what is crossed, and what lies just outside (the ring). Such cues
are those of CPMC (Carreira & Sminchisescu, PAMI 2012) and of Endres & Hoiem (ECCV 2010).
"""

import numpy as np

from figureground.objectness.regions import Foreground, Regions, Values, log_odds
from figureground.objectness.sums import segment_sums
from figureground.objectness.votes import superpixel_votes
from figureground.proposals.result import Proposals, SuperpixelGraph

IMAGE_FEATURES = (
    "log share of the image",
    "rank",
    "boundary strength on the contour",
    "boundary strength inside",
    "strength on the contour less inside",
    "Lab distance to the ring",
    "log perimeter over root area",
    "border length over the image's",
    "border length over the contour's",
    "share of the contour that is weak",
    "distance of the centre from the image's",
    "height of the centre",
    "votes inside",
    "votes inside less the ring",
    "colour words unlike the ring's",
    "colour words unlike the rest's",
    "Lab deviation inside",
    "share of the box that is filled",
    "log width over height",
    "sides of the image touched",
    "bottom of the image touched",
    "proposal score",
    "log number of superpixels",
)
NETWORK_FEATURES = (
    "foreground probability inside",
    "foreground log odds inside",
    "foreground probability in the ring",
    "foreground probability inside less the ring",
    "share inside that is called foreground",
    "overlap with the foreground probability",
    "overlap with what is called foreground",
    "share of the image's foreground probability",
    "foreground log odds in the ring",
    "share of the ring that is called foreground",
    "deviation of the log odds inside",
    "foreground probability in the image",
)
SUPERPIXEL_FEATURES = (
    "log odds of the votes",
    "x of the centre",
    "y of the centre",
    "log share of the image",
    "lightness",
    "on the border",
)
SUPERPIXEL_NETWORK_FEATURES = ("calibrated log odds", "foreground probability")

WEAK = 0.1
"""Below this strength a piece of contour counts as weak."""


def image_features(proposals: Proposals, parts: Regions, threads: int | None = None) -> Values:
    """The features that need the photo alone, (P, 23), in the order of `IMAGE_FEATURES`."""
    height, width = proposals.superpixels.shape
    pixels = parts.pixels[:, None]
    votes = superpixel_votes(proposals)[:, None]
    degrees = degree(proposals.graph, len(pixels))
    means = np.hstack([parts.lab, parts.centre, votes, parts.lab**2]) * pixels
    ones = np.ones_like(pixels)
    sums = segment_sums(
        proposals,
        members=np.hstack([pixels, parts.border[:, None], degrees, ones, means, parts.words]),
        contour=proposals.graph.lengths[:, None] * edge_values(proposals.graph),
        ring=np.hstack([parts.lab, votes, parts.words / pixels]),
        threads=threads,
    )
    area, border, inner_length, inner_strength, count = sums.members[:, :5].T
    mean = sums.members[:, 5:14] / area[:, None]
    words = sums.members[:, 14:]
    length, strength, weak = sums.contour.T
    contour = np.maximum(length, 1)
    ring = sums.ring / contour[:, None]
    on_contour = strength / contour
    # Edges inside were counted from both ends, those of the contour from one.
    inside = (inner_strength - strength) / np.maximum(inner_length - length, 1)
    outside = np.maximum(height * width - area, 1)[:, None]
    x0, y0, x1, y1 = proposals.boxes.T.astype(np.float32)
    touched = np.stack([x0 <= 0, y0 <= 0, x1 >= width, y1 >= height])
    variance = np.maximum(mean[:, 6:] - mean[:, :3] ** 2, 0).sum(axis=1)
    return np.stack(
        [
            np.log(area / (height * width)),
            np.arange(len(proposals)) / max(1, len(proposals)),
            on_contour,
            inside,
            on_contour - inside,
            np.linalg.norm(mean[:, :3] - ring[:, :3], axis=1),
            np.log((length + border) / np.sqrt(area)),
            border / (2 * (height + width)),
            border / (border + contour),
            weak / contour,
            np.linalg.norm(mean[:, 3:5] - 0.5, axis=1),
            mean[:, 4],
            mean[:, 5],
            mean[:, 5] - ring[:, 3],
            unlikeness(words / area[:, None], ring[:, 4:]),
            unlikeness(words / area[:, None], (parts.words.sum(axis=0) - words) / outside),
            np.sqrt(variance),
            area / ((x1 - x0) * (y1 - y0)),
            np.log((x1 - x0) / (y1 - y0)),
            touched.sum(axis=0),
            touched[3],
            proposals.scores,
            np.log(count),
        ],
        axis=1,
    ).astype(np.float32)


def network_features(
    seen: Foreground, proposals: Proposals, parts: Regions, threads: int | None = None
) -> Values:
    """The features that ask a network, (P, 12), in the order of `NETWORK_FEATURES`.

    Args:
        seen: what the network says of the superpixels.
        proposals: the segments.
        parts: their superpixels.
        threads: None for all cores.
    """
    means = np.stack(seen, axis=1)
    pixels = parts.pixels[:, None]
    sums = segment_sums(
        proposals,
        members=np.hstack([pixels, pixels * means]),
        contour=proposals.graph.lengths[:, None],
        ring=means[:, :3],
        threads=threads,
    )
    area, mass, _, called, _ = sums.members.T
    p, inside_odds, called_share, squares = (sums.members[:, 1:] / sums.members[:, :1]).T
    ring_p, ring_odds, ring_called = (sums.ring / np.maximum(sums.contour, 1)).T
    all_mass, _, all_called, _ = (pixels * means).sum(axis=0)
    return np.stack(
        [
            p,
            inside_odds,
            ring_p,
            p - ring_p,
            called_share,
            mass / np.maximum(area + all_mass - mass, 1),
            called / np.maximum(area + all_called - called, 1),
            mass / max(all_mass, 1),
            ring_odds,
            ring_called,
            np.sqrt(np.maximum(squares - inside_odds**2, 0)),
            np.full_like(p, all_mass / pixels.sum()),
        ],
        axis=1,
    ).astype(np.float32)


def superpixel_features(proposals: Proposals, parts: Regions) -> Values:
    """What every superpixel adds to its segments, (S, 6): `SUPERPIXEL_FEATURES`."""
    columns = [
        log_odds(superpixel_votes(proposals)),
        *parts.centre.T,
        np.log(parts.pixels / parts.pixels.sum()),
        parts.lab[:, 0],
        parts.border > 0,
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def edge_values(graph: SuperpixelGraph) -> Values:
    """For every edge 1, its strength, and whether it is weak: (E, 3)."""
    ones = np.ones_like(graph.strengths)
    return np.stack([ones, graph.strengths, graph.strengths < WEAK], axis=1)


def degree(graph: SuperpixelGraph, count: int) -> Values:
    """Length, and length times strength, of the edges at every superpixel: (S, 2)."""
    ends, lengths = graph.edges.T.ravel(), np.tile(graph.lengths, 2)
    weighed = lengths * np.tile(graph.strengths, 2)
    sums = [np.bincount(ends, weights, count) for weights in (lengths, weighed)]
    return np.stack(sums, axis=1).astype(np.float32)


def unlikeness(ours: Values, theirs: Values) -> Values:
    """Half the chi-square distance of histograms, (P, K), in [0, 1]."""
    squared = (ours - theirs) ** 2 / np.maximum(ours + theirs, 1e-6)
    return np.asarray(squared.sum(axis=1) / 2, np.float32)
