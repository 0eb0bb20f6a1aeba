"""Dice and Lovász on the shared probability, against their definitions written down plainly."""

import math

import pytest
import torch
from torch import Tensor

from figureground.losses import FusedLoss, fused_loss, positive_sharing_loss

SHARINGS = ["dice", "lovasz"]


def scene(dtype: torch.dtype = torch.float64, scale: float = 2.0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(3, 5, 6, 7, generator=generator, dtype=torch.float64) * scale
    target = torch.randint(0, 5, (3, 6, 7), generator=generator)
    target[0, 0, :3] = 255
    target[2] = 0  # an image without an object
    return scores.to(dtype).requires_grad_(), target


def plain_dice(foreground: Tensor, truth: Tensor) -> Tensor:
    return 1 - (2 * (foreground * truth).sum() + 1) / (foreground.sum() + truth.sum() + 1)


def plain_lovasz(foreground: Tensor, truth: Tensor) -> Tensor:
    """The sum over the sorted errors of each times what its pixel adds to the Jaccard loss."""
    errors = (foreground - truth).abs()
    order = sorted(range(len(errors)), key=lambda k: -float(errors.detach()[k]))
    value, before, wrong = errors.new_zeros(()), 0.0, torch.zeros(len(errors), dtype=torch.bool)
    for k in order:
        wrong[k] = True
        objects = truth > 0
        kept, union = int((objects & ~wrong).sum()), int((objects | wrong).sum())
        jaccard = 1 - kept / union
        value = value + errors[k] * (jaccard - before)
        before = jaccard
    return value


PLAIN = {"dice": plain_dice, "lovasz": plain_lovasz}


def plain(scores: Tensor, target: Tensor, sharing: str) -> Tensor:
    """Each image's value at each of its pixels that count."""
    p0 = scores.softmax(1)[:, 0]
    maps = []
    for q, labels in zip(p0, target, strict=True):
        known = labels != 255
        value = PLAIN[sharing](1 - q[known], (labels[known] > 0).to(q.dtype))
        maps.append(value * known)
    return torch.stack(maps)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("sharing", SHARINGS)
def test_value_and_gradient_are_the_definitions(sharing: str, dtype: torch.dtype) -> None:
    scores, target = scene(dtype)
    exact = scores.detach().double().requires_grad_()
    tolerance = 1e-9 if dtype == torch.float64 else 1e-6
    ours = positive_sharing_loss(scores, target, reduction="none", sharing=sharing)
    expected = plain(exact, target, sharing)
    torch.testing.assert_close(ours.double(), expected, rtol=0, atol=tolerance)
    upstream = torch.rand(3, 6, 7, generator=torch.Generator().manual_seed(1)).double()
    (first,) = torch.autograd.grad((ours * upstream.to(dtype)).sum(), scores)
    (second,) = torch.autograd.grad((expected * upstream).sum(), exact)
    torch.testing.assert_close(first.double(), second, rtol=0, atol=30 * tolerance)


@pytest.mark.parametrize("sharing", SHARINGS)
def test_sharing_is_added_to_the_class_term(sharing: str) -> None:
    scores, target = scene()
    ours = FusedLoss(0.7, 0.3, sharing=sharing)(scores, target)
    counted = (target != 255).sum()
    shared = plain(scores, target, sharing).sum() / counted
    torch.testing.assert_close(ours, 0.7 * fused_loss(scores, target, 1, 0) + 0.3 * shared)


@pytest.mark.parametrize("sharing", SHARINGS)
def test_a_right_network_costs_nothing_and_a_wrong_one_all(sharing: str) -> None:
    target = torch.zeros(1, 8, 8, dtype=torch.int64)
    target[0, 2:6, 2:6] = 1
    right = torch.stack((1 - 2 * target, 2 * target - 1), 1).float() * 1e4
    assert positive_sharing_loss(right, target, sharing=sharing).item() == 0
    wrong = positive_sharing_loss(-right, target, sharing=sharing).item()
    assert wrong == pytest.approx(1 - 1 / 65 if sharing == "dice" else 1)


@pytest.mark.parametrize("sharing", SHARINGS)
@pytest.mark.parametrize("high", [30.0, 1e4])
def test_extreme_scores_have_finite_gradients(sharing: str, high: float) -> None:
    scores = torch.full((1, 3, 2, 2), -high)
    scores[:, 0, 0], scores[:, 1, 1] = high, high
    scores.requires_grad_()
    for label in (0, 1, 255):
        loss = positive_sharing_loss(scores, torch.full((1, 2, 2), label), sharing=sharing)
        (gradient,) = torch.autograd.grad(loss, scores)
        assert math.isfinite(loss.item())
        assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("sharing", SHARINGS)
def test_images_do_not_see_each_other(sharing: str) -> None:
    scores, target = scene()
    together = positive_sharing_loss(scores, target, reduction="none", sharing=sharing)
    for k in range(3):
        alone = positive_sharing_loss(
            scores[k : k + 1], target[k : k + 1], reduction="none", sharing=sharing
        )
        torch.testing.assert_close(alone[0], together[k])


def test_dice_can_be_differentiated_twice() -> None:
    scores, target = scene()
    scores = scores[:1, :3, :2, :4].detach().requires_grad_()
    target = target[:1, :2, :4].clamp(max=2)
    assert torch.autograd.gradgradcheck(
        lambda s: fused_loss(s, target, reduction="none", sharing="dice"), scores
    )
