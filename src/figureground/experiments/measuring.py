"""The figures of every trained network, measured once and kept."""

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from figureground.console import progress
from figureground.crf.tune import DROP
from figureground.data import Samples
from figureground.evaluation.bootstrap import Counts, PairedBootstrap
from figureground.evaluation.confusion import ConfusionMatrix
from figureground.evaluation.segmentation import (
    Predictor,
    Row,
    SegmentationFigures,
    evaluate_segmentation,
)
from figureground.experiments.choosing import Refining, calibration_of, choose_refining
from figureground.experiments.plan import Study, network_file, run_name, sweep_name
from figureground.files import atomic
from figureground.networks.torch.saved import open_network
from figureground.pipeline import ObjectnessKind

Loss = Literal["softmax", "fused"]

Figures = dict[Row, SegmentationFigures]


@dataclass(frozen=True)
class Trained:
    """A study whose networks are trained.

    Attributes:
        study: what was trained, and on what.
        threads: for measuring; None for all cores.
        photos: whether the report may show them; what may not be given away is left out.
    """

    study: Study
    threads: int | None = None
    photos: bool = True

    @property
    def samples(self) -> Samples:
        """The photos that figures are reported on."""
        return self.study.evaluation

    @cached_property
    def refining(self) -> Refining:
        """How networks are refined, chosen with the finest networks of the first seed."""
        finest, seed = self.study.scale.strides[-1], self.study.scale.seeds[0]
        sides = [self.predictor(run_name(loss, finest, seed)) for loss in ("softmax", "fused")]
        return choose_refining(self.study, *sides)

    @cached_property
    def bootstrap(self) -> PairedBootstrap:
        """The draws of photos that serve every comparison."""
        resamples = self.study.scale.resamples
        return PairedBootstrap(self.samples.classes, len(self.samples), resamples=resamples)

    def predictor(self, name: str) -> Predictor:
        """A trained network by its run's name."""
        torch.set_num_threads(1)  # several photos are worked on at once
        network = open_network(network_file(self.study.out, name))
        return Predictor(lambda _, image: network(image), network.classes, name)

    def pos(self, kind: ObjectnessKind, *, shuffled: bool = False) -> Row:
        """The POS-CRF with an objectness at its chosen weight."""
        weight = self.refining.objectness[kind]
        return Row("pos", objectness=kind, shuffled=shuffled, weight=weight)

    def figures(self, loss: Loss, stride: int, seed: int) -> Figures:
        """A network's figures, refined in every way that is reported of it."""
        return self._measured(run_name(loss, stride, seed), self._rows(loss, stride, seed))

    def sweep(self, weight: float) -> SegmentationFigures:
        """The figures of a network of the study of the weights, not refined."""
        row = Row("none")
        return self._measured(sweep_name(weight), [row])[row]

    def counts(self, loss: Loss, stride: int, row: Row) -> list[Counts]:
        """Confusion counts of every photo, (photos, C, C), of each seed."""
        return [
            np.stack(self.figures(loss, stride, seed)[row].per_image)
            for seed in self.study.scale.seeds
        ]

    def mean_iou(self, matrix: ConfusionMatrix) -> float:
        """The mean IoU over the study's classes."""
        return matrix.mean_iou_of(self.study.classes)

    def _rows(self, loss: Loss, stride: int, seed: int) -> list[Row]:
        """The controls are measured on the finest network of the first seed alone."""
        scale = self.study.scale
        controls = (stride, seed) == (scale.strides[-1], scale.seeds[0])
        bonuses = scale.bonuses if controls else (0.0,)
        rows = [Row(how, bonus) for how in ("none", "crf") for bonus in bonuses]
        if loss == "fused":
            rows += [self.pos("votes"), self.pos("network")]
            if controls:
                rows += [self.pos("votes", shuffled=True), self.pos("network", shuffled=True)]
        return rows

    @cached_property
    def _read(self) -> dict[str, Figures]:
        """What was read already, by the network's name."""
        return {}

    def _measured(self, name: str, rows: Sequence[Row]) -> Figures:
        if name not in self._read:
            self._read[name] = self._stored(name, rows)
        return self._read[name]

    def _stored(self, name: str, rows: Sequence[Row]) -> Figures:
        """From the file, which is made where there is none."""
        path = self.study.out / "measured" / f"{name}.npz"
        digest = self._digest(name, rows)
        if not _is_of(path, digest):
            self._measure(name, rows, path, digest)
        with np.load(path) as stored:
            fields = ("per_image", "bands", "objects")
            return {
                row: SegmentationFigures(self.samples.classes).take(
                    {field: stored[f"{index}_{field}"] for field in fields}
                )
                for index, row in enumerate(rows)
            }

    def _measure(self, name: str, rows: Sequence[Row], path: Path, digest: str) -> None:
        predictor = self.predictor(name)
        refined = any(row.refine != "none" for row in rows)
        lifted = any(row.objectness == "network" for row in rows)
        measured = evaluate_segmentation(
            self.samples,
            self.samples.classes,
            predictor,
            rows,
            preset=self.refining.crf.kernels() if refined else "default",
            calibration=calibration_of(self.study, predictor) if lifted else None,
            drop=DROP,
            threads=self.threads,
            label=f"measuring {name}",
            progress=progress,
        )
        arrays: dict[str, Any] = {
            f"{index}_{field}": values
            for index, row in enumerate(rows)
            for field, values in measured[row].arrays().items()
        }
        arrays["digest"] = np.array(digest)
        with atomic(path) as temporary:
            np.savez_compressed(temporary, **arrays)

    def _digest(self, name: str, rows: Sequence[Row]) -> str:
        """What the figures follow from; where it has changed they are measured again."""
        refined = any(row.refine != "none" for row in rows)
        weights = network_file(self.study.out, name)
        content = [
            [sample.name for sample in self.samples],
            [astuple(row) for row in rows],
            astuple(self.refining.crf) if refined else None,
            hashlib.sha256(weights.read_bytes()).hexdigest(),
        ]
        return hashlib.sha256(repr(content).encode()).hexdigest()


def _is_of(path: Path, digest: str) -> bool:
    """Whether a file of figures is there, and follows from what the digest says."""
    if not path.exists():
        return False
    with np.load(path) as stored:
        return str(stored["digest"]) == digest
