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
from figureground.training.defaults import DEFAULTS
from figureground.training.held_out import measure
from figureground.training.log import Log, warn
from figureground.training.precision import Precision, device_of
from figureground.training.recipe import Recipe, data_root
from figureground.training.source import Source, ahead
from figureground.training.state import State, batches_of
from figureground.training.team import Team

__all__ = ["DEFAULTS", "run"]


def run(recipe: Recipe, out: Path, resume: bool) -> None:
    """Train, logging to OUT/log.jsonl; OUT/network.safetensors is the best one on the held out."""
    if recipe["threads"]:
        torch.set_num_threads(recipe["threads"])
    team = Team.join()
    torch.manual_seed(recipe["seed"])
    precision = Precision(recipe["precision"], device_of(recipe["device"]))
    board = recipe["tensorboard"] and team.leads
    root, log = data_root(recipe), Log(out / "log.jsonl", silent=not team.leads, board=board)
    if recipe["loss"]["reduction"] not in ("mean", "image", "sum"):
        raise InputError("loss.reduction: expected mean, image or sum")
    train, held_out = open_data(recipe["data"], root)
    network = build_network(recipe["network"], root, train.classes)
    network.to(precision.device)
    source = build_source(recipe, network, train, out, team)
    per_epoch = steps_per_epoch(train, recipe["schedule"])
    state = State(network, recipe["schedule"], per_epoch, precision)
    state.begin(out, resume, team.leads)
    if not team.leads:  # the leader's dropout is its checkpoint's; the others need their own
        torch.manual_seed(recipe["seed"] + team.rank + team.size * state.step)
    log(event="start", step=state.step, samples=len(train), held_out=len(held_out), recipe=recipe)
    _Loop(recipe, source, state, train, held_out, out, log, team).run()


def steps_per_epoch(samples: Samples, schedule: Recipe) -> int:
    """Whole batches only."""
    batch, parts = int(schedule["batch"]), int(schedule["parts"])
    if parts < 1 or batch % parts:
        raise InputError(f"schedule.parts: expected a divisor of the batch {batch}, got {parts}")
    return batches_of(len(samples), batch)


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
        while state.step < state.steps:
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
            line = {"epoch": epoch + 1, "step": state.step, "loss": _mean(losses)}
            line |= {"rate": state.optimiser.param_groups[0]["lr"], "seconds": seconds}
            last = state.step == state.steps
            if self.team.leads and (last or (epoch + 1) % schedule["held_out_every"] == 0):
                line |= self.measure()
            self.log(**line)
            self.save()

    def order(self, epoch: int) -> list[int]:
        """The epoch's order of the samples."""
        rng = np.random.default_rng((self.recipe["seed"], epoch))
        order: list[int] = rng.permutation(len(self.train)).tolist()
        return order

    def train_on(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """One step; returns the loss of the whole batch, not yet read."""
        parts, device = self.recipe["schedule"]["parts"], self.state.precision.device
        divisor, loss = self.divisor(labels), torch.zeros((), device=device)
        for some, truth in zip(inputs.chunk(parts), labels.chunk(parts), strict=True):
            loss += self.add_gradient(some.to(device), truth.to(device), divisor)
        self.team.sum_gradients(self.state.network.parameters())
        self.state.advance()
        return self.team.total(loss)

    def add_gradient(self, inputs: Tensor, labels: Tensor, divisor: Tensor | float) -> Tensor:
        """Add a part's share of the gradient; returns its share of the loss."""
        given, precision = self.recipe["loss"], self.state.precision
        with precision.cast():
            scores = at_labels(self.source.scores(inputs), labels)
        shares = given["softmax_weight"], given["positive_sharing_weight"]
        losses = fused_loss(scores, labels, *shares, reduction="sum", sharing=given["sharing"])
        loss = losses / divisor
        precision.backward(loss)
        return loss.detach()

    def divisor(self, labels: Tensor) -> Tensor | float:
        """What the sum over the pixels of all processes is divided by."""
        reduction = self.recipe["loss"]["reduction"]
        if reduction == "mean":
            counted = (labels != VOID).sum().to(self.state.precision.device)
            return self.team.total(counted).clamp(min=1)
        return float(self.recipe["schedule"]["batch"] if reduction == "image" else 1)

    def measure(self) -> dict[str, float]:
        """Measure the averaged weights on the held-out photos; keep the best network."""
        network = fcn(**form_of(self.recipe["network"]), classes=len(self.train.classes))
        network.load_state_dict(self.state.average)
        longest = self.recipe["views"]["longest"]
        matrix, foreground = measure(
            network.to(self.state.precision.device), self.held_out, longest
        )
        names = self.recipe["data"]["held_out"]["classes"] or matrix.classes
        if foreground < 0.01:
            warn(
                "almost nothing is predicted as foreground; give the positive-sharing term more "
                "weight, or lower the rate"
            )
        miou = matrix.mean_iou_of(names)
        if miou > self.state.best:
            self.state.best = miou
            form = form_of(self.recipe["network"])
            save_network(
                self.out / "network.safetensors", network, form, self.train.classes, longest
            )
        return {
            "miou": miou,
            "recall": matrix.recall,
            "foreground_recall": matrix.foreground_recall,
            "predicted_foreground": foreground,
        }

    def save(self) -> None:
        if self.team.leads:
            self.state.keep(self.out)


def at_labels(scores: Tensor, labels: Tensor) -> Tensor:
    """The scores at the pixels that the labels were taken at."""
    every = scores.shape[2] // labels.shape[1]
    if every > 1:
        return scores[:, :, every // 2 :: every, every // 2 :: every]
    return upsample(scores, labels.shape[1] // scores.shape[2])


def _mean(losses: list[Tensor]) -> float:
    return float(torch.stack(losses).mean())
