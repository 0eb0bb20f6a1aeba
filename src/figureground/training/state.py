"""What a run changes as it goes: weights, their moving average, the optimiser, the position."""

from collections.abc import Iterator
from math import cos, pi
from pathlib import Path
from typing import Any

import torch
from torch import nn

from figureground.errors import InputError
from figureground.training.checkpoint import load_checkpoint, save_checkpoint
from figureground.training.precision import Precision
from figureground.training.recipe import Recipe

SCHEDULE: Recipe = {
    "epochs": int,
    "batch": 16,
    "rate": 1e-3,
    "backbone_rate": 2e-4,
    "bias_rate_factor": 1.0,
    "optimiser": "adamw",
    "momentum": 0.9,
    "decay": "poly",
    "power": 0.9,
    "clip": 0.0,
    "warm_up": 100,
    "weight_decay": 1e-2,
    "average": 0.998,
    "save_every": 200,
}
"""The keys that the schedule of every kind has, with the defaults of "segmentation"."""

CHECKPOINT = "checkpoint.pt"


def batches_of(count: int, size: int) -> int:
    """How many whole batches so many samples give."""
    if count < size:
        raise InputError(f"schedule.batch: {size} is more than the {count} samples")
    return count // size


class State:
    """Weights, their moving average, the optimiser and the position.

    The backbone is the part of the network whose name is given.
    """

    def __init__(
        self,
        network: nn.Module,
        schedule: Recipe,
        per_epoch: int,
        precision: Precision,
        backbone: str = "backbone",
    ) -> None:
        if schedule["decay"] not in ("poly", "cosine"):
            raise InputError(f"schedule.decay: {schedule['decay']!r} is none of poly, cosine")
        self.network, self.schedule, self.per_epoch = network, schedule, per_epoch
        self.precision = precision
        self.step, self.best = 0, -1.0
        groups = list(parameter_groups(network, schedule, backbone))
        self.rates = [group.pop("rate") for group in groups]
        self.optimiser: torch.optim.Optimizer
        if schedule["optimiser"] == "sgd":
            self.optimiser = torch.optim.SGD(groups, lr=0.0, momentum=schedule["momentum"])
        elif schedule["optimiser"] == "adamw":
            self.optimiser = torch.optim.AdamW(groups, betas=(schedule["momentum"], 0.999))
        else:
            raise InputError(f"schedule.optimiser: {schedule['optimiser']!r} is none of adamw, sgd")
        self.average = {n: t.detach().clone() for n, t in network.state_dict().items()}
        # An average would turn their negative zeros into zeros, and caches of their maps would not
        # know them again.
        self.frozen = {n for n, p in network.named_parameters() if not p.requires_grad}

    @property
    def steps(self) -> int:
        """How many the whole run has."""
        return int(self.schedule["epochs"] * self.per_epoch)

    def set_rates(self) -> None:
        """The rates of the next step: poly or cosine decay, after a linear warm-up."""
        share = min(1.0, (self.step + 1) / max(1, self.schedule["warm_up"]))
        if self.schedule["decay"] == "poly":
            share *= max(0.0, 1 - self.step / self.steps) ** self.schedule["power"]
        else:
            share *= (1 + cos(pi * self.step / self.steps)) / 2
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * share

    def advance(self) -> None:
        """Step the optimiser and the moving average, which starts as the plain mean."""
        self.set_rates()
        self.precision.step(self.optimiser, self.schedule["clip"])
        self.optimiser.zero_grad()
        self.step += 1
        keep = min(self.schedule["average"], 1 - 1 / (self.step + 1))
        with torch.no_grad():
            for name, tensor in self.network.state_dict().items():
                if name not in self.frozen:
                    self.average[name].lerp_(tensor, 1 - keep)

    def begin(self, out: Path, resume: bool, leads: bool = True) -> None:
        """Take up OUT's checkpoint; or see, if we lead, that there is none to overwrite."""
        if resume:
            self.load(load_checkpoint(out / CHECKPOINT))
        elif leads and (out / CHECKPOINT).exists():
            raise InputError(f"{out}: holds a run already; use --resume, or another --out")

    def keep(self, out: Path) -> None:
        """Write OUT's checkpoint."""
        save_checkpoint(out / CHECKPOINT, self.save())

    def save(self) -> dict[str, Any]:
        """All that the run needs to go on as if it had not stopped."""
        return {
            "network": self.network.state_dict(),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "position": [self.step, self.best],
            "scaler": self.precision.scaler.state_dict(),
            "random": self._random(),
        }

    def load(self, saved: dict[str, Any]) -> None:
        """Take up `save`'s state."""
        try:
            self.network.load_state_dict(saved["network"])
            self.optimiser.load_state_dict(saved["optimiser"])
            for name, tensor in saved["average"].items():
                self.average[name].copy_(tensor)
            self.step, self.best = saved["position"]
            self.precision.scaler.load_state_dict(saved["scaler"])
            torch.set_rng_state(saved["random"][0])
            # A checkpoint of the CPU has no state of the device's generator: it keeps the seed's.
            for state in saved["random"][1:] if self.precision.device.type == "cuda" else ():
                torch.cuda.set_rng_state(state, self.precision.device)
        except (KeyError, IndexError, RuntimeError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"checkpoint: does not fit this recipe ({reason})") from None

    def _random(self) -> list[torch.Tensor]:
        """The states of the generators that dropout draws from."""
        states = [torch.get_rng_state()]
        if self.precision.device.type == "cuda":
            states.append(torch.cuda.get_rng_state(self.precision.device))
        return states


def parameter_groups(
    network: nn.Module, schedule: Recipe, backbone: str = "backbone"
) -> Iterator[dict[str, Any]]:
    """Head and backbone, each at its rate; biases apart where their rate differs.

    Biases at a rate of their own are not decayed: the published FCN's setting.
    """
    factor, decay = schedule["bias_rate_factor"], schedule["weight_decay"]
    for of_backbone, rate in ((False, schedule["rate"]), (True, schedule["backbone_rate"])):
        named = [
            (name, parameter)
            for name, parameter in network.named_parameters()
            if name.startswith(backbone) == of_backbone and parameter.requires_grad
        ]
        apart = [p for name, p in named if factor != 1 and name.endswith("bias")]
        rest = [p for name, p in named if factor == 1 or not name.endswith("bias")]
        yield {"params": rest, "rate": rate, "weight_decay": decay}
        if apart:
            yield {"params": apart, "rate": factor * rate, "weight_decay": 0.0}
