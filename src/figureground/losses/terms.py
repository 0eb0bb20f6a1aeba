"""The loss of every pixel: the term of its class and the term of its class's group.

With groups g of classes, q_l the softmax of class l within its group and P_g the probability of
group g: p_l = q_l P_g. The class term is -log p_y, the group term -log P_g(y), and

    d/ds_l = q_l ((Ws + Wp) P_g(l) - Wp [g(l) = g(y)]) - Ws [l = y],

which for the groups background and objects is the paper's formula. On the CPU in float32 the
compiled kernel computes it; elsewhere torch does.
"""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from figureground.errors import InputError
from figureground.losses import _native


@dataclass(frozen=True)
class Terms:
    """What the loss is made of."""

    class_share: float
    group_share: float
    ignored: int
    groups: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()

    def with_groups(self, groups: tuple[int, ...], weights: tuple[float, ...]) -> "Terms":
        """The same terms over these groups, with these weights of the classes."""
        return replace(self, groups=groups, weights=weights)

    def native(self) -> _native.GroupLoss:
        """The compiled kernel of these terms."""
        return _native.GroupLoss(
            self.class_share, self.group_share, self.ignored, self.groups, self.weights
        )


def per_pixel(scores: Tensor, target: Tensor, terms: Terms) -> Tensor:
    """The loss of every pixel, (N, H, W), for true classes (N, H, W)."""
    losses: Tensor = _PerPixel.apply(scores, target, terms)  # type: ignore[no-untyped-call]
    return losses


def per_pixel_soft(scores: Tensor, target: Tensor, terms: Terms) -> Tensor:
    """The loss of every pixel, (N, H, W), for probabilities of the classes, (N, C, H, W)."""
    wide = torch.promote_types(scores.dtype, torch.float32)
    weights = torch.tensor(terms.weights, dtype=wide, device=scores.device)
    target = target.to(wide) * weights[:, None, None]
    within, between = _levels(scores.to(wide), terms)
    group = torch.tensor(terms.groups, device=scores.device)
    shared = torch.zeros_like(between).index_add(1, group, target)
    own = -(target * (within + between[:, group])).sum(1)
    return terms.class_share * own - terms.group_share * (shared * between).sum(1)


class _PerPixel(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, scores: Tensor, target: Tensor, terms: Terms) -> Tensor:
        ctx.save_for_backward(scores, target)
        ctx.terms = terms
        return (
            _native_losses(scores, target, terms)
            if _is_native(scores)
            else _losses(scores, target, terms)
        )

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        scores, target = ctx.saved_tensors
        # A second derivative is being prepared: its graph is built of torch's operations.
        if _is_native(scores) and not torch.is_grad_enabled():
            return _native_gradient(scores, target, upstream, ctx.terms), None, None
        return _gradient(scores, target, upstream, ctx.terms), None, None


def _is_native(scores: Tensor) -> bool:
    on_cpu = scores.device.type == "cpu" and scores.dtype == torch.float32
    return on_cpu and not torch.compiler.is_compiling()


def _native_losses(scores: Tensor, target: Tensor, terms: Terms) -> Tensor:
    losses = torch.empty(target.shape)
    bad = terms.native().losses(
        scores.detach().contiguous().flatten(2).numpy(),
        target.contiguous().flatten(1).numpy(),
        losses.flatten(1).numpy(),
        torch.get_num_threads(),
    )
    if bad != terms.ignored:
        raise InputError(f"target: label {bad} does not fit {scores.shape[1]} classes")
    return losses


def _native_gradient(scores: Tensor, target: Tensor, upstream: Tensor, terms: Terms) -> Tensor:
    gradient = torch.empty(scores.shape)
    terms.native().gradient(
        scores.detach().contiguous().flatten(2).numpy(),
        target.contiguous().flatten(1).numpy(),
        upstream.detach().contiguous().flatten(1).numpy(),
        gradient.flatten(2).numpy(),
        torch.get_num_threads(),
    )
    return gradient


def _losses(scores: Tensor, target: Tensor, terms: Terms) -> Tensor:
    counted, label, group, weight = _truth(scores, target, terms)
    within, between = _levels(scores.to(weight.dtype), terms)
    own, shared = within.gather(1, label), between.gather(1, group)
    losses = -terms.class_share * (own + shared) - terms.group_share * shared
    return torch.where(counted, weight * losses, 0.0)[:, 0]


def _gradient(scores: Tensor, target: Tensor, upstream: Tensor, terms: Terms) -> Tensor:
    counted, label, group, weight = _truth(scores, target, terms)
    within, between = _levels(scores.to(weight.dtype), terms)
    both, every = terms.class_share + terms.group_share, torch.tensor(terms.groups).to(label.device)
    truth = torch.zeros_like(between).scatter(1, group, 1.0)
    slope = both * between.exp() - terms.group_share * truth
    own = torch.zeros_like(within).scatter(1, label, terms.class_share)
    gradient = within.exp() * slope[:, every] - own
    factor = torch.where(counted, weight * upstream[:, None], 0.0)
    return (gradient * factor).to(scores.dtype)


def _truth(scores: Tensor, target: Tensor, terms: Terms) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Of every pixel, (N, 1, H, W): whether it counts, its class, its group, its weight."""
    if target.device.type == "cpu" and not torch.compiler.is_compiling():
        wrong = (target != terms.ignored) & ((target < 0) | (target >= scores.shape[1]))
        if wrong.any():
            raise InputError(
                f"target: label {int(target[wrong][0])} does not fit {scores.shape[1]} classes"
            )
    counted = (target != terms.ignored)[:, None]
    label = torch.where(counted, target[:, None], 0)
    wide = torch.promote_types(scores.dtype, torch.float32)
    weights = torch.tensor(terms.weights, dtype=wide, device=scores.device)
    groups = torch.tensor(terms.groups, device=scores.device)
    return counted, label, groups[label], weights[label]


def _levels(scores: Tensor, terms: Terms) -> tuple[Tensor, Tensor]:
    """Log q_l, (N, C, H, W), and log P_g, (N, G, H, W)."""
    groups = torch.tensor(terms.groups, device=scores.device)
    # Log-sum-exps keep their digits only near zero, so the scores are taken from the highest.
    scores = scores - scores.amax(1, keepdim=True).detach()
    parts = [scores[:, groups == g].logsumexp(1) for g in range(max(terms.groups) + 1)]
    levels = torch.stack(parts, 1)
    return scores - levels[:, groups], functional.log_softmax(levels, 1)
