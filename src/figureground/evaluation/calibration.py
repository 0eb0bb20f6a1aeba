"""Calibrating the objectness to a network, on photos whose labels are known."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import VOID
from figureground.data.samples import Sample
from figureground.evaluation.segmentation import Predictor
from figureground.objectness import Calibration, ScoredProposals
from figureground.objectness.calibration import calibrate
from figureground.objectness.regions import foreground_means
from figureground.proposals import propose
from figureground.threads import map_in_order, thread_count


def fit_calibration(
    samples: Sequence[Sample],
    predictor: Predictor,
    *,
    threads: int | None = None,
    progress: Callable[[Sequence[Sample], str], Iterable[Sample]] = lambda items, _: items,
) -> Calibration:
    """Fit a calibration of the embedded scorers to a network.

    Args:
        samples: photos with their truth, that the network was not trained on.
        predictor: the network.
        threads: None for all cores.
        progress: shows how far it is.
    """

    def measure(sample: Sample) -> NDArray[np.float32]:
        """Of every superpixel: both log odds, pixels of objects, pixels that count."""
        image, truth = sample.pair()
        scored = ScoredProposals(image, propose(image, threads=1), threads=1)
        superpixels, pixels = scored.proposals.superpixels, scored.regions.pixels
        foreground = 1 - predictor.predict(sample, image)[0]
        network = foreground_means(foreground, superpixels, pixels).odds
        counts = [
            np.bincount(superpixels[chosen], minlength=len(pixels))
            for chosen in ((truth > 0) & (truth != VOID), truth != VOID)
        ]
        return np.stack([network, scored.alone.odds, *counts]).astype(np.float32)

    rows = map_in_order(measure, progress(samples, "calibrating"), thread_count(threads))
    return calibrate(*np.concatenate(list(rows), axis=1))
