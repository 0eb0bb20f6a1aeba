"""The losses of the paper: softmax, positive-sharing, and the two fused.

Source: Liu & Lew, ICIP 2017. All object classes together are one positive class, whose
probability is 1 - p0; the positive-sharing term tells it from the background.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from figureground.arrays import VOID
from figureground.errors import InputError

REDUCTIONS = ("mean", "image", "sum", "none")


def softmax_loss(
    scores: Tensor, target: Tensor, ignore_index: int = VOID, reduction: str = "mean"
) -> Tensor:
    """L0 of the paper, -log p of the true class: cross-entropy. Arguments as in `fused_loss`."""
    return fused_loss(scores, target, 1.0, 0.0, ignore_index, reduction)


def positive_sharing_loss(
    scores: Tensor, target: Tensor, ignore_index: int = VOID, reduction: str = "mean"
) -> Tensor:
    """L1 of the paper: -log p0 on the background, -log(1 - p0) on every object.

    Arguments as in `fused_loss`.
    """
    return fused_loss(scores, target, 0.0, 1.0, ignore_index, reduction)


def fused_loss(
    scores: Tensor,
    target: Tensor,
    softmax_weight: float = 0.5,
    positive_sharing_weight: float = 0.5,
    ignore_index: int = VOID,
    reduction: str = "mean",
) -> Tensor:
    """L = Ws L0 + Wp L1, with the closed-form gradient of the paper.

    Args:
        scores: logits, (N, C, H, W), class 0 = background, C at least 2.
        target: true classes, (N, H, W) int64.
        softmax_weight: Ws.
        positive_sharing_weight: Wp.
        ignore_index: the label of pixels that do not count.
        reduction: "mean" over the pixels that count; "image", the sum over pixels and the mean
            over images, which is the paper's; "sum"; "none", (N, H, W) with 0 where ignored.

    Both terms are right at any score: log(1 - p0) is a difference of two log-sum-exps, and
    p_l / (1 - p0) the softmax over the foreground alone.
    """
    _check(scores, target, ignore_index, reduction)
    losses: Tensor = _Fused.apply(  # type: ignore[no-untyped-call]
        scores, target, softmax_weight, positive_sharing_weight, ignore_index
    )
    if reduction == "none":
        return losses
    total = losses.sum()
    if reduction == "mean":
        return total / (target != ignore_index).sum().clamp(min=1)
    return total / len(scores) if reduction == "image" else total


class FusedLoss(nn.Module):
    """`fused_loss` as a module, with its settings fixed."""

    def __init__(
        self,
        softmax_weight: float = 0.5,
        positive_sharing_weight: float = 0.5,
        ignore_index: int = VOID,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        self.settings = (softmax_weight, positive_sharing_weight, ignore_index, reduction)

    def forward(self, scores: Tensor, target: Tensor) -> Tensor:
        """The loss of scores (N, C, H, W) against classes (N, H, W)."""
        return fused_loss(scores, target, *self.settings)


class _Fused(torch.autograd.Function):
    """The loss of every pixel; keeps the scores and nothing else of their size."""

    @staticmethod
    def forward(
        ctx: Any, scores: Tensor, target: Tensor, ws: float, wp: float, ignore: int
    ) -> Tensor:
        ctx.save_for_backward(scores, target)
        ctx.settings = ws, wp, ignore
        counted = target != ignore
        label = torch.where(counted, target, 0)
        everything = scores.logsumexp(1)
        own = scores.gather(1, label[:, None])[:, 0]
        side = torch.where(label == 0, own, scores[:, 1:].logsumexp(1))
        losses = ws * (everything - own) + wp * (everything - side)
        return torch.where(counted, losses, 0.0)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        """The paper's gradient; made of differentiable operations, so it can be derived again."""
        scores, target = ctx.saved_tensors
        ws, wp, ignore = ctx.settings
        counted = (target != ignore)[:, None]
        label = torch.where(counted, target[:, None], 0)
        shared = wp * (label > 0).to(scores.dtype)
        # On the background the second term is cross-entropy once more.
        own = ws + wp - shared
        truth = torch.zeros_like(scores).scatter(1, label, own)
        within = functional.pad(scores[:, 1:].softmax(1) * shared, (0, 0, 0, 0, 1, 0))
        gradient = (ws + wp) * scores.softmax(1) - truth - within
        return gradient * torch.where(counted, upstream[:, None], 0.0), None, None, None, None


def _check(scores: Tensor, target: Tensor, ignore_index: int, reduction: str) -> None:
    if reduction not in REDUCTIONS:
        raise InputError(f"reduction: {reduction!r} is none of {', '.join(REDUCTIONS)}")
    if scores.ndim != 4 or scores.shape[1] < 2:
        raise InputError(f"scores: expected (N, C >= 2, H, W), got shape {tuple(scores.shape)}")
    expected = (scores.shape[0], *scores.shape[2:])
    if target.shape != expected or target.dtype != torch.int64:
        raise InputError(
            f"target: expected {expected} int64, got {tuple(target.shape)} {target.dtype}"
        )
    if target.device.type == "cpu":
        wrong = (target != ignore_index) & ((target < 0) | (target >= scores.shape[1]))
        if wrong.any():
            raise InputError(
                f"target: label {int(target[wrong][0])} does not fit {scores.shape[1]} classes"
            )
