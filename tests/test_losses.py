import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from figureground.errors import InputError
from figureground.losses import FusedLoss, fused_loss, positive_sharing_loss, softmax_loss

WEIGHTS = [(1.0, 0.0), (0.0, 1.0), (0.5, 0.5), (0.85, 0.15), (1.0, 2.0)]


def scene(classes: int = 5, seed: int = 0, scale: float = 3.0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(2, classes, 6, 7, generator=generator, dtype=torch.float64) * scale
    target = torch.randint(0, classes, (2, 6, 7), generator=generator)
    target[0, 0, :3] = 255
    return scores.requires_grad_(), target


def plain(scores: Tensor, target: Tensor, ws: float, wp: float) -> Tensor:
    """The paper's definition, written down as it stands."""
    p = scores.softmax(1)
    known = target != 255
    label = torch.where(known, target, 0)
    own = p.gather(1, label[:, None])[:, 0]
    side = torch.where(label == 0, p[:, 0], 1 - p[:, 0])
    return torch.where(known, -ws * own.log() - wp * side.log(), 0.0)


@pytest.mark.parametrize(("ws", "wp"), WEIGHTS)
def test_value_is_the_papers(ws: float, wp: float) -> None:
    scores, target = scene()
    ours = fused_loss(scores, target, ws, wp, reduction="none")
    torch.testing.assert_close(ours, plain(scores, target, ws, wp), rtol=0, atol=1e-9)


@pytest.mark.parametrize(("ws", "wp"), WEIGHTS)
def test_gradient_is_autograds(ws: float, wp: float) -> None:
    scores, target = scene()
    (ours,) = torch.autograd.grad(fused_loss(scores, target, ws, wp, reduction="sum"), scores)
    (theirs,) = torch.autograd.grad(plain(scores, target, ws, wp).sum(), scores)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("ws", "wp"), WEIGHTS)
def test_gradient_is_the_papers_formula(ws: float, wp: float) -> None:
    scores, target = scene()
    (ours,) = torch.autograd.grad(fused_loss(scores, target, ws, wp, reduction="sum"), scores)
    p = scores.detach().softmax(1)
    for n, y, x in torch.cartesian_prod(torch.arange(2), torch.arange(6), torch.arange(7)):
        label, q = int(target[n, y, x]), p[n, :, y, x]
        if label == 255:
            assert not ours[n, :, y, x].any()
            continue
        background = float(label == 0)
        expected = torch.empty_like(q)
        expected[0] = (ws + wp) * (background * (q[0] - 1) + (1 - background) * q[0])
        for k in range(1, len(q)):
            expected[k] = (ws + wp * background) * q[k] - ws * float(label == k)
            expected[k] -= wp * (1 - background) * q[0] * q[k] / (1 - q[0])
        torch.testing.assert_close(ours[n, :, y, x], expected, rtol=0, atol=1e-9)


def test_without_the_second_term_it_is_cross_entropy() -> None:
    scores, target = scene()
    theirs = functional.cross_entropy(scores, target, ignore_index=255)
    torch.testing.assert_close(softmax_loss(scores, target), theirs)
    torch.testing.assert_close(fused_loss(scores, target, 1.0, 0.0), theirs)


def test_with_one_object_class_both_terms_are_equal() -> None:
    scores, target = scene(classes=2)
    torch.testing.assert_close(softmax_loss(scores, target), positive_sharing_loss(scores, target))


def test_reductions() -> None:
    scores, target = scene()
    each = fused_loss(scores, target, reduction="none")
    counted = (target != 255).sum()
    torch.testing.assert_close(fused_loss(scores, target), each.sum() / counted)
    torch.testing.assert_close(fused_loss(scores, target, reduction="sum"), each.sum())
    torch.testing.assert_close(fused_loss(scores, target, reduction="image"), each.sum() / 2)
    torch.testing.assert_close(FusedLoss(reduction="sum")(scores, target), each.sum())


def test_all_void_is_zero_with_no_gradient() -> None:
    scores, target = scene()
    loss = fused_loss(scores, torch.full_like(target, 255))
    (gradient,) = torch.autograd.grad(loss, scores)
    assert loss == 0
    assert not gradient.any()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("high", [30.0, 200.0, 1e4])
def test_extreme_scores_stay_exact(high: float, dtype: torch.dtype) -> None:
    # p0 is 1 to the last bit, yet log(1 - p0) is -high + log 2.
    scores = torch.tensor([high, 0.0, 0.0], dtype=dtype).reshape(1, 3, 1, 1).requires_grad_()
    target = torch.ones(1, 1, 1, dtype=torch.int64)
    loss = positive_sharing_loss(scores, target)
    assert loss.item() == pytest.approx(high - math.log(2), rel=1e-6)
    (gradient,) = torch.autograd.grad(loss, scores)
    expected = torch.tensor([1.0, -0.5, -0.5], dtype=dtype).reshape(1, 3, 1, 1)
    torch.testing.assert_close(gradient, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("label", [0, 1, 2])
def test_all_signs_of_extreme_scores_are_finite(label: int) -> None:
    for signs in ((1, -1, -1), (-1, 1, 1), (-1, -1, 1), (1, 1, 1), (-1, -1, -1)):
        scores = (torch.tensor(signs).float() * 1e4).reshape(1, 3, 1, 1).requires_grad_()
        loss = fused_loss(scores, torch.full((1, 1, 1), label))
        (gradient,) = torch.autograd.grad(loss, scores)
        assert torch.isfinite(loss)
        assert torch.isfinite(gradient).all()
        assert abs(float(gradient.sum())) < 1e-6


@pytest.mark.parametrize(("ws", "wp"), WEIGHTS)
def test_second_derivatives_are_right(ws: float, wp: float) -> None:
    scores, target = scene(classes=3)
    scores = scores[:1, :, :2, :4].detach().requires_grad_()
    assert torch.autograd.gradgradcheck(
        lambda s: fused_loss(s, target[:1, :2, :4], ws, wp, reduction="none"), scores
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reduction": "total"}, "reduction: 'total' is none of mean, image, sum, none"),
        ({"scores": torch.zeros(2, 1, 6, 7)}, "scores: expected"),
        ({"target": torch.zeros(2, 6, 7)}, "target: expected"),
        ({"target": torch.full((2, 6, 7), 9)}, "label 9 does not fit 5 classes"),
        ({"target": torch.full((2, 6, 7), -1)}, "label -1 does not fit"),
    ],
)
def test_wrong_arguments_are_named(change: dict[str, object], message: str) -> None:
    scores, target = scene()
    arguments = {"scores": scores, "target": target, **change}
    with pytest.raises(InputError, match=message):
        fused_loss(**arguments)  # type: ignore[arg-type]
