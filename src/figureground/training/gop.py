"""The kind "gop": seeds and masks of the geodesic object proposals.

Seeds are trained greedily. Ranker i maximises, over all photos that still have an object without a
seed, the log probability that a superpixel drawn from the softmax of its scores lies deep in such
an object; then it places its seed in every photo, and objects that got one are done. Once all are,
all start anew. Masks: linear classifiers of the superpixels outside the object that a seed lies in.
A wrong background superpixel spoils the mask, a missing one does not, so that errors inside the
object weigh more. Each classifier learns from the seeds that it already serves best.

Source: Krähenbühl and Koltun, ECCV 2014, sections 4 and 5.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import softplus

from figureground.data import Sample, open_samples
from figureground.data.samples import read_names
from figureground.errors import InputError
from figureground.proposals.model import MASK_FEATURES, SEED_FEATURES, ProposalModel
from figureground.training.gop_scenes import NOTHING, TrainingScene, training_scenes
from figureground.training.log import Log
from figureground.training.recipe import Recipe, complete, data_root

DEFAULTS: Recipe = {
    "root": "",
    "seed": 0,
    "threads": 0,
    "data": {"train": list},
    "detector": "network",
    "superpixels": 1000,
    "smallest": 0.005,
    "seeds": {"count": 200, "starts": 2, "steps": 12},
    "masks": {"count": 2, "seeds": 50, "per_photo": 4, "rounds": 3, "inside_weight": 10.0},
}
DATA_SET: Recipe = {"path": str, "split": "", "leave_out": "", "every": 1}

SEED_ALONE = np.array([1, -2] + [0] * (MASK_FEATURES - 1), np.float32)
NOTHING_TAKEN = np.array([1] + [0] * MASK_FEATURES, np.float32)
"""Masks as weights and bias; superpixels with a negative value belong to them."""


def run(recipe: Recipe, out: Path, resume: bool) -> None:
    """Train; OUT/gop.npz holds seeds and masks. It takes minutes: resuming starts anew."""
    if recipe["threads"]:
        torch.set_num_threads(recipe["threads"])
    torch.manual_seed(recipe["seed"])
    log = Log(out / "log.jsonl")
    if (out / "gop.npz").exists() and not resume:
        raise InputError(f"{out}: holds a run already; use --resume, or another --out")
    scenes = training_scenes(
        _samples(recipe), recipe["detector"], recipe["superpixels"], recipe["smallest"]
    )
    if not scenes:
        raise InputError("data.train: no photo has an object that is large enough")
    log(event="start", photos=len(scenes), recipe=recipe)
    rankers, placed = train_seeds(scenes, log=log, **recipe["seeds"])
    masks = train_masks(scenes, placed, log=log, **recipe["masks"])
    ProposalModel(rankers, masks).save(out / "gop.npz")
    log(event="done", rankers=len(rankers), masks=len(masks))


def _samples(recipe: Recipe) -> list[Sample]:
    root, samples = data_root(recipe), []
    for given in recipe["data"]["train"]:
        entry = complete(given, DATA_SET, "data.train")
        part = open_samples(root / entry["path"], entry["split"] or None)
        if entry["leave_out"]:
            part = part.without(read_names(root / entry["leave_out"]))
        samples += list(part)[:: entry["every"]]
    return samples


def minimise(loss: Callable[[Tensor], Tensor], start: Tensor, steps: int) -> Tensor:
    """Return the weights where the loss is least, by L-BFGS."""
    weights = start.clone().requires_grad_(True)
    optimiser = torch.optim.LBFGS([weights], max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        value = loss(weights)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return weights.detach()


@dataclass
class _Batch:
    """The superpixels of several photos, padded to the largest number.

    Attributes:
        features: (I, S, 23), of mean 0 within a photo and deviation 1 over all.
        wanted: (I, S) bool, where a seed would hit an object that has none.
        padding: (I, S) bool.
        scale: (23,) what the features were divided by.
    """

    features: Tensor
    wanted: Tensor
    padding: Tensor
    scale: Tensor

    def scores(self, weights: Tensor) -> Tensor:
        return (self.features @ weights).masked_fill(self.padding, -torch.inf)

    def loss(self, weights: Tensor) -> Tensor:
        scores = self.scores(weights)
        hit = scores.masked_fill(~self.wanted, -torch.inf)
        return (scores.logsumexp(1) - hit.logsumexp(1)).mean()

    def hits(self, weights: Tensor) -> int:
        return int(self.wanted.gather(1, self.scores(weights).argmax(1)[:, None]).sum())


def train_seeds(
    scenes: list[TrainingScene], *, count: int, starts: int, steps: int, log: Log
) -> tuple[NDArray[np.float32], list[list[int]]]:
    """Return the rankers (count, 23), and the seeds that they place in every photo."""
    seedless: list[set[int]] = [set() for _ in scenes]
    placed: list[list[int]] = [[] for _ in scenes]
    rankers = np.zeros((count, SEED_FEATURES), np.float32)
    for step in range(count):
        if not any(seedless):
            seedless = [set(s.interior[s.interior != NOTHING].tolist()) for s in scenes]
        batch = _batch(scenes, seedless)
        weights = max(
            (
                minimise(batch.loss, torch.randn(SEED_FEATURES) * bool(start), steps)
                for start in range(starts)
            ),
            key=batch.hits,
        )
        rankers[step] = (weights / batch.scale).numpy()
        log(event="seed", step=step, hits=batch.hits(weights), photos=len(batch.features))
        for scene, objects, seeds in zip(scenes, seedless, placed, strict=True):
            best = int((scene.scene.seed_features() @ rankers[step]).argmax())
            scene.scene.add_seed(best)
            seeds.append(best)
            objects.discard(int(scene.interior[best]))
    return rankers, placed


def _batch(scenes: list[TrainingScene], seedless: list[set[int]]) -> _Batch:
    """Put the photos together that have an object without a seed."""
    active = [(s, objects) for s, objects in zip(scenes, seedless, strict=True) if objects]
    rows = [scene.scene.seed_features() for scene, _ in active]
    scale = np.maximum(np.concatenate(rows).std(axis=0), 1e-6)
    shape = len(rows), max(map(len, rows))
    features = np.zeros((*shape, SEED_FEATURES), np.float32)
    padding, wanted = np.ones(shape, bool), np.zeros(shape, bool)
    for i, (row, (scene, objects)) in enumerate(zip(rows, active, strict=True)):
        features[i, : len(row)] = (row - row.mean(axis=0)) / scale
        padding[i, : len(row)] = False
        wanted[i, : len(row)] = np.isin(scene.interior, list(objects))
    return _Batch(*map(torch.from_numpy, (features, wanted, padding, scale)))


@dataclass
class _View:
    """A photo's superpixels from one seed: features (S, 47); which are inside, which outside."""

    features: Tensor
    inside: Tensor
    outside: Tensor


def train_masks(
    scenes: list[TrainingScene],
    placed: list[list[int]],
    *,
    count: int,
    seeds: int,
    per_photo: int,
    rounds: int,
    inside_weight: float,
    log: Log,
) -> NDArray[np.float32]:
    """Return mask pairs (1 + count, 2, 48): the seed against nothing, then learned backgrounds."""
    views = [
        v for s, p in zip(scenes, placed, strict=True) for v in _views(s, p[:seeds], per_photo)
    ]
    if not views:
        raise InputError("seeds.count: no seed lies in an object; train more seeds")
    weights = torch.zeros(count, MASK_FEATURES)
    chosen = torch.randint(count, (len(views),))
    for turn in range(rounds):
        for k in range(count):
            mine = [view for view, c in zip(views, chosen.tolist(), strict=True) if c == k]
            if mine:
                loss = partial(_mask_loss, _joined(mine), inside_weight)
                weights[k] = minimise(loss, weights[k], 60)
        with torch.no_grad():
            losses = torch.stack(
                [torch.stack([_mask_loss(v, inside_weight, w) for w in weights]) for v in views]
            )
        chosen = losses.argmin(1)
        log(event="masks", round=turn, loss=float(losses.min(1).values.mean()), views=len(views))
    backgrounds = [np.append(-w, 0).astype(np.float32) for w in weights.numpy()]
    return np.array([[SEED_ALONE, mask] for mask in (NOTHING_TAKEN, *backgrounds)], np.float32)


def _views(scene: TrainingScene, seeds: list[int], most: int) -> list[_View]:
    views: list[_View] = []
    for seed in dict.fromkeys(seeds):
        object_ = int(scene.interior[seed])
        if object_ != NOTHING and len(views) < most:
            share = torch.from_numpy(scene.shares[object_])
            features = torch.from_numpy(scene.scene.mask_features(seed))
            views.append(_View(features, share > 0.1, share == 0))
    return views


def _joined(views: list[_View]) -> _View:
    return _View(
        torch.cat([v.features for v in views]),
        torch.cat([v.inside for v in views]),
        torch.cat([v.outside for v in views]),
    )


def _mask_loss(view: _View, inside_weight: float, weights: Tensor) -> Tensor:
    score = view.features @ weights
    missed = softplus(-score[view.outside]).sum()
    spoilt = softplus(score[view.inside]).sum()
    return (missed + inside_weight * spoilt) / len(score)
