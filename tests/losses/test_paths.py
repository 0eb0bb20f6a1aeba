"""Where and how the losses are computed: compiled, on other devices, within the memory."""

from pathlib import Path
from runpy import run_path

import pytest
import torch

from figureground.losses import fused_loss

CLASSES = 5
SETTINGS = [
    {},
    {"groups": (0, 1, 2, 1, 2)},
    {"class_weights": (1.0, 2.0, 3.0, 4.0, 5.0)},
    {"reduction": "image", "sharing": "dice"},
    {"sharing": "lovasz"},
]


def scene(side: int = 7) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores of a few units, in two rows of the second image of 1e4."""
    generator = torch.Generator().manual_seed(0)
    scores = 3 * torch.randn(2, CLASSES, side, side, generator=generator)
    target = torch.randint(0, CLASSES, (2, side, side), generator=generator)
    target[0, 0] = 255
    signs = torch.cartesian_prod(*[torch.tensor([-1e4, 1e4])] * CLASSES)
    scores[1, :, :2, :side] = signs[torch.arange(2 * side) % 32].T.reshape(CLASSES, 2, side)
    return scores.requires_grad_(), target


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_torch_compiles_it_as_one_graph(settings: dict[str, object]) -> None:
    scores, target = scene()
    soft = torch.rand(scores.shape)
    compiled = torch.compile(
        lambda s, t: fused_loss(s, t, **settings), backend="aot_eager", fullgraph=True
    )
    for truth in (target,) if "sharing" in settings else (target, soft):
        ours, eager = compiled(scores, truth), fused_loss(scores, truth, **settings)
        torch.testing.assert_close(ours, eager, rtol=1e-6, atol=1e-6)
        ours, eager = (torch.autograd.grad(loss, scores)[0] for loss in (ours, eager))
        torch.testing.assert_close(ours, eager, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_another_device_is_never_read_back(settings: dict[str, object], dtype: torch.dtype) -> None:
    """The meta device has no values: whatever looks at them, or is the CPU's alone, fails."""
    with torch.device("meta"):
        scores = torch.empty(2, CLASSES, 6, 7, dtype=dtype, requires_grad=True)
        target = torch.empty(2, 6, 7, dtype=torch.int64)
    loss = fused_loss(scores, target, **settings)
    (gradient,) = torch.autograd.grad(loss, scores)
    assert (loss.device.type, loss.dtype) == ("meta", torch.float32)
    assert (gradient.shape, gradient.dtype) == (scores.shape, dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_nothing_of_the_scores_size_is_kept_but_they(dtype: torch.dtype) -> None:
    scores, target = scene()
    given, kept = scores.detach().to(dtype).requires_grad_(), []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        fused_loss(given, target, class_weights=SETTINGS[2]["class_weights"])
    large = {tensor.data_ptr() for tensor in kept if tensor.numel() >= given.numel()}
    assert large == {given.data_ptr()}


def test_memory_beyond_scores_and_gradient_is_less_than_the_scores() -> None:
    peak = run_path(str(Path(__file__).parents[2] / "benchmarks/losses.py"))["peak"]
    assert -1 < peak(fused_loss, *scene(side=64)) <= 1
