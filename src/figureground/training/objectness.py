"""The kind "objectness": the scorers of segments, and what they are worth in nats.

The scorer that sees the photo alone learns from most photos of a split, and from more that only it
may use. The one that asks a network learns from the other photos, which the network was not trained
on, and from what that network and others say of degraded photos. The calibration is fitted on
photos that neither the network nor the image-only scorer was trained on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from figureground.arrays import VOID
from figureground.console import progress
from figureground.data import Sample, open_samples
from figureground.errors import InputError
from figureground.evaluation.objects import connected_components
from figureground.networks import DEFAULT_NETWORK, Network, load_network
from figureground.objectness import Calibration, ScoredProposals
from figureground.objectness.calibration import UNCALIBRATED, calibrate, log_loss
from figureground.objectness.regions import Values, foreground_means
from figureground.objectness.scorer import Scorer
from figureground.proposals import Proposals, propose
from figureground.threads import map_in_order
from figureground.training.degrading import degraded
from figureground.training.log import Log
from figureground.training.recipe import Recipe, data_root
from figureground.training.scorer import Example, fit_scorer

SCORER: Recipe = {
    "hidden": 32,
    "joint": 16,
    "heads": 4,
    "batch": 4,
    "rate": 3e-3,
    "weight_decay": 1e-3,
    "overlap": 0.3,
}
DEFAULTS: Recipe = {
    "root": "",
    "seed": 0,
    "threads": 2,
    "data": {"path": str, "split": "train", "every": 5, "more": "", "more_every": 1},
    "network": DEFAULT_NETWORK,
    "others": [],
    "new_counts": 3,
    "image": {**SCORER, "epochs": 6},
    "aware": {**SCORER, "epochs": 4},
}


@dataclass(frozen=True)
class Truth:
    """What is known of a photo: overlaps (P,), foreground and counted (S,) as in `Example`."""

    overlaps: Values
    foreground: Values
    counted: Values


@dataclass(frozen=True)
class Photo:
    """A photo with its scored proposals, its truth, and what the network says of it.

    Attributes:
        views: probabilities of foreground, (H, W), by one network each.
    """

    scored: ScoredProposals
    truth: Truth
    views: tuple[NDArray[np.float32], ...]

    def alone(self) -> Example:
        """What the image-only scorer learns from."""
        features, own = self.scored.image_features, self.scored.superpixel_features
        return self._example(features, own, np.zeros(len(own), np.float32))

    def aware(self, view: NDArray[np.float32], calibration: Calibration) -> Example:
        """What the network-aware scorer learns from, of one view."""
        seen = self.scored.seen(view, calibration)
        return self._example(seen.segments, seen.superpixels, seen.start)

    def odds(self, view: NDArray[np.float32]) -> Values:
        """The network's log odds of every superpixel in a view."""
        superpixels = self.scored.proposals.superpixels
        return foreground_means(view, superpixels, self.scored.regions.pixels).odds

    def _example(self, segments: Values, superpixels: Values, start: Values) -> Example:
        members, truth = self.scored.proposals.segments, self.truth
        return Example(
            *(segments, members, superpixels, start),
            *(truth.overlaps, truth.foreground, truth.counted),
        )


def run(recipe: Recipe, out: Path, resume: bool) -> None:
    """Train both scorers: OUT/objectness_image.npz and OUT/objectness_network.npz."""
    if resume:
        raise InputError("--resume: an objectness is trained in minutes, from its start")
    torch.set_num_threads(1)
    log, data, seed = Log(out / "log.jsonl"), recipe["data"], recipe["seed"]
    samples = open_samples(data_root(recipe) / data["path"], data["split"] or None)
    networks = _networks(recipe)
    threads = recipe["threads"]
    new = list(_photos(samples[:: data["every"]], networks[:1], True, threads, "new photos"))
    known = [sample for i, sample in enumerate(samples) if i % data["every"]]
    seen = list(_photos(known, networks, False, threads, "known photos"))
    more = [photo.alone() for photo in _photos(_more(recipe), (), False, threads, "more photos")]

    fitted = fit_scorer([photo.alone() for photo in seen] + more, recipe["image"], seed)
    image = fitted.exported(UNCALIBRATED)
    calibration = _calibrated(new, image, log)
    image.save(out / "objectness_image.npz")
    examples = _aware(new) * recipe["new_counts"] + _aware(seen)
    fit_scorer(examples, recipe["aware"], seed).exported(calibration).save(
        out / "objectness_network.npz"
    )


def _networks(recipe: Recipe) -> list[Network]:
    """The network whose calibration is embedded, then the others; these are files of the root."""
    others = [str(data_root(recipe) / name) for name in recipe["others"]]
    return [load_network(name, threads=1) for name in (recipe["network"], *others)]


def _more(recipe: Recipe) -> Sequence[Sample]:
    """Photos of another split that the first does not hold, for the image-only scorer."""
    data = recipe["data"]
    if not data["more"]:
        return []
    root = data_root(recipe) / data["path"]
    taken = {sample.name for sample in open_samples(root, data["split"] or None)}
    return open_samples(root, data["more"]).without(taken)[:: data["more_every"]]


def _aware(photos: Sequence[Photo]) -> list[Example]:
    """Examples of all views, those of each network calibrated by themselves."""
    examples = []
    for kind in range(len(photos[0].views)):
        calibration = _calibration(photos, kind)
        examples += [photo.aware(photo.views[kind], calibration) for photo in photos]
    return examples


def _calibrated(photos: Sequence[Photo], image: Scorer, log: Log) -> Calibration:
    """Calibrate the network's first view and the image-only map, and say what it is worth."""
    odds = [photo.scored.scored(image).odds for photo in photos]
    calibration = _calibration(photos, 0, odds)
    network, foreground, counted = _pooled(photos, 0)
    alone = calibration.start(network)
    lifted = calibration.slope * (network + calibration.image_evidence(np.concatenate(odds)))
    log(
        event="calibration",
        photos=len(photos),
        calibration=calibration.numbers().tolist(),
        loss_network=log_loss(alone, foreground, counted),
        loss_with_image=log_loss(lifted, foreground, counted),
        loss_image=log_loss(np.concatenate(odds), foreground, counted),
    )
    return calibration


def _calibration(
    photos: Sequence[Photo], kind: int, odds: Sequence[Values] | None = None
) -> Calibration:
    network, foreground, counted = _pooled(photos, kind)
    image = np.zeros_like(network) if odds is None else np.concatenate(odds)
    return calibrate(network, image, foreground, counted)


def _pooled(photos: Sequence[Photo], kind: int) -> tuple[Values, Values, Values]:
    """Log odds of a view, pixels of objects and counted pixels, of all superpixels."""
    return (
        np.concatenate([photo.odds(photo.views[kind]) for photo in photos]),
        np.concatenate([photo.truth.foreground for photo in photos]),
        np.concatenate([photo.truth.counted for photo in photos]),
    )


def _photos(
    samples: Sequence[Sample], networks: Sequence[Network], new: bool, threads: int, label: str
) -> Iterator[Photo]:
    describe = partial(described, networks=networks, new=new)
    return map_in_order(describe, progress(samples, label), threads)


def described(sample: Sample, networks: Sequence[Network], new: bool) -> Photo:
    """Propose segments, compare them with the truth, and ask the networks.

    A photo that is new to the networks is shown to them as it is, another one degraded.
    """
    image, labels = sample.pair()
    proposals = propose(image, threads=1)
    scored = ScoredProposals(image, proposals, threads=1)
    rng = np.random.default_rng(list(sample.name.encode()))
    shown = image if new else degraded(image, rng)
    views = tuple(1 - network(shown)[0] for network in networks)
    return Photo(scored, truth_of(proposals, labels), views)


def truth_of(proposals: Proposals, labels: NDArray[np.uint8]) -> Truth:
    """Compare segments and superpixels with class labels, (H, W)."""
    shared = _shared_pixels(proposals, labels)
    inside = proposals.segments.astype(np.float32) @ shared
    union = inside.sum(axis=1, keepdims=True) + shared.sum(axis=0)[1:] - inside[:, 1:]
    overlaps = np.max(inside[:, 1:] / np.maximum(union, 1), axis=1, initial=0)
    return Truth(overlaps, shared[:, 1:].sum(axis=1), shared.sum(axis=1))


def _shared_pixels(proposals: Proposals, labels: NDArray[np.uint8]) -> Values:
    """Pixels that superpixel s shares with object k; column 0 is the background: (S, 1 + K)."""
    counted = labels != VOID
    objects = connected_components(np.where(counted, labels, 0))
    columns, rows = int(objects.max()) + 1, proposals.segments.shape[1]
    pairs = proposals.superpixels[counted] * columns + objects[counted]
    shared = np.bincount(pairs, minlength=rows * columns)
    return shared.reshape(rows, columns).astype(np.float32)
