"""From segments to probabilities of an object, and to evidence in nats."""

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import as_image, as_map, as_probabilities
from figureground.errors import InputError
from figureground.objectness.calibration import Calibration
from figureground.objectness.features import (
    image_features,
    network_features,
    superpixel_features,
)
from figureground.objectness.regions import Values, foreground_means, regions
from figureground.objectness.scorer import Scored, Scorer, embedded_scorer, sigmoid
from figureground.proposals.result import Proposals

IMAGE_SHARE = 0.25
"""Of the image-only map in the probability of an object where a network is asked: it lowers the
loss on photos held out of train, above all for objects of kinds that the network does not know."""


class Seen(NamedTuple):
    """The features of a photo where a network's probabilities are at hand.

    Attributes:
        segments: (P, F) all features of the segments.
        superpixels: (S, K) all features of the superpixels.
        start: (S,) the network's calibrated log odds, which the scorer corrects.
        odds: (S,) the network's log odds as they are.
    """

    segments: Values
    superpixels: Values
    start: Values
    odds: Values


class ScoredProposals:
    """The proposals of a photo with what the scorers need of it, computed once.

    Args:
        image: (H, W, 3) uint8 RGB, or a PIL image.
        proposals: its segments.
        threads: None for all cores.
    """

    def __init__(self, image: Any, proposals: Proposals, threads: int | None = None) -> None:
        image = as_image(image)
        if image.shape[:2] != proposals.superpixels.shape:
            raise InputError(
                f"proposals: are of a photo of {proposals.superpixels.shape}, not {image.shape[:2]}"
            )
        self.proposals, self._threads = proposals, threads
        self.regions = regions(image, proposals.superpixels)
        self.image_features = image_features(proposals, self.regions, threads)
        self.superpixel_features = superpixel_features(proposals, self.regions)

    @cached_property
    def alone(self) -> Scored:
        """What the image-only scorer says."""
        return self.scored(embedded_scorer("image"))

    def scored(self, scorer: Scorer) -> Scored:
        """What an image-only scorer says of this photo."""
        return scorer(self.image_features, self.proposals.segments, self.superpixel_features)

    def seen(self, foreground: NDArray[np.float32], calibration: Calibration) -> Seen:
        """What a network that gives the foreground these probabilities, (H, W), adds."""
        means = foreground_means(foreground, self.proposals.superpixels, self.regions.pixels)
        asked = network_features(means, self.proposals, self.regions, self._threads)
        start = calibration.start(means.odds)
        own = np.column_stack([self.superpixel_features, start, means.p])
        return Seen(np.hstack([self.image_features, asked]), own, start, means.odds)

    def odds(self, foreground: Any = None, calibration: Calibration | None = None) -> Values:
        """Log odds of every superpixel, (S,), that it belongs to an object of any kind."""
        if foreground is None:
            return self.alone.odds
        aware, _ = self._aware(foreground, calibration)
        return np.asarray(aware + IMAGE_SHARE * (self.alone.odds - aware), np.float32)

    def evidence(
        self, foreground: Any = None, calibration: Calibration | None = None
    ) -> NDArray[np.float32]:
        """See `evidence`; here a network's probability of foreground, (H, W), is enough."""
        calibration = calibration or embedded_scorer("network").calibration
        if foreground is None:
            nats = calibration.image_evidence(self.alone.odds)
        else:
            nats = calibration.network_evidence(*self._aware(foreground, calibration))
        return nats[self.proposals.superpixels]

    def _aware(self, foreground: Any, calibration: Calibration | None) -> tuple[Values, Values]:
        """Log odds by the network-aware scorer, and the network's own."""
        scorer, size = embedded_scorer("network"), self.proposals.superpixels.shape
        foreground = as_map(foreground, (size[0], size[1]), low=0, high=1, name="foreground")
        seen = self.seen(foreground, calibration or scorer.calibration)
        scored = scorer(seen.segments, self.proposals.segments, seen.superpixels, seen.start)
        return scored.odds, seen.odds


def evidence(
    image: Any,
    proposals: Proposals,
    probabilities: Any = None,
    *,
    calibration: Calibration | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return how much speaks for the foreground at every pixel, (H, W) float32, in nats.

    Every segment is weighed by a small trained network that sees its place, its contour and its
    colours; with a network's probabilities, also what the network sees inside and around it. The
    map takes the place of pos in the paper's unary: θ_k = -log p_k - evidence for every object
    class k. It is between 0 and 6 nats.

    Args:
        image: (H, W, 3) uint8 RGB, or a PIL image.
        proposals: its segments.
        probabilities: (C, H, W) of any network, class 0 = background; None to use the photo only.
        calibration: what the network's probabilities are worth; None for the embedded network's.
        threads: None for all cores.
    """
    foreground = _foreground(probabilities, proposals)
    return ScoredProposals(image, proposals, threads).evidence(foreground, calibration)


def object_probability(
    image: Any,
    proposals: Proposals,
    probabilities: Any = None,
    *,
    calibration: Calibration | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return the probability of every pixel to lie in an object, (H, W) float32.

    From the photo alone, or with any network's probabilities; the arguments are those of
    `evidence`.
    """
    foreground = _foreground(probabilities, proposals)
    odds = ScoredProposals(image, proposals, threads).odds(foreground, calibration)
    return sigmoid(odds)[proposals.superpixels]


def segment_scores(
    image: Any, proposals: Proposals, *, threads: int | None = None
) -> NDArray[np.float32]:
    """Return the expected IoU of every segment with the best object, (P,), from the photo alone."""
    return ScoredProposals(image, proposals, threads).alone.overlaps


def _foreground(probabilities: Any, proposals: Proposals) -> NDArray[np.float32] | None:
    """The probability that a pixel is no background, where a network gave any."""
    if probabilities is None:
        return None
    height, width = proposals.superpixels.shape
    p = as_probabilities(probabilities, (height, width))
    return np.asarray(np.clip(1 - p[0], 0, 1), np.float32)
