"""The kind "segmentation": a fully convolutional network on photos and masks.

One plain loop. The order of the samples and their views are pure functions of the seed, so that a
run that goes on from its checkpoint ends at the same weights, bit for bit, as one that never
stopped.
"""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from figureground.arrays import VOID
from figureground.data import Samples
from figureground.errors import InputError
from figureground.losses import fused_loss
from figureground.networks.torch.fcn import fcn, upsample
from figureground.networks.torch.saved import save_network
from figureground.training.assemble import build_network, build_source, form_of, open_data
from figureground.training.checkpoint import load_checkpoint, save_checkpoint
from figureground.training.held_out import measure
from figureground.training.log import Log, warn
from figureground.training.recipe import Recipe, data_root
from figureground.training.source import Source, ahead
from figureground.training.state import State
from figureground.training.team import Team

DEFAULTS: Recipe = {
    "root": "",
    "seed": 0,
    "threads": 0,
    "data": {"train": list, "held_out": {"path": str, "split": "train", "every": 5, "classes": []}},
    "network": {
        "backbone": "mobilenet_v2",
        "stride": 8,
        "hidden": 256,
        "dropout": 0.1,
        "head": "light",
        "backbone_weights": "",
        "start": "",
    },
    "views": {
        "crop": 320,
        "longest": 384,
        "smallest": 0.7,
        "largest": 1.4,
        "colour": 0.2,
        "label_every": 4,
    },
    "stem_cache": {"views": 0, "folder": "", "seed": 0},
    "loss": {
        "softmax_weight": 0.85,
        "positive_sharing_weight": 0.15,
        "sharing": "log",
        "reduction": "mean",
    },
    "schedule": {
        "epochs": int,
        "batch": 16,
        "rate": 1e-3,
        "backbone_rate": 2e-4,
        "bias_rate_factor": 1.0,
        "optimiser": "adamw",
        "momentum": 0.9,
        "power": 0.9,
        "warm_up": 100,
        "weight_decay": 1e-2,
        "average": 0.998,
        "held_out_every": 2,
        "save_every": 200,
    },
}


def run(recipe: Recipe, out: Path, resume: bool) -> None:
    """Train, logging to OUT/log.jsonl; OUT/network.safetensors is the best one on the held out."""
    if recipe["threads"]:
        torch.set_num_threads(recipe["threads"])
    team = Team.join()
    torch.manual_seed(recipe["seed"])
    root, log = data_root(recipe), Log(out / "log.jsonl", silent=not team.leads)
    if recipe["loss"]["reduction"] not in ("mean", "image", "sum"):
        raise InputError("loss.reduction: expected mean, image or sum")
    train, held_out = open_data(recipe["data"], root)
    network = build_network(recipe["network"], root, train.classes)
    source = build_source(recipe, network, train, out, team)
    state = State(network, recipe["schedule"], steps_per_epoch(train, recipe["schedule"]["batch"]))
    if resume:
        state.load(load_checkpoint(out / "checkpoint.pt"))
    elif team.leads and (out / "checkpoint.pt").exists():
        raise InputError(f"{out}: holds a run already; use --resume, or another --out")
    if not team.leads:  # the leader's dropout is its checkpoint's; the others need their own
        torch.manual_seed(recipe["seed"] + team.rank + team.size * state.step)
    log(event="start", step=state.step, samples=len(train), held_out=len(held_out), recipe=recipe)
    _Loop(recipe, source, state, train, held_out, out, log, team).run()


def steps_per_epoch(samples: Samples, batch: int) -> int:
    """Whole batches only."""
    if len(samples) < batch:
        raise InputError(f"schedule.batch: {batch} is more than the {len(samples)} samples")
    return len(samples) // batch


@dataclass
class _Loop:
    recipe: Recipe
    source: Source
    state: State
    train: Samples
    held_out: Samples
    out: Path
    log: Log
    team: Team

    def run(self) -> None:
        schedule, state = self.recipe["schedule"], self.state
        state.network.train()
        while state.step < schedule["epochs"] * state.per_epoch:
            epoch, within = divmod(state.step, state.per_epoch)
            order = self.order(epoch)
            began, losses = time.monotonic(), []
            size = schedule["batch"]
            batches = [order[k * size : (k + 1) * size] for k in range(within, state.per_epoch)]
            plan = [(epoch, self.team.share(batch)) for batch in batches]
            for inputs, labels in ahead(self.source, plan):
                losses.append(self.train_on(inputs, labels))
                if state.step % schedule["save_every"] == 0:
                    self.save()
            seconds = time.monotonic() - began
            self.log(epoch=epoch + 1, step=state.step, loss=_mean(losses), seconds=seconds)
            last = state.step == schedule["epochs"] * state.per_epoch
            if last or (epoch + 1) % schedule["held_out_every"] == 0:
                self.measure(epoch + 1)
            self.save()

    def order(self, epoch: int) -> list[int]:
        """The epoch's order of the samples."""
        rng = np.random.default_rng((self.recipe["seed"], epoch))
        order: list[int] = rng.permutation(len(self.train)).tolist()
        return order

    def train_on(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """One step; returns the loss of the whole batch, not yet read."""
        given = self.recipe["loss"]
        scores = at_labels(self.source.scores(inputs), labels)
        shares = given["softmax_weight"], given["positive_sharing_weight"]
        losses = fused_loss(scores, labels, *shares, reduction="sum", sharing=given["sharing"])
        loss = losses / self.divisor(labels)
        loss.backward()  # type: ignore[no-untyped-call]
        self.team.sum_gradients(self.state.network.parameters())
        self.state.set_rates()
        self.state.advance()
        return self.team.total(loss.detach())

    def divisor(self, labels: Tensor) -> Tensor | float:
        """What the sum over the pixels of all processes is divided by."""
        reduction = self.recipe["loss"]["reduction"]
        if reduction == "mean":
            return self.team.total((labels != VOID).sum()).clamp(min=1)
        return float(self.recipe["schedule"]["batch"] if reduction == "image" else 1)

    def measure(self, epoch: int) -> None:
        """Measure the averaged weights on the held-out photos; keep the best network."""
        if not self.team.leads:
            return
        network = fcn(**form_of(self.recipe["network"]), classes=len(self.train.classes))
        network.load_state_dict(self.state.average)
        longest = self.recipe["views"]["longest"]
        matrix, foreground = measure(network, self.held_out, longest)
        names = self.recipe["data"]["held_out"]["classes"] or matrix.classes
        figures = {
            "miou": matrix.mean_iou_of(names),
            "recall": matrix.recall,
            "foreground_recall": matrix.foreground_recall,
        }
        self.log(event="held out", epoch=epoch, **figures, predicted_foreground=foreground)
        if foreground < 0.01:
            warn(
                "almost nothing is predicted as foreground; give the positive-sharing term more "
                "weight, or lower the rate"
            )
        if figures["miou"] > self.state.best:
            self.state.best = figures["miou"]
            form = form_of(self.recipe["network"])
            save_network(
                self.out / "network.safetensors", network, form, self.train.classes, longest
            )

    def save(self) -> None:
        if self.team.leads:
            save_checkpoint(self.out / "checkpoint.pt", self.state.save())


def at_labels(scores: Tensor, labels: Tensor) -> Tensor:
    """The scores at the pixels that the labels were taken at."""
    every = scores.shape[2] // labels.shape[1]
    if every > 1:
        return scores[:, :, every // 2 :: every, every // 2 :: every]
    return upsample(scores, labels.shape[1] // scores.shape[2])


def _mean(losses: list[Tensor]) -> float:
    return float(torch.stack(losses).mean())
