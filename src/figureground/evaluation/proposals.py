"""How well segments cover the objects of photos, and objectness their pixels.

For every object the best overlap (intersection over union, in pixels) of any segment counts, since
proposals are candidates that a later stage chooses from; void pixels are left out. ABO is its mean
over all objects of the set, covering the same weighted by the objects' areas, recall at t the share
of objects with at least t. Objects below 1 % of the photo are told apart: what limits them is the
size of the superpixels. AR(n) is the mean of max(2 o - 1, 0) over the objects when only the first n
segments' boxes are used (the recall between overlaps of .5 and 1, averaged), and its volume under
the surface the mean over n, linear or logarithmic. AUC and AP take the objectness of a photo's
pixels as a detector of "lies in an object", by photo, then their mean. ECE is the expected
calibration error of that probability (Naeini et al., AAAI 2015), over all pixels of the set.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figureground.evaluation.instances import ObjectSample, object_samples
from figureground.networks import load_network
from figureground.objectness import object_probability, pixel_objectness
from figureground.pipeline import ObjectnessKind, kind_of
from figureground.proposals import Proposals, propose

LARGE = 0.01
"""Share of the photo from which on an object counts as large."""

COUNTS = (10, 100, 1000)
"""The n of AR(n)."""

BINS = 15
"""Of equal width, for ECE."""

Overlaps = NDArray[np.float64]
Map = Callable[[ObjectSample, Proposals], NDArray[np.float32]]
"""From a photo and its proposals to an objectness, (H, W)."""


def best_overlaps(proposals: Proposals, sample: ObjectSample) -> Overlaps:
    """Return the best overlap of any segment with each object, (N,) in [0, 1]."""
    labels, size = proposals.superpixels, proposals.segments.shape[1]
    counted = ~sample.void
    segments = proposals.segments.astype(np.float32)
    areas = segments @ np.bincount(labels[counted], minlength=size).astype(np.float32)
    best = np.zeros(len(sample.objects))
    for n, mask in enumerate(sample.objects):
        inside = np.bincount(labels[mask & counted], minlength=size).astype(np.float32)
        common = segments @ inside
        union = np.maximum(areas + inside.sum() - common, 1)
        best[n] = np.max(common / union, initial=0)
    return best


def best_box_overlaps(boxes: NDArray[np.int32], objects: NDArray[np.bool_]) -> Overlaps:
    """Return the best overlap of the first n boxes with each object's box, (N, n), for every n."""
    truth = np.array([_box(mask) for mask in objects], np.float64).reshape(-1, 1, 4)
    low = np.maximum(truth[..., :2], boxes[None, :, :2])
    high = np.minimum(truth[..., 2:], boxes[None, :, 2:])
    common = np.prod(np.maximum(high - low, 0), axis=-1)
    union = _area(truth) + _area(boxes[None].astype(np.float64)) - common
    overlaps: Overlaps = np.maximum.accumulate(common / union, axis=1)
    return overlaps


def detection_figures(scores: NDArray[np.floating[Any]], truth: NDArray[np.bool_]) -> Overlaps:
    """Return AUC and average precision of scores as a detector of truth, ties taken together."""
    levels, place = np.unique(-scores, return_inverse=True)
    taken = np.cumsum(np.bincount(place, minlength=len(levels))).astype(np.float64)
    hits = np.cumsum(np.bincount(place, weights=truth, minlength=len(levels)))
    recall = np.concatenate([[0], hits / hits[-1]])
    misses = np.concatenate([[0], (taken - hits) / (truth.size - hits[-1])])
    auc = np.trapezoid(recall, misses)
    return np.array([auc, np.sum(np.diff(recall) * hits / taken)], np.float64)


def reliability(p: NDArray[np.floating[Any]], truth: NDArray[np.bool_]) -> Overlaps:
    """Return pixels, sum of their probabilities and number of true ones by bin, (3, BINS)."""
    bins = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    counts = [np.bincount(bins, weights, BINS) for weights in (None, p, truth)]
    return np.stack(counts).astype(np.float64)


def calibration_error(bins: Overlaps) -> float:
    """Return the expected calibration error; `bins` are sums of what `reliability` gives."""
    pixels, predicted, true = bins
    return float(np.abs(predicted - true).sum() / max(pixels.sum(), 1))


def votes(_: ObjectSample, proposals: Proposals) -> NDArray[np.float32]:
    """Return the paper's objectness."""
    return pixel_objectness(proposals)


@dataclass
class ProposalFigures:
    """Gathers the figures of one preset and one objectness, photo by photo."""

    overlaps: list[Overlaps] = field(default_factory=list)
    areas: list[NDArray[np.int64]] = field(default_factory=list)
    large: list[NDArray[np.bool_]] = field(default_factory=list)
    recalls: list[Overlaps] = field(default_factory=list)
    detection: list[Overlaps] = field(default_factory=list)
    bins: Overlaps = field(default_factory=lambda: np.zeros((3, BINS)))
    counts: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(
        self,
        sample: ObjectSample,
        proposals: Proposals,
        seconds: float,
        objectness: Map = votes,
    ) -> None:
        """Measure the proposals of one photo."""
        areas = sample.objects.sum(axis=(1, 2))
        self.counts.append(len(proposals))
        self.seconds.append(seconds)
        self.areas.append(areas)
        self.large.append(areas >= LARGE * sample.void.size)
        self.overlaps.append(best_overlaps(proposals, sample))
        self.recalls.append(_recalls(proposals, sample))
        any_object: NDArray[np.bool_] = np.any(sample.objects, axis=0)
        truth = any_object[~sample.void]
        if truth.any() and not truth.all():
            scores = objectness(sample, proposals)[~sample.void]
            self.detection.append(detection_figures(scores, truth))
            self.bins += reliability(scores, truth)

    def summary(self) -> dict[str, Any]:
        """Return the figures, fractions; those of large objects at the top, all under "all"."""
        best, areas = np.concatenate(self.overlaps), np.concatenate(self.areas)
        large, recalls = np.concatenate(self.large), np.concatenate(self.recalls)
        auc, ap = np.mean(self.detection, axis=0) if self.detection else (None, None)
        curve = recalls.mean(axis=0) if len(recalls) else np.zeros(COUNTS[-1])
        steps = 1 / np.arange(1, len(curve) + 1)
        return {
            "proposals": float(np.mean(self.counts)),
            **_coverage(best[large], areas[large]),
            "all": _coverage(best, areas),
            "ar": {str(n): float(curve[n - 1]) for n in COUNTS},
            "vus_linear": float(curve.mean()),
            "vus_log": float((curve * steps).sum() / steps.sum()),
            "auc": None if auc is None else float(auc),
            "ap": None if ap is None else float(ap),
            "ece": calibration_error(self.bins) if self.detection else None,
            "ms": 1e3 * float(np.mean(self.seconds)),
            "images": len(self.counts),
        }


def evaluate_proposals(
    dataset: Path,
    split: str | None = None,
    presets: Sequence[str] = ("baseline-200",),
    kinds: Sequence[ObjectnessKind] = ("votes",),
    *,
    threads: int | None = None,
    progress: Callable[[list[Any], str], Iterable[Any]] = lambda items, _: items,
) -> dict[str, Any]:
    """Measure the proposals of presets on a data set, and the objectness that they make.

    `figureground evaluate DATASET --task proposals` calls it. A set with boundary maps of its own
    is measured with those, any other with our contour detector, whose time is not counted.
    Objectness of the kind "network" asks the embedded network.

    Returns:
        {"task", "dataset", "split", "network": None, "rows": [{"preset", "objectness", "proposals",
        "abo", "covering", "recall50", "recall70", "objects", "all": …, "ar", "vus_linear",
        "vus_log", "auc", "ap", "ece", "ms", "images"}]}; the figures without "all" are of objects
        of at least 1 % of the photo.
    """
    from figureground.contours import contours

    part, sources = object_samples(dataset, split)
    maps = {kind: _map_of(kind, threads) for kind in kinds}
    gathered = {(preset, kind): ProposalFigures() for preset in presets for kind in kinds}
    for read in progress(sources, "evaluating"):
        sample = read()
        strength = sample.boundaries if sample.boundaries is not None else contours(sample.image)
        for preset in presets:
            start = time.perf_counter()
            proposals = propose(sample.image, strength, preset, threads=threads)
            seconds = time.perf_counter() - start
            for kind in kinds:
                gathered[preset, kind].add(sample, proposals, seconds, maps[kind])
    rows = [
        {"preset": preset, "objectness": kind, **figures.summary()}
        for (preset, kind), figures in gathered.items()
    ]
    return {
        "task": "proposals",
        "dataset": str(dataset),
        "split": part,
        "network": None,
        "rows": rows,
    }


def _map_of(kind: ObjectnessKind, threads: int | None) -> Map:
    if kind_of(kind) == "votes":
        return votes
    network = load_network(threads=threads) if kind_of(kind) == "network" else None

    def learned(sample: ObjectSample, proposals: Proposals) -> NDArray[np.float32]:
        asked = None if network is None else network(sample.image)
        return object_probability(sample.image, proposals, asked, threads=threads)

    return learned


def _coverage(best: Overlaps, areas: NDArray[np.int64]) -> dict[str, Any]:
    if not len(best):
        return dict.fromkeys(("abo", "covering", "recall50", "recall70")) | {"objects": 0}
    return {
        "abo": float(best.mean()),
        "covering": float((best * areas).sum() / areas.sum()),
        "recall50": float((best >= 0.5).mean()),
        "recall70": float((best >= 0.7).mean()),
        "objects": len(best),
    }


def _recalls(proposals: Proposals, sample: ObjectSample) -> Overlaps:
    """The term of AR(n) of each object for n = 1 … 1000, (N, 1000)."""
    most = COUNTS[-1]
    if not len(proposals) or not len(sample.objects):
        return np.zeros((len(sample.objects), most))
    overlaps = best_box_overlaps(proposals.boxes[:most], sample.objects)
    overlaps = np.pad(overlaps, ((0, 0), (0, most - overlaps.shape[1])), mode="edge")
    return np.maximum(2 * overlaps - 1, 0)


def _box(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def _area(boxes: Overlaps) -> Overlaps:
    area: Overlaps = np.prod(boxes[..., 2:] - boxes[..., :2], axis=-1)
    return area
