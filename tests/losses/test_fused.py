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


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
@pytest.mark.parametrize("label", [0, 1, 2])
def test_all_signs_of_extreme_scores_are_finite(label: int, dtype: torch.dtype) -> None:
    for signs in ((1, -1, -1), (-1, 1, 1), (-1, -1, 1), (1, 1, 1), (-1, -1, -1)):
        scores = (torch.tensor(signs).to(dtype) * 1e4).reshape(1, 3, 1, 1).requires_grad_()
        loss = fused_loss(scores, torch.full((1, 1, 1), label))
        (gradient,) = torch.autograd.grad(loss, scores)
        assert torch.isfinite(loss)
        assert torch.isfinite(gradient).all()
        assert abs(float(gradient.sum())) < 8 * torch.finfo(dtype).eps


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
        ({"target": torch.zeros(2, 6, 7, dtype=torch.int32)}, "target: expected"),
        ({"target": torch.full((2, 6, 7), 9)}, "label 9 does not fit 5 classes"),
        ({"target": torch.full((2, 6, 7), -1)}, "label -1 does not fit"),
        ({"target": torch.zeros(2, 4, 6, 7)}, "must have the scores' shape"),
        ({"groups": (0, 1, 3, 1, 1)}, "groups: expected"),
        ({"groups": (0, 1)}, "groups: expected"),
        ({"sharing": "tversky"}, "sharing: 'tversky' is none of log, dice, lovasz"),
        ({"sharing": "dice", "groups": (0, 1, 1, 2, 2)}, "at most two groups"),
        ({"sharing": "lovasz", "target": torch.zeros(2, 5, 6, 7)}, "needs labels"),
        ({"class_weights": (1, 1, 1, 1, 0)}, "class_weights: expected 5 positive numbers"),
    ],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_wrong_arguments_are_named(
    change: dict[str, object], message: str, dtype: torch.dtype
) -> None:
    scores, target = scene()
    arguments = {"scores": scores.to(dtype), "target": target, **change}
    with pytest.raises(InputError, match=message):
        fused_loss(**arguments)  # type: ignore[arg-type]


GROUPS = (0, 1, 2, 1, 2)


@pytest.mark.parametrize("groups", [None, GROUPS, (0, 1, 2, 3, 4), (0, 0, 0, 0, 0)])
@pytest.mark.parametrize("weights", [None, (0.5, 1.0, 2.0, 3.0, 0.1)])
def test_groups_and_class_weights(groups: tuple[int, ...], weights: tuple[float, ...]) -> None:
    scores, target = scene()
    ours = fused_loss(
        scores, target, 0.7, 0.4, reduction="none", groups=groups, class_weights=weights
    )
    p, of = scores.softmax(1), torch.tensor(groups or (0, 1, 1, 1, 1))
    label = torch.where(target == 255, 0, target)
    same = (of[label][:, None] == of[None, :, None, None]).double()
    expected = -0.7 * p.gather(1, label[:, None])[:, 0].log() - 0.4 * (p * same).sum(1).log()
    expected = expected * torch.tensor(weights or (1.0,) * 5, dtype=p.dtype)[label]
    expected = torch.where(target == 255, 0.0, expected)
    torch.testing.assert_close(ours, expected, rtol=0, atol=1e-9)
    (first,) = torch.autograd.grad(ours.sum(), scores)
    (second,) = torch.autograd.grad(expected.sum(), scores)
    torch.testing.assert_close(first, second, rtol=0, atol=1e-9)


def test_weighted_mean_is_cross_entropys() -> None:
    scores, target = scene()
    weights = (0.5, 1.0, 2.0, 3.0, 0.1)
    theirs = functional.cross_entropy(
        scores, target, torch.tensor(weights, dtype=scores.dtype), ignore_index=255
    )
    torch.testing.assert_close(fused_loss(scores, target, 1, 0, class_weights=weights), theirs)


def test_one_hot_probabilities_are_labels() -> None:
    scores, target = scene()
    known = target != 255
    soft = functional.one_hot(torch.where(known, target, 0), 5).permute(0, 3, 1, 2).double()
    soft = soft * known[:, None]
    settings = {"groups": GROUPS, "class_weights": (0.5, 1.0, 2.0, 3.0, 0.1)}
    torch.testing.assert_close(
        fused_loss(scores, soft, 0.7, 0.4, **settings),
        fused_loss(scores, target, 0.7, 0.4, **settings),
    )


def test_soft_targets_mix_linearly() -> None:
    scores, first = scene()
    _, second = scene(seed=1)
    first, second = first.clamp(max=4), second.clamp(max=4)
    one_hot = [functional.one_hot(t, 5).permute(0, 3, 1, 2).double() for t in (first, second)]
    mixed = fused_loss(scores, 0.3 * one_hot[0] + 0.7 * one_hot[1])
    torch.testing.assert_close(
        mixed, 0.3 * fused_loss(scores, first) + 0.7 * fused_loss(scores, second)
    )


def test_soft_targets_at_extreme_scores() -> None:
    scores = torch.tensor([1e4, -1e4, -1e4]).reshape(1, 3, 1, 1).requires_grad_()
    target = torch.tensor([0.5, 0.25, 0.25]).reshape(1, 3, 1, 1)
    loss = positive_sharing_loss(scores, target)
    assert loss.item() == pytest.approx(0.5 * (2e4 - math.log(2)), rel=1e-6)
    (gradient,) = torch.autograd.grad(loss, scores)
    expected = torch.tensor([0.5, -0.25, -0.25]).reshape(1, 3, 1, 1)
    torch.testing.assert_close(gradient, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (16, 16), (17, 61), (40, 33)])
@pytest.mark.parametrize("groups", [None, (0, 1, 2, 3, 1, 2, 3)])
def test_compiled_kernel_equals_double_precision(
    size: tuple[int, int], groups: tuple[int, ...] | None
) -> None:
    generator = torch.Generator().manual_seed(3)
    scores = torch.randn(2, 7, *size, generator=generator) * 8
    target = torch.randint(0, 7, (2, *size), generator=generator)
    target[1, 0, 0] = 255
    upstream = torch.rand(2, *size, generator=generator)
    results = []
    for dtype in (torch.float32, torch.float64):
        s = scores.to(dtype).requires_grad_()
        weights = (1.0, 2.0, 0.5, 1.0, 1.0, 3.0, 1.0)
        losses = fused_loss(
            s, target, 0.85, 0.15, reduction="none", groups=groups, class_weights=weights
        )
        (gradient,) = torch.autograd.grad((losses * upstream.to(dtype)).sum(), s)
        results.append((losses.double(), gradient.double()))
    for ours, exact in zip(*results, strict=True):
        torch.testing.assert_close(ours, exact, rtol=1e-6, atol=1e-6)


def test_threads_change_nothing() -> None:
    scores, target = torch.randn(2, 5, 37, 41) * 5, torch.randint(0, 5, (2, 37, 41))
    threads, results = torch.get_num_threads(), []
    try:
        for number in (1, 2, 7):
            torch.set_num_threads(number)
            s = scores.clone().requires_grad_()
            losses = fused_loss(s, target, reduction="none")
            results.append((losses.detach(), torch.autograd.grad(losses.sum(), s)[0]))
    finally:
        torch.set_num_threads(threads)
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


def test_layout_of_the_scores_does_not_matter() -> None:
    scores, target = torch.randn(2, 5, 8, 9), torch.randint(0, 5, (2, 8, 9))
    strided = scores.to(memory_format=torch.channels_last)
    assert torch.equal(fused_loss(scores, target), fused_loss(strided, target))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("groups", [None, GROUPS])
def test_half_precision_is_computed_wide(dtype: torch.dtype, groups: tuple[int, ...]) -> None:
    scores, target = scene()
    half = scores.detach().to(dtype).requires_grad_()
    wide = half.detach().double().requires_grad_()
    ours, exact = (fused_loss(s, target, reduction="sum", groups=groups) for s in (half, wide))
    assert ours.dtype == torch.float32
    assert ours.item() == pytest.approx(exact.item(), rel=1e-6)
    (gradient,) = torch.autograd.grad(ours, half)
    (expected,) = torch.autograd.grad(exact, wide)
    assert gradient.dtype == dtype
    torch.testing.assert_close(gradient.double(), expected, rtol=torch.finfo(dtype).eps, atol=1e-6)


def test_torchs_default_type_does_not_matter() -> None:
    scores, target = torch.randn(2, 5, 6, 7), torch.randint(0, 5, (2, 6, 7))
    expected = fused_loss(scores, target)
    torch.set_default_dtype(torch.float64)
    try:
        assert torch.equal(fused_loss(scores, target), expected)
    finally:
        torch.set_default_dtype(torch.float32)


def test_very_small_losses_keep_their_digits() -> None:
    # p0 -> 1 on the background and p0 -> 0 on an object, with scores of 1e4 and a margin of 12.
    expected = math.log1p(math.exp(-12))
    for label in (0, 1):
        scores = torch.full((1, 2, 1, 1), 1e4 - 12)
        scores[0, label] = 1e4
        loss = positive_sharing_loss(scores, torch.full((1, 1, 1), label))
        assert loss.item() == pytest.approx(expected, abs=1e-6)
