"""Contours against the contours that people drew: precision, recall, ODS, OIS and AP.

The benchmark of Martin, Fowlkes & Malik (PAMI 2004) in the form of Arbeláez et al. (PAMI 2011). A
map is thinned to lines and cut at `THRESHOLDS`. At each threshold its pixels are matched, one to
one and as many as possible, with those of each annotator, over at most 0.0075 of the photo's
diagonal. Precision is the share of detected pixels that have a partner with any annotator, recall
the share of all annotators' pixels that have one. F is their harmonic mean; ODS its best value
with one threshold for all photos, OIS with the best threshold of each photo, and AP the area under
precision over recall, 0 where recall is not reached. No value is interpolated between thresholds.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import as_map
from figureground.data.bsds import ContourSample
from figureground.errors import InputError
from figureground.evaluation import _native
from figureground.threads import map_in_order, thread_count

TOLERANCE = 0.0075
"""Of the diagonal: how far apart two matched pixels may lie."""

THRESHOLDS = np.arange(1, 100, dtype=np.float32) / 100
"""The 99 strengths from which on a pixel counts as detected."""

Counts = NDArray[np.int64]
Detector = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


def thinned(strength: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a map whose boundaries are lines one pixel wide; 0 elsewhere. (H, W) in [0, 1]."""
    lines = np.empty_like(strength)
    _native.thin_boundaries(strength, lines)
    return lines


def matched(
    lines: NDArray[np.float32], truth: NDArray[np.bool_], radius: float
) -> NDArray[np.bool_]:
    """Mark the pixels above 0 of `lines` that have a partner in `truth`, (H, W) bool.

    At every threshold, the marked pixels among those at least as strong are as many as can be
    matched one to one within `radius` pixels.
    """
    found = np.empty(lines.shape, np.uint8)
    _native.match_boundaries(lines, truth.astype(np.uint8), radius, found)
    return found.view(bool)


@dataclass(frozen=True)
class BoundaryCounts:
    """Pixels of one photo, (T,) each: of its detections those matched and all, of the truth too."""

    precise: Counts
    detected: Counts
    recalled: Counts
    true: Counts

    @classmethod
    def of(cls, strength: Any, annotations: NDArray[np.bool_]) -> "BoundaryCounts":
        """Compare a map (H, W) in [0, 1] with the contours of annotators (A, H, W)."""
        strength = as_map(strength, annotations.shape[1:], low=0, high=1, name="contours")
        lines = thinned(np.where(strength < THRESHOLDS[0], 0, strength))
        radius = TOLERANCE * float(np.hypot(*lines.shape))
        by_person = [matched(lines, person, radius) for person in annotations]
        return cls(
            _at_thresholds(lines, np.any(by_person, axis=0)),
            _at_thresholds(lines, lines > 0),
            np.sum([_at_thresholds(lines, found) for found in by_person], axis=0),
            np.full(len(THRESHOLDS), annotations.sum()),
        )


def boundary_figures(counts: Iterable[BoundaryCounts]) -> dict[str, Any]:
    """Return the figures over photos, fractions.

    {"ods": F, "ods_threshold", "precision", "recall" there, "ois": F, "ap", "images"}
    """
    table = np.array([(one.precise, one.detected, one.recalled, one.true) for one in counts])
    if not len(table):
        raise InputError("contours: there are no photos to measure on")
    together = table.sum(axis=0)
    best = int(_f(together).argmax())
    precision, recall = _precision_recall(together[:, best])
    own = np.array([one[:, _f(one).argmax()] for one in table]).sum(axis=0)
    return {
        "ods": float(_f(together)[best]),
        "ods_threshold": float(THRESHOLDS[best]),
        "precision": float(precision),
        "recall": float(recall),
        "ois": float(_f(own)),
        "ap": _average_precision(*_precision_recall(together)),
        "images": len(table),
    }


def evaluate_contours(
    samples: list[ContourSample],
    detector: Detector,
    *,
    threads: int | None = None,
    progress: Callable[[list[Any], str], Iterable[Any]] = lambda items, _: items,
) -> dict[str, Any]:
    """Measure a detector, from an image to its map, on photos; see `boundary_figures`.

    Several photos are worked on at once; the figures do not depend on the threads.
    """

    def measure(sample: ContourSample) -> BoundaryCounts:
        return BoundaryCounts.of(detector(sample.image()), sample.annotations())

    counts = map_in_order(measure, progress(samples, "evaluating"), thread_count(threads))
    return boundary_figures(list(counts))


def _at_thresholds(lines: NDArray[np.float32], counted: NDArray[np.bool_]) -> Counts:
    """How many counted pixels are at least as strong as each threshold."""
    strengths = np.sort(lines[counted])
    return len(strengths) - np.searchsorted(strengths, THRESHOLDS).astype(np.int64)


def _precision_recall(counts: Counts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    precise, detected, recalled, true = counts
    return precise / np.maximum(detected, 1), recalled / np.maximum(true, 1)


def _f(counts: Counts) -> NDArray[np.float64]:
    precision, recall = _precision_recall(counts)
    f: NDArray[np.float64] = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return f


def _average_precision(precision: NDArray[np.float64], recall: NDArray[np.float64]) -> float:
    levels, first = np.unique(recall, return_index=True)
    steps = np.linspace(0, 1, 101)
    return float(np.trapezoid(np.interp(steps, levels, precision[first], left=0, right=0), steps))
