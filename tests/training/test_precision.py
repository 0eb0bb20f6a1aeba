import pytest
import torch

from figureground.training.precision import Precision, device_of

CPU = torch.device("cpu")


def test_what_overflows_is_left_out() -> None:
    precision = Precision("float16", CPU)
    weight = torch.nn.Parameter(torch.ones(1))
    optimiser = torch.optim.SGD([weight], lr=1.0)
    before = precision.scaler.get_scale()
    precision.backward((weight * float("inf")).sum())
    precision.step(optimiser)
    assert weight.item() == 1
    assert precision.scaler.get_scale() < before


@pytest.mark.parametrize("name", ["float32", "bfloat16", "float16"])
def test_steps_have_the_true_size(name: str) -> None:
    precision = Precision(name, CPU)
    weight = torch.nn.Parameter(torch.ones(1))
    optimiser = torch.optim.SGD([weight], lr=0.5)
    precision.backward((3 * weight).sum())
    precision.step(optimiser)
    assert weight.item() == -0.5


@pytest.mark.parametrize("name", ["float32", "bfloat16", "float16"])
def test_the_network_runs_in_the_precision_asked_for(name: str) -> None:
    layer = torch.nn.Conv2d(1, 1, 1)
    with Precision(name, CPU).cast():
        assert layer(torch.ones(1, 1, 2, 2)).dtype == getattr(torch, name)


def test_auto_is_a_device() -> None:
    assert device_of("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_takes_a_scaled_step() -> None:
    precision = Precision("float16", device_of("cuda"))
    layer = torch.nn.Conv2d(3, 4, 3).to(precision.device)
    optimiser = torch.optim.SGD(layer.parameters(), lr=0.1)
    with precision.cast():
        out = layer(torch.randn(2, 3, 8, 8, device=precision.device))
    precision.backward(out.float().square().mean())
    before = layer.weight.detach().clone()
    precision.step(optimiser)
    assert not torch.equal(layer.weight, before)
