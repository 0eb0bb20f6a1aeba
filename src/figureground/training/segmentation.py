"""The kind "segmentation": a fully convolutional network on photos and masks.

One plain loop. The order of the samples and their views are pure functions of the seed, so that a
run that goes on from its checkpoint ends at the same weights, bit for bit, as one that never
stopped.
"""

import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from figureground.console import say
from figureground.data import Sample, Samples, open_samples
from figureground.data.samples import read_names
from figureground.errors import InputError
from figureground.losses import FusedLoss
from figureground.networks.torch.fcn import FCN, fcn, upsample
from figureground.networks.torch.mobilenet_v2 import translate
from figureground.networks.torch.saved import save_network
from figureground.training.checkpoint import load_checkpoint, save_checkpoint
from figureground.training.held_out import measure
from figureground.training.log import Log
from figureground.training.recipe import Recipe, data_root
from figureground.training.source import CachedStem, Photos, Source
from figureground.training.views import Augmentation

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
        "backbone_weights": "",
        "start": "",
    },
    "views": {"crop": 320, "longest": 384, "smallest": 0.7, "largest": 1.4, "colour": 0.2},
    "stem_cache": {"views": 0, "folder": ""},
    "loss": {"softmax_weight": 0.85, "positive_sharing_weight": 0.15},
    "schedule": {
        "epochs": int,
        "batch": 16,
        "rate": 1e-3,
        "backbone_rate": 2e-4,
        "power": 0.9,
        "warm_up": 100,
        "weight_decay": 1e-2,
        "average": 0.998,
        "held_out_every": 2,
        "save_every": 200,
    },
}

DATA_SET: Recipe = {"path": str, "split": "", "leave_out": "", "times": 1}


def run(recipe: Recipe, out: Path, resume: bool) -> None:
    """Train, logging to OUT/log.jsonl; OUT/network.safetensors is the best one on the held out."""
    if recipe["threads"]:
        torch.set_num_threads(recipe["threads"])
    torch.manual_seed(recipe["seed"])
    root, log = data_root(recipe), Log(out / "log.jsonl")
    train, held_out = _data(recipe["data"], root)
    network = _network(recipe["network"], root, train.classes)
    source = _source(recipe, network, train, out)
    state = _State(network, recipe["schedule"], steps_per_epoch(train, recipe["schedule"]["batch"]))
    if resume:
        state.load(load_checkpoint(out / "checkpoint.pt"))
    elif (out / "checkpoint.pt").exists():
        raise InputError(f"{out}: holds a run already; use --resume, or another --out")
    log(event="start", step=state.step, samples=len(train), held_out=len(held_out), recipe=recipe)
    _Loop(recipe, source, state, train, held_out, out, log).run()


def steps_per_epoch(samples: Samples, batch: int) -> int:
    """Whole batches only."""
    if len(samples) < batch:
        raise InputError(f"schedule.batch: {batch} is more than the {len(samples)} samples")
    return len(samples) // batch


class _State:
    """Weights, their moving average, the optimiser and the position."""

    def __init__(self, network: FCN, schedule: Recipe, per_epoch: int) -> None:
        self.network, self.schedule, self.per_epoch = network, schedule, per_epoch
        self.step, self.best = 0, -1.0
        fast = [p for n, p in network.named_parameters() if not n.startswith("backbone")]
        slow = [p for n, p in network.named_parameters() if n.startswith("backbone")]
        self.rates = (schedule["rate"], schedule["backbone_rate"])
        self.optimiser = torch.optim.AdamW(
            [{"params": fast}, {"params": [p for p in slow if p.requires_grad]}],
            weight_decay=schedule["weight_decay"],
        )
        self.average = {n: t.detach().clone() for n, t in network.state_dict().items()}

    def set_rates(self) -> None:
        """Poly decay after a linear warm-up."""
        total = self.schedule["epochs"] * self.per_epoch
        share = min(1.0, (self.step + 1) / max(1, self.schedule["warm_up"]))
        share *= max(0.0, 1 - self.step / total) ** self.schedule["power"]
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * share

    def advance(self) -> None:
        """Step the optimiser and the moving average, which starts as the plain mean."""
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.step += 1
        keep = min(self.schedule["average"], 1 - 1 / (self.step + 1))
        with torch.no_grad():
            for name, tensor in self.network.state_dict().items():
                self.average[name].lerp_(tensor, 1 - keep)

    def save(self) -> dict[str, Any]:
        """All that the run needs to go on as if it had not stopped."""
        return {
            "network": self.network.state_dict(),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "position": [self.step, self.best],
            "random": torch.get_rng_state(),
        }

    def load(self, saved: dict[str, Any]) -> None:
        """Take up `save`'s state."""
        try:
            self.network.load_state_dict(saved["network"])
            self.optimiser.load_state_dict(saved["optimiser"])
            self.average = saved["average"]
            self.step, self.best = saved["position"]
            torch.set_rng_state(saved["random"])
        except (KeyError, RuntimeError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"checkpoint: does not fit this recipe ({reason})") from None


@dataclass
class _Loop:
    recipe: Recipe
    source: Source
    state: _State
    train: Samples
    held_out: Samples
    out: Path
    log: Log

    def run(self) -> None:
        schedule, state = self.recipe["schedule"], self.state
        loss_of = FusedLoss(**self.recipe["loss"])
        state.network.train()
        while state.step < schedule["epochs"] * state.per_epoch:
            epoch, within = divmod(state.step, state.per_epoch)
            order = self.order(epoch)
            began, losses = time.monotonic(), []
            for batch in range(within, state.per_epoch):
                indices = order[batch * schedule["batch"] : (batch + 1) * schedule["batch"]]
                losses.append(self.train_on(epoch, indices, loss_of))
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

    def train_on(self, epoch: int, indices: list[int], loss_of: nn.Module) -> Tensor:
        """One step; returns the loss, not yet read."""
        inputs, labels = self.source.batch(epoch, indices)
        # Labels are taken at every fourth pixel: a quarter of the way to full size is enough.
        scores = upsample(self.source.scores(inputs), self.state.network.stride // 4)
        loss: Tensor = loss_of(scores, labels)
        loss.backward()  # type: ignore[no-untyped-call]
        self.state.set_rates()
        self.state.advance()
        return loss.detach()

    def measure(self, epoch: int) -> None:
        """Measure the averaged weights on the held-out photos; keep the best network."""
        network = fcn(**_form(self.recipe["network"]), classes=len(self.train.classes))
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
            say(
                "warning: almost nothing is predicted as foreground; give the positive-sharing "
                "term more weight, or lower the rate"
            )
        if figures["miou"] > self.state.best:
            self.state.best = figures["miou"]
            form = _form(self.recipe["network"])
            save_network(
                self.out / "network.safetensors", network, form, self.train.classes, longest
            )

    def save(self) -> None:
        save_checkpoint(self.out / "checkpoint.pt", self.state.save())


def _data(given: Recipe, root: Path) -> tuple[Samples, Samples]:
    """The training set, and the part of train that figures on the way are taken from."""
    from figureground.training.recipe import complete

    held = given["held_out"]
    held_out = open_samples(root / held["path"], held["split"] or None)[:: held["every"]]
    names = {sample.name for sample in held_out}
    unknown = set(held["classes"]) - set(held_out.classes)
    if unknown:
        raise InputError(f"recipe.data.held_out.classes: {sorted(unknown)} are no classes here")
    items: list[Sample] = []
    for entry in given["train"]:
        entry = complete(entry, DATA_SET, "recipe.data.train")
        part = open_samples(root / entry["path"], entry["split"] or None)
        if part.classes != held_out.classes:
            raise InputError(f"{root / entry['path']}: its classes differ from {held['path']}'s")
        if entry["leave_out"]:
            part = part.without(read_names(root / entry["leave_out"]))
        items += list(part.without(names)) * entry["times"]
    return Samples("training", "train", held_out.classes, tuple(items)), held_out


def _form(network: Recipe) -> Recipe:
    return {key: network[key] for key in ("backbone", "stride", "hidden", "dropout")}


def _network(given: Recipe, root: Path, classes: tuple[str, ...]) -> FCN:
    network = fcn(**_form(given), classes=len(classes))
    if given["backbone_weights"]:
        path = root / given["backbone_weights"]
        if not path.is_file():
            raise InputError(f"{path}: no such weights")
        network.backbone.load_state_dict(translate(load_file(path)))
    if given["start"]:
        network.load_state_dict(load_file(given["start"]))
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def _source(recipe: Recipe, network: FCN, train: Samples, out: Path) -> Source:
    how = Augmentation(**recipe["views"])
    photos = Photos(network, train, how, recipe["seed"])
    cache = recipe["stem_cache"]
    if not cache["views"]:
        return photos
    network.backbone.freeze_stem()
    content = [recipe[key] for key in ("seed", "views")] + [
        [sample.name for sample in train],
        recipe["network"]["backbone_weights"],
        recipe["network"]["start"],
    ]
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
    folder = Path(cache["folder"]) if cache["folder"] else out / "stem_cache"
    return CachedStem(photos, folder / digest, cache["views"])


def _mean(losses: list[Tensor]) -> float:
    return float(torch.stack(losses).mean())
