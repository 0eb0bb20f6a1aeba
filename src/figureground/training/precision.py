"""The device that trains, and the precision of its arithmetic.

Weights, their average and the loss stay in float32. In bfloat16 or float16 the network runs under
torch's autocast; float16 has few exponents, so that its loss is scaled up, and steps whose
gradients overflow are left out (Micikevicius et al., "Mixed Precision Training", ICLR 2018).
"""

import os
from contextlib import AbstractContextManager

import torch
from torch import Tensor

from figureground.errors import InputError

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def device_of(name: str) -> torch.device:
    """The device of "auto", "cpu" or "cuda"; of several, the one torchrun gives this process."""
    if name not in ("auto", "cpu", "cuda"):
        raise InputError(f"device: {name!r} is none of auto, cpu, cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("device: no CUDA device is to be seen; use auto or cpu")
    if name == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))


class Precision:
    """What the network computes in, and how its gradients are kept from vanishing."""

    def __init__(self, name: str, device: torch.device) -> None:
        if name not in PRECISIONS:
            raise InputError(f"precision: {name!r} is none of {', '.join(PRECISIONS)}")
        self.dtype, self.device = PRECISIONS[name], device
        scaled = self.dtype == torch.float16
        self.scaler = torch.amp.GradScaler(device.type, enabled=scaled)

    def cast(self) -> AbstractContextManager[object]:
        """Where the network is run."""
        enabled = self.dtype != torch.float32
        return torch.autocast(self.device.type, self.dtype if enabled else None, enabled=enabled)

    def backward(self, loss: Tensor) -> None:
        """Add the gradients of a loss, scaled."""
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]

    def step(self, optimiser: torch.optim.Optimizer, longest: float = 0.0) -> None:
        """Step with the gradients in their true size, unless they overflowed.

        A gradient longer than `longest` is shortened to it; 0 leaves all as they are.
        """
        if longest:
            self.scaler.unscale_(optimiser)
            groups = optimiser.param_groups
            parameters = [parameter for group in groups for parameter in group["params"]]
            torch.nn.utils.clip_grad_norm_(parameters, longest)
        self.scaler.step(optimiser)
        self.scaler.update()
