"""The contour detectors: time of a photo of 481 by 321 pixels, and what they give the proposals.

    python benchmarks/contours.py [--threads 2] [--objects ../shared/data/coco-mini-proposals]

Time: best and median of 30 runs in milliseconds and the least processor time, which other work on
the machine disturbs least; the network's file is open. Proposals: preset
baseline-200 on photos with known objects, from each detector's maps and from the maps that lie
beside the photos (recorded), where there are any.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from figureground.contours import contours
from figureground.contours.detect import DETECTORS
from figureground.evaluation.instances import ObjectSample, object_samples
from figureground.evaluation.proposals import ProposalFigures
from figureground.files import read_image
from figureground.photos import PHOTOS
from figureground.proposals import propose

RUNS = 30
FIGURES = ("proposals", "abo", "covering", "recall50", "recall70", "auc")


def milliseconds(detector: str, threads: int) -> tuple[float, float, float]:
    """Best and median time of a photo, and the least processor time."""
    photo = Image.fromarray(read_image(PHOTOS[0])).resize((481, 321))
    image = np.asarray(photo)
    contours(image, detector, threads=threads)
    times, spent = [], []
    for _ in range(RUNS):
        start, used = time.perf_counter(), time.process_time()
        contours(image, detector, threads=threads)
        spent.append(1e3 * (time.process_time() - used))
        times.append(1e3 * (time.perf_counter() - start))
    return min(times), statistics.median(times), min(spent)


def proposals_from(
    dataset: Path, map_of: Callable[[ObjectSample], np.ndarray | None]
) -> dict[str, float] | None:
    """Figures of the proposals from maps; None where the set has no such maps."""
    figures = ProposalFigures()
    for read in object_samples(dataset, None)[1]:
        sample = read()
        strength = map_of(sample)
        if strength is None:
            return None
        start = time.perf_counter()
        proposals = propose(sample.image, strength, "baseline-200")
        figures.add(sample, proposals, time.perf_counter() - start)
    return figures.summary()


def detected(detector: str, sample: ObjectSample) -> np.ndarray:
    """The detector's map of a photo."""
    return contours(sample.image, detector)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--objects", type=Path)
    given = parser.parse_args()
    for detector in DETECTORS:
        best, median, spent = milliseconds(detector, given.threads)
        print(f"{detector:20} best {best:6.1f}  median {median:6.1f}  processor {spent:6.1f} ms")
    if given.objects is None:
        return
    print(f"\n{'proposals from':20}", *(f"{name:>10}" for name in FIGURES), f"{'abo, all':>10}")
    sources = {name: partial(detected, name) for name in DETECTORS}
    for name, map_of in (sources | {"recorded": lambda sample: sample.boundaries}).items():
        row = proposals_from(given.objects, map_of)
        if row is not None:
            values = [*(row[figure] for figure in FIGURES), row["all"]["abo"]]
            print(f"{name:20}", *(f"{value:10.3f}" for value in values))


if __name__ == "__main__":
    main()
