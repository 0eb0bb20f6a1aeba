"""The fused loss, L = Ws L0 + Wp L1, for the user."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from figureground.arrays import VOID
from figureground.errors import InputError
from figureground.losses.sharing import PER_IMAGE
from figureground.losses.terms import Partition, per_pixel, per_pixel_soft

REDUCTIONS = ("mean", "image", "sum", "none")
SHARINGS = ("log", *PER_IMAGE)


def softmax_loss(
    scores: Tensor, target: Tensor, ignore_index: int = VOID, reduction: str = "mean"
) -> Tensor:
    """L0 of the paper, -log p of the true class: cross-entropy. Arguments as in `fused_loss`."""
    return fused_loss(scores, target, 1.0, 0.0, ignore_index, reduction)


def positive_sharing_loss(
    scores: Tensor,
    target: Tensor,
    ignore_index: int = VOID,
    reduction: str = "mean",
    *,
    sharing: str = "log",
) -> Tensor:
    """L1 of the paper: -log p0 on the background, -log(1 - p0) on every object.

    Arguments as in `fused_loss`.
    """
    return fused_loss(scores, target, 0.0, 1.0, ignore_index, reduction, sharing=sharing)


def fused_loss(
    scores: Tensor,
    target: Tensor,
    softmax_weight: float = 0.5,
    positive_sharing_weight: float = 0.5,
    ignore_index: int = VOID,
    reduction: str = "mean",
    *,
    groups: Sequence[int] | None = None,
    class_weights: Sequence[float] | None = None,
    sharing: str = "log",
) -> Tensor:
    """L = Ws L0 + Wp L1, with the closed-form gradient of the paper.

    Args:
        scores: logits, (N, C, H, W), class 0 = background, C at least 2.
        target: true classes, (N, H, W) int64; or their probabilities, (N, C, H, W), where a pixel
            of zeros does not count.
        softmax_weight: Ws.
        positive_sharing_weight: Wp.
        ignore_index: the label of pixels that do not count.
        reduction: "mean" over the pixels that count, by their weights; "image", the sum over
            pixels and the mean over images, which is the paper's; "sum"; "none", (N, H, W) with 0
            where ignored.
        groups: the group of each class, numbered from 0. L1 is -log of the probability of the
            true class's group. By default the background is one group and all objects the other.
        class_weights: a factor for the pixels of each class, positive; 1 by default.
        sharing: the form of L1. "log" is the paper's. "dice" and "lovasz" compare the foreground's
            probability, that of all groups but the background's, with the objects of a whole image
            (`losses.sharing`); an image's value counts for each of its pixels that count. They
            need labels, and at most two groups.

    Both terms are right at any finite score: all differences are taken before any exponential.
    Forward and backward each pass once over the scores, and nothing of their size is kept but
    they themselves. It can be differentiated twice. Scores in half precision give a loss in
    float32.
    """
    _check_scores(scores)
    _check_choice("reduction", reduction, REDUCTIONS)
    _check_choice("sharing", sharing, SHARINGS)
    partition = Partition(_groups(groups, scores.shape[1]), ignore_index)
    wide = torch.promote_types(scores.dtype, torch.float32)
    weights = None
    if class_weights is not None:
        weights = torch.tensor(_weights(class_weights, scores), dtype=wide, device=scores.device)
    soft = target.is_floating_point()
    _check_target(scores, target, soft)
    if sharing != "log" and (soft or max(partition.groups) > 1):
        raise InputError(f"sharing: {sharing!r} needs labels as target, and at most two groups")
    if soft:
        target = target.to(wide) * (1.0 if weights is None else weights[:, None, None])
        of_class, of_group = per_pixel_soft(scores, target, partition)
        counted = target.sum(1)
    else:
        of_class, of_group = per_pixel(scores, target, partition)
        counted = target != ignore_index
        if sharing != "log":
            of_group = _whole_images(of_group, target, counted, partition, sharing)
    if weights is not None and not soft:
        counted = weights[torch.where(counted, target, 0)] * counted
        of_class, of_group = of_class * counted, of_group * counted
    if reduction == "none":
        return softmax_weight * of_class + positive_sharing_weight * of_group
    # Summed before they are weighted: two numbers, not two maps.
    total = softmax_weight * of_class.sum() + positive_sharing_weight * of_group.sum()
    if reduction == "mean":
        return total / counted.sum().to(total.dtype).clamp(min=1e-12)
    return total / len(scores) if reduction == "image" else total


def _whole_images(
    of_group: Tensor, target: Tensor, counted: Tensor, partition: Partition, sharing: str
) -> Tensor:
    """Each image's Dice or Lovász loss, at its pixels that count."""
    group = torch.tensor(partition.groups, device=target.device)
    objects = group[torch.where(counted, target, 0)] != partition.groups[0]
    return PER_IMAGE[sharing](of_group, objects, counted)[:, None, None] * counted


class FusedLoss(nn.Module):
    """`fused_loss` as a module, with its settings fixed."""

    def __init__(
        self,
        softmax_weight: float = 0.5,
        positive_sharing_weight: float = 0.5,
        ignore_index: int = VOID,
        reduction: str = "mean",
        *,
        groups: Sequence[int] | None = None,
        class_weights: Sequence[float] | None = None,
        sharing: str = "log",
    ) -> None:
        super().__init__()
        self.settings = (softmax_weight, positive_sharing_weight, ignore_index, reduction)
        self.groups, self.class_weights, self.sharing = groups, class_weights, sharing

    def forward(self, scores: Tensor, target: Tensor) -> Tensor:
        """The loss of scores (N, C, H, W) against classes (N, H, W)."""
        return fused_loss(
            scores,
            target,
            *self.settings,
            groups=self.groups,
            class_weights=self.class_weights,
            sharing=self.sharing,
        )


def _check_scores(scores: Tensor) -> None:
    if scores.ndim != 4 or scores.shape[1] < 2:
        raise InputError(f"scores: expected (N, C >= 2, H, W), got shape {tuple(scores.shape)}")
    if not scores.is_floating_point():
        raise InputError(f"scores: expected floating point, got {scores.dtype}")


def _check_choice(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InputError(f"{name}: {value!r} is none of {', '.join(known)}")


def _groups(groups: Sequence[int] | None, classes: int) -> tuple[int, ...]:
    if groups is None:
        return (0, *[1] * (classes - 1))
    if len(groups) != classes or set(groups) != set(range(len(set(groups)))):
        raise InputError(
            f"groups: expected the group of each of {classes} classes, numbered from 0 without "
            f"a gap; got {list(groups)}"
        )
    return tuple(groups)


def _weights(weights: Sequence[float], scores: Tensor) -> list[float]:
    if len(weights) != scores.shape[1] or not all(0 < weight < float("inf") for weight in weights):
        raise InputError(f"class_weights: expected {scores.shape[1]} positive numbers")
    return [float(weight) for weight in weights]


def _check_target(scores: Tensor, target: Tensor, soft: bool) -> None:
    pixels = (scores.shape[0], *scores.shape[2:])
    if soft and target.shape != scores.shape:
        raise InputError(
            f"target: probabilities must have the scores' shape {tuple(scores.shape)}, "
            f"got {tuple(target.shape)}"
        )
    if not soft and (target.shape != pixels or target.dtype != torch.int64):
        raise InputError(
            f"target: expected {pixels} int64, got {tuple(target.shape)} {target.dtype}"
        )
