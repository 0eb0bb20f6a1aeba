"""The paper's path for one photo: network, objectness, dense CRF, labels."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from figureground.arrays import Size, as_image, as_map, as_probabilities
from figureground.crf import DenseCRF, unary
from figureground.crf.kernels import Kernel
from figureground.errors import InputError
from figureground.networks import DEFAULT_NETWORK, load_network
from figureground.networks.preparation import probabilities as softmax
from figureground.objectness import Calibration, ScoredProposals, pixel_objectness
from figureground.proposals import Proposals, propose

ObjectnessKind = Literal["auto", "votes", "image", "network"]
Objectness = ObjectnessKind | NDArray[np.floating[Any]] | None
Refinement = Literal["none", "lift", "crf", "pos"]

REFINEMENTS: tuple[Refinement, ...] = get_args(Refinement)
"""The network alone; lifted by the objectness; with the dense CRF; with both, the POS-CRF."""

LIFTED: tuple[Refinement, ...] = ("lift", "pos")
"""The refinements that an objectness lifts."""

OBJECTNESS_KINDS: tuple[ObjectnessKind, ...] = get_args(ObjectnessKind)

AUTO: ObjectnessKind = "network"
"""What "auto" is: the kind that did best on photos of train, see docs/objectness.md."""

ITERATIONS = 10


class Refiner:
    """All that refinement needs of one photo, made once for any number of probability maps.

    The CRF's lattice and the proposals depend on the photo alone; each is made when it is first
    asked for.

    Args:
        image: (H, W, 3) uint8 RGB, or a PIL image.
        preset: the name of a CRF setting in `figureground.crf.PRESETS`, or its kernels.
        calibration: what the network's probabilities are worth, for the learned kinds of
            objectness; None for the embedded network's.
        threads: threads of the CRF and of the proposals, None for all cores.
        drop: the CRF leaves out classes that no pixel gives this share of its best class; see
            `DenseCRF`.
    """

    def __init__(
        self,
        image: Any,
        *,
        preset: str | Sequence[Kernel] = "default",
        calibration: Calibration | None = None,
        threads: int | None = None,
        drop: float = 0.0,
    ) -> None:
        self.image = as_image(image)
        self.size: Size = self.image.shape[:2]
        self.seconds: dict[str, float] = {}
        self._preset = preset
        self._calibration = calibration
        self._threads = threads
        self._drop = drop

    @cached_property
    def crf(self) -> DenseCRF:
        """The dense CRF over this photo."""
        with self.timed("lattice"):
            return DenseCRF(self.image, kernels=self._preset, threads=self._threads)

    @cached_property
    def proposals(self) -> Proposals:
        """The object proposals of this photo."""
        with self.timed("proposals"):
            return propose(self.image, threads=self._threads)

    @cached_property
    def votes(self) -> NDArray[np.float32]:
        """The paper's pixel objectness of this photo, (H, W) in [0, 1]."""
        proposals = self.proposals
        with self.timed("objectness"):
            return pixel_objectness(proposals)

    @cached_property
    def scored(self) -> ScoredProposals:
        """The proposals with what their scorers need of the photo."""
        proposals = self.proposals
        with self.timed("objectness"):
            return ScoredProposals(self.image, proposals, self._threads)

    def objectness(self, kind: Objectness, probabilities: Any) -> NDArray[np.float32] | None:
        """Turn a kind of objectness, or a map of the user's own, into an (H, W) map."""
        if kind is None:
            return None
        if not isinstance(kind, str):
            return as_map(kind, self.size, name="objectness")
        if kind not in OBJECTNESS_KINDS:
            known = ", ".join(OBJECTNESS_KINDS)
            raise InputError(f"objectness: no {kind!r}; known: {known}, None or a map")
        if kind_of(kind) == "votes":
            return self.votes
        asked = np.clip(1 - probabilities[0], 0, 1) if kind_of(kind) == "network" else None
        scored = self.scored
        with self.timed("objectness"):
            return scored.evidence(asked, self._calibration)

    def __call__(
        self,
        probabilities: Any,
        *,
        objectness: Objectness = "auto",
        objectness_weight: float = 1.0,
        bonus: float = 0.0,
        crf: bool = True,
        iterations: int = ITERATIONS,
    ) -> NDArray[np.float32]:
        """Refine class probabilities, (C, H, W), and return them in the same form.

        Args:
            probabilities: any network's, class 0 = background.
            objectness: what lifts the foreground; see `refine`.
            objectness_weight: nats that an objectness of 1 adds to every foreground score.
            bonus: nats added to every foreground score everywhere; the control that an
                objectness must beat.
            crf: whether the dense CRF is run on the unary.
            iterations: mean-field iterations.
        """
        probabilities = as_probabilities(probabilities, self.size)
        lift = np.full(self.size, bonus, np.float32)
        pos = self.objectness(objectness, probabilities)
        if pos is not None:
            lift += np.float32(objectness_weight) * pos
        theta = unary(probabilities, objectness=lift)
        if not crf:
            return softmax(-theta)
        lattice = self.crf
        with self.timed("crf"):
            return lattice(theta, iterations=iterations, drop=self._drop)

    def refined(self, probabilities: Any, how: Refinement, **settings: Any) -> NDArray[np.float32]:
        """Refine in one of the ways of `REFINEMENTS`; `settings` as in `__call__`."""
        if how not in REFINEMENTS:
            raise InputError(f"refine: no {how!r}; known: {', '.join(REFINEMENTS)}")
        if how not in LIFTED:
            settings["objectness"] = None
        return self(probabilities, crf=how in ("crf", "pos"), **settings)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the seconds that the block takes to those of a stage."""
        start = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start


def refine(
    image: Any,
    probabilities: Any,
    objectness: Objectness = "auto",
    *,
    objectness_weight: float = 1.0,
    calibration: Calibration | None = None,
    preset: str = "default",
    iterations: int = ITERATIONS,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Refine any network's class probabilities with the fully connected CRF of the paper.

    The unary of class k ≥ 1 is -log p_k - objectness, that of the background -log p_0
    (Liu & Lew 2017, "Pixel objectness for CRFs").

    Args:
        image: (H, W, 3) uint8 RGB, or a PIL image.
        probabilities: (C, H, W) in [0, 1], class 0 = background.
        objectness: what lifts the foreground. "votes" is the share of the object proposals that
            hold a pixel, as in the paper; "image" and "network" are votes weighed by learned
            scores and calibrated to nats (`figureground.objectness.evidence`), from the photo
            alone or asking the network too; "auto" is "network", the best of them; None is the
            plain CRF; or an (H, W) map of the user's own.
        objectness_weight: nats that an objectness of 1 adds to every foreground score.
        calibration: what the network's probabilities are worth, by `figureground calibrate`; None
            for the embedded network's.
        preset: a CRF setting of `figureground.crf.PRESETS`.
        iterations: mean-field iterations.
        threads: None for all cores.

    Returns:
        (C, H, W) float32, a distribution over the classes at every pixel.

    Raises:
        InputError: where an argument cannot be used.
    """
    refiner = Refiner(image, preset=preset, calibration=calibration, threads=threads)
    return refiner(
        probabilities,
        objectness=objectness,
        objectness_weight=objectness_weight,
        iterations=iterations,
    )


@dataclass(frozen=True)
class Result:
    """A segmented photo.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        classes: the name of every class, class 0 = background.
        network_probabilities: (C, H, W), as the network gave them.
        probabilities: (C, H, W) after refinement.
        objectness: (H, W) map that lifted the foreground, or None where none did.
        objectness_kind: what that map is: "votes", "image", "network", "given" or "none".
        proposals: the object proposals behind it, or None.
        seconds: time of every stage.
    """

    image: NDArray[np.uint8]
    classes: tuple[str, ...]
    network_probabilities: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    objectness: NDArray[np.float32] | None
    objectness_kind: str
    proposals: Proposals | None
    seconds: dict[str, float]
    refiner: Refiner

    @cached_property
    def labels(self) -> NDArray[np.uint8]:
        """The most probable class of every pixel, (H, W)."""
        return most_probable(self.probabilities)

    @property
    def shares(self) -> dict[str, float]:
        """Share of the image that each class found takes, the largest first."""
        counts = np.bincount(self.labels.ravel(), minlength=len(self.classes)) / self.labels.size
        found = [(self.classes[k], float(counts[k])) for k in np.argsort(-counts) if counts[k] > 0]
        return dict(found)

    def panel(self) -> Image.Image:
        """The paper's panel: input | POS map | network alone | + CRF | + POS-CRF."""
        from figureground.report.panels import panel

        pos = self.refiner.votes if self.objectness is None else self.objectness
        refined = {
            how: most_probable(
                self.refiner.refined(self.network_probabilities, how, objectness=pos)
            )
            for how in ("none", "crf", "pos")
        }
        return panel(
            self.image,
            {
                "input": self.image,
                "POS map": pos,
                "network alone": refined["none"],
                "+ CRF": refined["crf"],
                "+ POS-CRF": refined["pos"],
            },
            self.classes,
        )


class Segmenter:
    """Segments photos by a network and the paper's refinement.

    Args:
        network: the name of an embedded network, an ONNX file, or a callable from an
            (H, W, 3) uint8 image to (C, H, W) probabilities.
        classes: the names of a callable's classes, class 0 = background.
        refine: "none" for the network alone, "lift", "crf" or "pos"; see `REFINEMENTS`.
        objectness: what lifts the foreground; see `figureground.refine`.
        objectness_weight: nats that an objectness of 1 adds to every foreground score.
        calibration: what the network's probabilities are worth; see `figureground.refine`.
        preset: a CRF setting of `figureground.crf.PRESETS`.
        iterations: mean-field iterations.
        threads: None for all cores.
    """

    def __init__(
        self,
        network: Any = DEFAULT_NETWORK,
        *,
        classes: Sequence[str] | None = None,
        refine: Refinement = "pos",
        objectness: Objectness = "auto",
        objectness_weight: float = 1.0,
        calibration: Calibration | None = None,
        preset: str = "default",
        iterations: int = ITERATIONS,
        threads: int | None = None,
    ) -> None:
        self.network = load_network(network, classes=classes, threads=threads)
        self._how, self._objectness = refine, objectness
        self._settings: dict[str, Any] = {
            "objectness_weight": objectness_weight,
            "iterations": iterations,
        }
        self._photo: dict[str, Any] = {
            "preset": preset,
            "calibration": calibration,
            "threads": threads,
        }

    @property
    def classes(self) -> tuple[str, ...]:
        """The network's class names, class 0 = background."""
        return self.network.classes

    def __call__(self, image: Any) -> Result:
        """Segment a photo, (H, W, 3) uint8 RGB or a PIL image."""
        refiner = Refiner(image, **self._photo)
        with refiner.timed("network"):
            network = as_probabilities(
                self.network(refiner.image), refiner.size, name="the network's probabilities"
            )
        lifted = self._how in LIFTED
        pos = refiner.objectness(self._objectness, network) if lifted else None
        probabilities = refiner.refined(network, self._how, objectness=pos, **self._settings)
        return Result(
            image=refiner.image,
            classes=self.classes,
            network_probabilities=network,
            probabilities=probabilities,
            objectness=pos,
            objectness_kind=kind_of(self._objectness) if lifted else "none",
            proposals=refiner.proposals if "proposals" in refiner.seconds else None,
            seconds=dict(refiner.seconds),
            refiner=refiner,
        )


def kind_of(objectness: Objectness) -> str:
    """What an objectness is: "votes", "image", "network", "given" for a map, or "none"."""
    if objectness is None:
        return "none"
    if not isinstance(objectness, str):
        return "given"
    return AUTO if objectness == "auto" else objectness


def most_probable(probabilities: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The most probable class of every pixel, (C, H, W) -> (H, W) uint8."""
    return np.asarray(probabilities.argmax(axis=0), np.uint8)
