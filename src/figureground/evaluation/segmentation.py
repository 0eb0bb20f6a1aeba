"""Segmentation figures of a network over a data set, for several refinements at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from figureground.arrays import Size
from figureground.crf.kernels import Kernel
from figureground.data.samples import Sample
from figureground.evaluation.bands import BandConfusion
from figureground.evaluation.confusion import ConfusionMatrix
from figureground.evaluation.objects import ObjectRecall, object_recalls, recall_by_size
from figureground.objectness import Calibration
from figureground.pipeline import (
    LIFTED,
    ObjectnessKind,
    Refinement,
    Refiner,
    most_probable,
)
from figureground.threads import map_in_order, thread_count

Maps = dict[ObjectnessKind | None, NDArray[np.float32] | None]
"""Objectness maps, (H, W), by their kind."""

SEVEN = ("background", "cat", "cow", "dog", "horse", "sheep", "person")
"""The classes of "miou7": those that a part of PASCAL VOC with animals and people holds."""


class SegmentationFigures:
    """Figures of one way of segmenting, gathered image by image.

    Args:
        classes: the data set's class names, class 0 = background.
        others: names that only the network knows. Pixels predicted as one of them are wrong, but
            the means are taken over the data set's classes alone.
    """

    def __init__(self, classes: Sequence[str], others: Sequence[str] = ()) -> None:
        self.classes = tuple(classes)
        known = (*classes, *others)
        self.confusion = ConfusionMatrix(known)
        self.per_image: list[NDArray[np.int64]] = []
        self.bands = BandConfusion(known)
        self.objects: list[ObjectRecall] = []
        self.recalls: list[float] = []

    def add(self, labels: NDArray[np.uint8], truth: NDArray[np.uint8]) -> Self:
        """Count one image; both (H, W), void (255) left out."""
        image = ConfusionMatrix(self.confusion.classes).add(labels, truth)
        self.confusion.merge(image)
        self.per_image.append(image.counts)
        self.bands.add(labels, truth)
        self.objects += object_recalls(labels, truth)
        self.recalls.append(image.recall)
        return self

    def merge(self, other: "SegmentationFigures") -> Self:
        """Add the figures of other images."""
        self.confusion.merge(other.confusion)
        self.bands.merge(other.bands)
        self.per_image += other.per_image
        self.objects += other.objects
        self.recalls += other.recalls
        return self

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that was counted, for a file; `take` is its inverse."""
        return {
            "per_image": np.stack(self.per_image),
            "bands": np.stack([matrix.counts for matrix in self.bands.matrices.values()]),
            "objects": np.array([(o.share, o.recall) for o in self.objects]).reshape(-1, 2),
        }

    def take(self, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Add what `arrays` gave."""
        for counts in arrays["per_image"]:
            image = ConfusionMatrix.of(self.confusion.classes, counts)
            self.confusion.merge(image)
            self.per_image.append(image.counts)
            self.recalls.append(image.recall)
        for matrix, counts in zip(self.bands.matrices.values(), arrays["bands"], strict=True):
            matrix.counts += counts
        self.objects += [ObjectRecall(*map(float, pair)) for pair in arrays["objects"]]
        return self

    def summary(self) -> dict[str, Any]:
        """All figures, as fractions.

        `miou` is the mean over the data set's classes that occur, `miou7` that over `SEVEN`
        (present where the data set has them), `recall` the paper's, pooled over all pixels,
        `recall_per_image` its mean over the images that hold an object.
        """
        with_objects = [recall for recall in self.recalls if not np.isnan(recall)]
        iou = dict(zip(self.confusion.classes, self.confusion.iou.tolist(), strict=True))
        figures = {
            "miou": self.confusion.mean_iou_of(self.classes),
            "iou": {name: iou[name] for name in self.classes if not np.isnan(iou[name])},
            "recall": self.confusion.recall,
            "recall_per_image": float(np.mean(with_objects)) if with_objects else float("nan"),
            "foreground_recall": self.confusion.foreground_recall,
            "recall_by_size": recall_by_size(self.objects),
            "band_iou": self.bands.mean_iou,
            "images": len(self.recalls),
        }
        if set(SEVEN) <= set(self.classes):
            figures["miou7"] = self.confusion.mean_iou_of(SEVEN)
        return {key: _or_none(value) for key, value in figures.items()}


def _or_none(figure: Any) -> Any:
    """JSON has no NaN: what could not be measured becomes None."""
    if isinstance(figure, dict):
        return {key: _or_none(value) for key, value in figure.items()}
    return None if isinstance(figure, float) and np.isnan(figure) else figure


def matched_by_name(
    predicted: Sequence[str], known: Sequence[str]
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """How a network's class indices become those of a data set.

    Returns:
        a table from the network's index to the data set's, and the names that only the network
        knows: these follow behind the data set's classes.
    """
    others = tuple(name for name in predicted if name not in known)
    names = (*known, *others)
    return np.array([names.index(name) for name in predicted], np.uint8), others


@dataclass(frozen=True)
class Predictor:
    """Where probabilities come from.

    Attributes:
        predict: from a sample and its photo to (C, H, W) probabilities.
        classes: the names of those C classes, class 0 = background.
        name: what the report calls it.
    """

    predict: Callable[[Sample, NDArray[np.uint8]], NDArray[np.float32]]
    classes: tuple[str, ...]
    name: str


@dataclass(frozen=True)
class Row:
    """One way of refining that is measured.

    Attributes:
        refine: the refinement.
        bonus: nats added to all foreground.
        objectness: what lifts the foreground, where the refinement is one of `LIFTED`.
        shuffled: whether the objectness is another photo's: the control of what is said of a
            photo against how much is added.
        weight: nats that an objectness of 1 adds.
    """

    refine: Refinement
    bonus: float = 0.0
    objectness: ObjectnessKind | None = None
    shuffled: bool = False
    weight: float = 1.0

    @property
    def name(self) -> str:
        """What reports call it, without the bonus: "crf", "pos network", "lift votes shuffled"."""
        words = (self.refine, self.objectness, "shuffled" if self.shuffled else None)
        return " ".join(word for word in words if word)


def rows_of(
    refinements: Sequence[Refinement],
    kinds: Sequence[ObjectnessKind] = ("auto",),
    bonuses: Sequence[float] = (0.0,),
    *,
    shuffle: bool = False,
) -> list[Row]:
    """Every refinement with every objectness that it can use, and every bonus.

    With `shuffle`, each row that an objectness lifts comes once more with another photo's.
    """
    rows = []
    for how in refinements:
        lifted = how in LIFTED
        for kind in kinds if lifted else (None,):
            for shuffled in (False, True) if lifted and shuffle else (False,):
                rows += [Row(how, bonus, kind, shuffled) for bonus in bonuses]
    return rows


def evaluate_segmentation(
    samples: Sequence[Sample],
    classes: Sequence[str],
    predictor: Predictor,
    rows: Sequence[Row],
    *,
    preset: str | Sequence[Kernel] = "default",
    calibration: Calibration | None = None,
    drop: float = 0.0,
    threads: int | None = None,
    label: str = "evaluating",
    progress: Callable[[Sequence[int], str], Iterable[int]] = lambda items, _: items,
) -> dict[Row, SegmentationFigures]:
    """Measure several refinements of a network in one pass over a data set.

    Several photos are worked on at once, each by one thread; memory does not grow with their
    number, and the figures do not depend on the threads.

    Args:
        samples: photos with their truth.
        classes: the data set's class names, class 0 = background.
        predictor: a network or its stored output; its classes are matched with `classes` by name.
        rows: what to measure; lattice, proposals and objectness of a photo serve all of them.
        preset: the CRF's setting: the name of one, or its kernels.
        calibration: what the network's probabilities are worth; None for the embedded network's.
        drop: see `Refiner`.
        threads: None for all cores.
        label: what `progress` calls it.
        progress: shows how far it is.

    Returns:
        the figures of every row.
    """
    table, others = matched_by_name(predictor.classes, classes)
    figures = {row: SegmentationFigures(classes, others) for row in rows}

    def opened(index: int) -> tuple[Refiner, NDArray[np.float32], NDArray[np.uint8]]:
        image, truth = samples[index % len(samples)].pair()
        refiner = Refiner(image, preset=preset, calibration=calibration, threads=1, drop=drop)
        return refiner, predictor.predict(samples[index % len(samples)], image), truth

    def measure(index: int) -> list[SegmentationFigures]:
        refiner, probabilities, truth = opened(index)
        kinds = {row.objectness for row in rows if row.objectness and not row.shuffled}
        maps: Maps = {kind: refiner.objectness(kind, probabilities) for kind in kinds}
        strange = _other_maps(rows, refiner.size, partial(opened, index + 1))
        measured = []
        for row in rows:
            lift = (strange if row.shuffled else maps).get(row.objectness)
            refined = refiner.refined(
                probabilities,
                row.refine,
                objectness=lift,
                objectness_weight=row.weight,
                bonus=row.bonus,
            )
            labels = table[most_probable(refined)]
            measured.append(SegmentationFigures(classes, others).add(labels, truth))
        return measured

    for measured in map_in_order(
        measure, progress(range(len(samples)), label), thread_count(threads)
    ):
        for gathered, one in zip(figures.values(), measured, strict=True):
            gathered.merge(one)
    return figures


def _other_maps(
    rows: Sequence[Row],
    size: Size,
    opened: Callable[[], tuple[Refiner, NDArray[np.float32], NDArray[np.uint8]]],
) -> Maps:
    """The objectness of another photo, stretched to this one's size, for shuffled rows."""
    kinds = {row.objectness for row in rows if row.shuffled}
    if not kinds:
        return {}
    refiner, probabilities, _ = opened()
    return {kind: _stretched(refiner.objectness(kind, probabilities), size) for kind in kinds}


def _stretched(values: NDArray[np.float32] | None, size: Size) -> NDArray[np.float32] | None:
    if values is None:
        return None
    return np.asarray(Image.fromarray(values).resize(size[::-1], Image.Resampling.BILINEAR))
