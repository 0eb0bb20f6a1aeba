"""The kind "contours": the contour network on BSDS500, with shape classes and positive sharing.

DeepContour's loss on the losses of the paper: softmax over the background and K shapes of
contours, plus λ times contour against background. Views and order are pure functions of the seed;
a run that goes on from its checkpoint ends at the same weights as one that never stopped.
"""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from figureground.data.bsds import bsds
from figureground.errors import InputError
from figureground.files import atomic
from figureground.losses import fused_loss
from figureground.networks.torch.contour import ContourNetwork, parameters_of
from figureground.networks.torch.contour_export import export_contours
from figureground.networks.torch.mobilenet_v2 import translate
from figureground.training.contour_views import ContourAugmentation, ContourPhotos, ContourView
from figureground.training.log import Log
from figureground.training.precision import Precision
from figureground.training.recipe import Recipe, data_root
from figureground.training.shapes import learn_shapes, patches_of, shape_classes
from figureground.training.state import SCHEDULE, State, batches_of

DEFAULTS: Recipe = {
    "root": "",
    "seed": 0,
    "threads": 1,
    "data": {"path": "data/BSDS500", "split": "train+val"},
    "backbone_weights": "",
    "views": {"crop": 288, "smallest": 0.75, "largest": 1.5, "angle": 10.0, "colour": 0.2},
    "shapes": 8,
    "loss": {
        "positive_sharing": 1.0,
        "contour_weight": 4.0,
        "least_votes": 0.0,
        "sides": 0.3,
    },
    "schedule": {
        **SCHEDULE,
        "batch": 4,
        "rate": 2e-3,
        "backbone_rate": 5e-4,
        "decay": "cosine",
        "clip": 1.0,
        "average": 0.995,
        "save_every": 100,
    },
}


def run(recipe: Recipe, out: Path, resume: bool) -> None:
    """Train; OUT/contours.onnx is the averaged network, OUT/log.jsonl the curve."""
    torch.set_num_threads(recipe["threads"])
    torch.manual_seed(recipe["seed"])
    root, record = data_root(recipe), Log(out / "log.jsonl")
    samples = bsds(root / recipe["data"]["path"], recipe["data"]["split"])
    photos = ContourPhotos(samples, ContourAugmentation(**recipe["views"]), recipe["seed"])
    centres = _shapes(photos, recipe["shapes"], recipe["seed"])
    network, schedule = _network(recipe, root), recipe["schedule"]
    precision = Precision("float32", torch.device("cpu"))
    per_epoch = batches_of(len(photos), schedule["batch"])
    state = State(network, schedule, per_epoch, precision, backbone="blocks")
    state.begin(out, resume)
    record(event="start", step=state.step, photos=len(photos), parameters=parameters_of(network))
    _Loop(recipe, photos, centres, network, state, out, record).run()


@dataclass(frozen=True)
class Target:
    """Classes (N, H, W) int64 with 0 = background, and the weight of every cell."""

    classes: Tensor
    weights: Tensor


def target_of(votes: Tensor, inside: Tensor, centres: Tensor, loss: Recipe) -> Target:
    """What the scores of a batch of vote maps (N, H, W) should be.

    A cell that any annotator marked is a contour, with the weight contour_weight · votes: one
    that few marked counts little, and never as background. Cells with votes below least_votes, or
    outside the photo, do not count.
    """
    marked = votes > 0
    classes = torch.where(marked, shape_classes(votes, centres), 0)
    weights = torch.where(marked, loss["contour_weight"] * votes, 1.0)
    counted = inside & (~marked | (votes >= loss["least_votes"]))
    return Target(classes, weights * counted)


def contour_loss(scores: Tensor, target: Tensor, weights: Tensor, sharing: float) -> Tensor:
    """Weighted mean of softmax + λ · positive-sharing, over 1 + λ."""
    losses = fused_loss(
        scores, target, 1 / (1 + sharing), sharing / (1 + sharing), reduction="none"
    )
    return (losses * weights).sum() / weights.sum().clamp(min=1)


@dataclass
class _Loop:
    recipe: Recipe
    photos: ContourPhotos
    centres: Tensor
    network: ContourNetwork
    state: State
    out: Path
    record: Log

    def run(self) -> None:
        state = self.state
        while state.step < state.steps:
            epoch, within = divmod(state.step, state.per_epoch)
            order = np.random.default_rng((self.recipe["seed"], epoch)).permutation(
                len(self.photos)
            )
            size, began, losses = self.recipe["schedule"]["batch"], time.monotonic(), []
            for batch in range(within, state.per_epoch):
                indices = order[batch * size : (batch + 1) * size]
                losses.append(self.train_on([self.photos.view(epoch, int(i)) for i in indices]))
                if state.step % self.recipe["schedule"]["save_every"] == 0:
                    state.keep(self.out)
            seconds, loss = time.monotonic() - began, float(torch.stack(losses).mean())
            self.record(epoch=epoch + 1, step=state.step, loss=loss, seconds=seconds)
        state.keep(self.out)
        self.export()

    def train_on(self, views: list[ContourView]) -> Tensor:
        """One step; returns the loss at the finest scale, not yet read."""
        pixels = np.stack([view.image for view in views]).transpose(0, 3, 1, 2) / 127.5 - 1
        image = torch.from_numpy(pixels).to(memory_format=torch.channels_last)
        votes = torch.from_numpy(np.stack([view.votes for view in views]))
        inside = torch.from_numpy(np.stack([view.inside for view in views]))
        how = self.recipe["loss"]
        target = target_of(votes, inside, self.centres, how)
        *sides, scores = self.network.supervised(image)
        loss = contour_loss(scores, target.classes, target.weights, how["positive_sharing"])
        total = loss
        for side in sides:
            coarse = coarsened(target, scores.shape[2] // side.shape[2])
            side_loss = contour_loss(side, coarse.classes, coarse.weights, how["positive_sharing"])
            total = total + how["sides"] * side_loss
        total.backward()  # type: ignore[no-untyped-call]
        self.state.advance()
        return loss.detach()

    def export(self) -> None:
        """Write the averaged weights, as safetensors and as the ONNX that is shipped."""
        network = ContourNetwork(self.recipe["shapes"])
        network.load_state_dict(self.state.average)
        with atomic(self.out / "contours.safetensors") as temporary:
            save_file({n: t.contiguous() for n, t in self.state.average.items()}, temporary)
        export_contours(network, self.out / "contours.onnx")
        self.record(event="exported", file=str(self.out / "contours.onnx"))


def coarsened(target: Target, factor: int) -> Target:
    """The target at a coarser stride: of each square, the cell of the heaviest contour."""
    weight = target.weights * (target.classes > 0)
    heaviest, at = functional.max_pool2d(weight[:, None], factor, return_indices=True)
    classes = target.classes.flatten(1).gather(1, at.flatten(1)).view(at.shape)[:, 0]
    background = functional.avg_pool2d(target.weights[:, None], factor)[:, 0]
    return Target(classes, torch.where(heaviest[:, 0] > 0, heaviest[:, 0], background))


def _shapes(photos: ContourPhotos, count: int, seed: int) -> Tensor:
    """The shapes of contours around 50 cells of every photo's first view."""
    rng, patches = np.random.default_rng(seed), []
    for index in range(len(photos)):
        votes = torch.from_numpy(photos.view(0, index).votes)
        rows, columns = torch.nonzero(votes, as_tuple=True)
        if len(rows):
            chosen = torch.from_numpy(rng.integers(len(rows), size=50))
            patches.append(patches_of(votes, rows[chosen], columns[chosen]))
    return learn_shapes(torch.cat(patches), count, seed)


def _network(recipe: Recipe, root: Path) -> ContourNetwork:
    network = ContourNetwork(recipe["shapes"])
    if recipe["backbone_weights"]:
        path = root / recipe["backbone_weights"]
        if not path.is_file():
            raise InputError(f"{path}: no such weights")
        known = network.state_dict().keys()
        tensors = {n: t for n, t in translate(load_file(path)).items() if n in known}
        network.load_state_dict(tensors, strict=False)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network
