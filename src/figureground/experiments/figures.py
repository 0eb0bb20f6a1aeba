"""The paper's two picture grids; a rule chooses the photos."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figureground.crf.tune import DROP
from figureground.experiments.choosing import calibration_of
from figureground.experiments.measuring import Trained
from figureground.experiments.plan import run_name
from figureground.experiments.sides import Side, Sides
from figureground.pipeline import Refiner, most_probable
from figureground.report.grid import Row, grid
from figureground.report.section import Figure, Section


def section(trained: Trained) -> Section:
    """Input | POS map | without | with POS, and input | baseline | truth | ours."""
    s = Sides.of(trained)
    finest, seed = trained.study.scale.strides[-1], trained.study.scale.seeds[0]
    pictures = _Pictures(trained)
    first = "Input | " if trained.photos else ""
    return Section(
        "Pictures",
        [
            f"FCN-{finest}s of seed {seed}, the learned objectness. The photos are ranked by how "
            "many more of their pixels are right on the second side than on the first; the best, "
            "the ones in the middle and the worst are shown.",
        ],
        figures=[
            Figure(
                "grid_pos",
                f"{first}objectness, bright is high | fused loss + CRF | fused loss + POS-CRF.",
                grid(
                    [pictures.with_pos(i, name) for name, i in _ranked(trained, s.crf, s.network)]
                ),
            ),
            Figure(
                "grid_baseline",
                f"{first}softmax loss + CRF | truth | fused loss + POS-CRF.",
                grid(
                    [
                        pictures.with_truth(i, name)
                        for name, i in _ranked(trained, s.baseline, s.network)
                    ]
                ),
            ),
        ],
    )


def _ranked(trained: Trained, first: Side, second: Side) -> list[tuple[str, int]]:
    """The photos at both ends and in the middle of the ranking, with what they are called."""
    finest = trained.study.scale.strides[-1]
    gains = _right(trained, second, finest) - _right(trained, first, finest)
    order = np.argsort(-gains, kind="stable")
    count = min(trained.study.scale.pictures, len(order) // 3)
    middle = (len(order) - count) // 2
    chosen = {"best": order[:count], "median": order[middle : middle + count]}
    chosen["worst"] = order[len(order) - count :]
    return [
        (f"{name}: {100 * gains[i]:+.1f} % of the pixels", int(i))
        for name, indices in chosen.items()
        for i in indices
    ]


def _right(trained: Trained, side: Side, stride: int) -> NDArray[np.float64]:
    """The share of right pixels of every photo, by the first seed."""
    counts = trained.counts(side.loss, stride, side.row)[0]
    hits: NDArray[np.float64] = np.trace(counts, axis1=1, axis2=2) / counts.sum(axis=(1, 2))
    return hits


class _Pictures:
    def __init__(self, trained: Trained) -> None:
        finest, seed = trained.study.scale.strides[-1], trained.study.scale.seeds[0]
        self.trained = trained
        self.softmax = trained.predictor(run_name("softmax", finest, seed))
        self.fused = trained.predictor(run_name("fused", finest, seed))
        self.calibration = calibration_of(trained.study, self.fused)

    def with_pos(self, index: int, name: str) -> Row:
        return self._row(index, name, ["input", "POS map", "without POS", "with POS"])

    def with_truth(self, index: int, name: str) -> Row:
        return self._row(index, name, ["input", "baseline", "ground truth", "ours"])

    def _row(self, index: int, name: str, shown: Sequence[str]) -> Row:
        """A photo's tiles. Where photos are not shown labels lie on white, without the input."""
        maps = self._maps(index)
        image = maps["input"]
        if not self.trained.photos:
            image, shown = np.full_like(image, 255), shown[1:]
            name = f"{self.trained.samples[index].name}, {name}"
        return Row(name, image, {key: maps[key] for key in shown})

    def _maps(self, index: int) -> Mapping[str, Any]:
        trained, sample = self.trained, self.trained.samples[index]
        image, truth = sample.pair()
        kernels = trained.refining.crf.kernels()
        refiner = Refiner(image, preset=kernels, calibration=self.calibration, drop=DROP)
        softmax, fused = (p.predict(sample, image) for p in (self.softmax, self.fused))
        pos = refiner.objectness("network", fused)
        weight = trained.refining.objectness["network"]
        lifted = refiner.refined(fused, "pos", objectness=pos, objectness_weight=weight)
        ours = most_probable(lifted)
        return {
            "input": image,
            "POS map": pos,
            "without POS": most_probable(refiner.refined(fused, "crf")),
            "with POS": ours,
            "baseline": most_probable(refiner.refined(softmax, "crf")),
            "ground truth": truth,
            "ours": ours,
        }
