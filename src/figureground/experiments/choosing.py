"""All that is chosen, on photos held out of train: the loss' weight, the CRF, the objectness'.

The CRF's setting is one for both sides of every comparison: it is tuned on the softmax and on the
fused network together.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from figureground.console import progress, say
from figureground.crf.tune import DROP, Example, Pairs, Setting, tune
from figureground.data import Samples
from figureground.errors import InputError
from figureground.evaluation import ConfusionMatrix
from figureground.evaluation.calibration import fit_calibration
from figureground.evaluation.segmentation import Predictor, Row, evaluate_segmentation
from figureground.experiments.learning import held_out_figures
from figureground.experiments.plan import SWEEP, Study
from figureground.files import atomic
from figureground.objectness import Calibration, load_calibration
from figureground.objectness.calibration import UNCALIBRATED
from figureground.pipeline import ObjectnessKind

WEIGHTS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
"""Of the objectness: nats that a map of 1 adds, for votes; a factor, for evidence in nats."""

KINDS: tuple[ObjectnessKind, ...] = ("votes", "network")
"""The paper's objectness and ours."""


@dataclass(frozen=True)
class Refining:
    """How networks are refined.

    Attributes:
        crf: the kernels' numbers.
        objectness: the weight of every kind.
    """

    crf: Setting
    objectness: dict[ObjectnessKind, float]

    def save(self, path: Path) -> None:
        """Write a JSON file."""
        with atomic(path) as temporary:
            temporary.write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def load(cls, path: Path) -> "Refining":
        """Read it."""
        values = json.loads(path.read_text())
        weights = values["crf"].pop("weights")
        return cls(Setting(**values["crf"], weights=tuple(weights)), values["objectness"])


def choose_weight(study: Study) -> float:
    """The Wp above 0 whose run of the sweep did best on the photos held out."""
    figures = [held_out_figures(run, study.out)["miou"] for run in study.sweep()]
    return SWEEP[1 + int(np.argmax(figures[1:]))]


def choose_refining(study: Study, softmax: Predictor, fused: Predictor) -> Refining:
    """Tune the CRF, then the weight of each objectness for the fused network."""
    path = study.out / "refining.json"
    if path.exists():
        return Refining.load(path)
    photos = _spread(study.held_out, study.scale.crf_photos)
    crf = tune(
        [example for side in (softmax, fused) for example in _examples(photos, side)],
        lambda pairs: _mean_iou(pairs, study),
        study.scale.crf_trials,
    ).setting
    refining = Refining(crf, _objectness_weights(study, photos, fused, crf))
    refining.save(path)
    return refining


def calibration_of(study: Study, network: Predictor) -> Calibration:
    """What a network's probabilities are worth, from the photos held out.

    A network that tells objects from background no better than chance is taken at its word.
    """
    path = study.out / "calibrations" / f"{network.name}.json"
    if not path.exists():
        try:
            fitted = fit_calibration(study.held_out, network, progress=progress)
        except InputError as error:
            say(f"{network.name}: {error}; it stays uncalibrated")
            fitted = UNCALIBRATED
        fitted.save(path)
    return load_calibration(path)


def _spread(samples: Samples, count: int) -> Samples:
    """So many photos, spread over all."""
    return samples[:: max(1, len(samples) // count)][:count]


def _examples(photos: Samples, network: Predictor) -> list[Example]:
    made = []
    for sample in photos:
        image, labels = sample.pair()
        made.append(Example(image, network.predict(sample, image), labels))
    return made


def _mean_iou(pairs: Pairs, study: Study) -> float:
    matrix = ConfusionMatrix(study.held_out.classes)
    for labels, truth in pairs:
        matrix.add(labels, truth)
    return matrix.mean_iou_of(study.classes)


def _objectness_weights(
    study: Study, photos: Samples, network: Predictor, crf: Setting
) -> dict[ObjectnessKind, float]:
    rows = [Row("pos", objectness=kind, weight=weight) for kind in KINDS for weight in WEIGHTS]
    measured = evaluate_segmentation(
        photos,
        photos.classes,
        network,
        rows,
        preset=crf.kernels(),
        calibration=calibration_of(study, network),
        drop=DROP,
        label="weighing the objectness",
        progress=progress,
    )

    def best(rows: Sequence[Row]) -> float:
        return max(rows, key=lambda row: measured[row].confusion.mean_iou_of(study.classes)).weight

    return {kind: best([row for row in rows if row.objectness == kind]) for kind in KINDS}
