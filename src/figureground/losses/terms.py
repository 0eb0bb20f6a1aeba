"""The losses of every pixel: the term of its class and the term of its class's group.

With groups g of classes, q_l the softmax of class l within its group and P_g the probability of
group g: p_l = q_l P_g. The class term is A = -log p_y, the group term B = -log P_g(y), and for a
loss with the slopes a and b in these two,

    d/ds_l = q_l ((a + b) P_g(l) - b [g(l) = g(y)]) - a [l = y],

which for a = Ws, b = Wp and the groups background and objects is the paper's formula. On the CPU
the compiled kernel computes it in float32, half precisions being widened first; torch computes it
in double precision, on other devices and under `torch.compile`.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from figureground.errors import InputError
from figureground.losses import _native


@dataclass(frozen=True)
class Partition:
    """The group of each class, and the label of pixels that do not count."""

    groups: tuple[int, ...]
    ignored: int

    def members(self) -> list[list[int]]:
        """The classes of each group."""
        every = range(max(self.groups) + 1)
        return [[c for c, group in enumerate(self.groups) if group == g] for g in every]

    def native(self) -> _native.GroupLoss:
        """The compiled kernel of this partition."""
        return _native.GroupLoss(self.ignored, self.groups)


def per_pixel(scores: Tensor, target: Tensor, partition: Partition) -> tuple[Tensor, Tensor]:
    """The class term and the group term, (N, H, W) each, for true classes (N, H, W)."""
    terms: tuple[Tensor, Tensor] = _PerPixel.apply(scores, target, partition)  # type: ignore[no-untyped-call]
    return terms


def per_pixel_soft(scores: Tensor, target: Tensor, partition: Partition) -> tuple[Tensor, Tensor]:
    """The same for weights of the classes, (N, C, H, W), of the scores' precision or wider."""
    within, between = _levels(scores.to(target.dtype), partition)
    shared = torch.stack([target[:, group].sum(1) for group in partition.members()], 1)
    together = within + between[:, list(partition.groups)]
    return -(target * together).sum(1), -(shared * between).sum(1)


class _PerPixel(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, scores: Tensor, target: Tensor, partition: Partition
    ) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(scores, target)
        ctx.partition = partition
        compute = _native_losses if _is_native(scores) else _losses
        return compute(scores, target, partition)

    @staticmethod
    def backward(ctx: Any, of_class: Tensor, of_group: Tensor) -> tuple[Tensor | None, ...]:
        scores, target = ctx.saved_tensors
        # A second derivative is being prepared: its graph is built of torch's operations.
        native = _is_native(scores) and not torch.is_grad_enabled()
        compute = _native_gradient if native else _gradient
        return compute(scores, target, of_class, of_group, ctx.partition), None, None


def _is_native(scores: Tensor) -> bool:
    on_cpu = scores.device.type == "cpu" and scores.dtype != torch.float64
    return on_cpu and not torch.compiler.is_compiling()


def _native_losses(scores: Tensor, target: Tensor, partition: Partition) -> tuple[Tensor, Tensor]:
    of_class, of_group = (scores.new_empty(target.shape, dtype=torch.float32) for _ in range(2))
    bad = partition.native().losses(
        _wide(scores.detach()).contiguous().flatten(2).numpy(),
        target.contiguous().flatten(1).numpy(),
        of_class.flatten(1).numpy(),
        of_group.flatten(1).numpy(),
        torch.get_num_threads(),
    )
    if bad != partition.ignored:
        raise InputError(f"target: label {bad} does not fit {scores.shape[1]} classes")
    return of_class, of_group


def _native_gradient(
    scores: Tensor, target: Tensor, of_class: Tensor, of_group: Tensor, partition: Partition
) -> Tensor:
    gradient = scores.new_empty(scores.shape, dtype=torch.float32)
    partition.native().gradient(
        _wide(scores.detach()).contiguous().flatten(2).numpy(),
        target.contiguous().flatten(1).numpy(),
        of_class.detach().contiguous().flatten(1).numpy(),
        of_group.detach().contiguous().flatten(1).numpy(),
        gradient.flatten(2).numpy(),
        torch.get_num_threads(),
    )
    return gradient.to(scores.dtype)


def _losses(scores: Tensor, target: Tensor, partition: Partition) -> tuple[Tensor, Tensor]:
    counted, label, group = _truth(scores, target, partition)
    within, between = _levels(_wide(scores), partition)
    shared = between.gather(1, group)
    own = within.gather(1, label) + shared
    return torch.where(counted, -own, 0.0)[:, 0], torch.where(counted, -shared, 0.0)[:, 0]


def _gradient(
    scores: Tensor, target: Tensor, of_class: Tensor, of_group: Tensor, partition: Partition
) -> Tensor:
    counted, label, group = _truth(scores, target, partition)
    within, between = _levels(_wide(scores), partition)
    a, b = (torch.where(counted, slope[:, None], 0.0) for slope in (of_class, of_group))
    slope = (a + b) * between.exp() - torch.zeros_like(between).scatter(1, group, b)
    own = torch.zeros_like(within).scatter(1, label, a)
    return (within.exp() * slope[:, list(partition.groups)] - own).to(scores.dtype)


def _truth(scores: Tensor, target: Tensor, partition: Partition) -> tuple[Tensor, Tensor, Tensor]:
    """Of every pixel, (N, 1, H, W): whether it counts, its class, its group."""
    if target.device.type == "cpu" and not torch.compiler.is_compiling():
        wrong = (target != partition.ignored) & ((target < 0) | (target >= scores.shape[1]))
        if wrong.any():
            raise InputError(
                f"target: label {int(target[wrong][0])} does not fit {scores.shape[1]} classes"
            )
    counted = (target != partition.ignored)[:, None]
    label = torch.where(counted, target[:, None], 0)
    return counted, label, torch.tensor(partition.groups, device=scores.device)[label]


def _wide(scores: Tensor) -> Tensor:
    return scores.to(torch.promote_types(scores.dtype, torch.float32))


def _levels(scores: Tensor, partition: Partition) -> tuple[Tensor, Tensor]:
    """Log q_l, (N, C, H, W), and log P_g, (N, G, H, W)."""
    groups, members = list(partition.groups), partition.members()
    # Log-sum-exps keep their digits only near zero, so each group's is taken from its highest.
    highest = torch.stack([scores[:, group].amax(1) for group in members], 1).detach()
    below = scores - highest[:, groups]
    sums = torch.stack([below[:, group].logsumexp(1) for group in members], 1)
    levels = (highest - highest.amax(1, keepdim=True)) + sums
    return below - sums[:, groups], functional.log_softmax(levels, 1)
