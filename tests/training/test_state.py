import numpy as np
import pytest
import torch

from figureground.errors import InputError
from figureground.networks import fcn
from figureground.training.precision import Precision
from figureground.training.segmentation import DEFAULTS, at_labels
from figureground.training.state import State, parameter_groups

CPU = Precision("float32", torch.device("cpu"))
SCHEDULE = DEFAULTS["schedule"] | {"epochs": 2, "warm_up": 4}


def test_head_and_backbone_have_their_rates() -> None:
    state = State(fcn(), SCHEDULE, per_epoch=10, precision=CPU)
    rates = []
    for state.step in (0, 3, 10, 19):
        state.set_rates()
        rates.append([group["lr"] for group in state.optimiser.param_groups])
    assert rates[0] == pytest.approx([2.5e-4, 5e-5])
    assert rates[1] == pytest.approx([1e-3 * (1 - 3 / 20) ** 0.9, 2e-4 * (1 - 3 / 20) ** 0.9])
    assert rates[2] == pytest.approx([1e-3 * 0.5**0.9, 2e-4 * 0.5**0.9])
    assert 0 < rates[3][0] < 1e-3 * 0.1


def test_no_power_is_a_fixed_rate() -> None:
    state = State(fcn(), SCHEDULE | {"power": 0.0, "warm_up": 0}, per_epoch=10, precision=CPU)
    for state.step in (0, 10, 19):
        state.set_rates()
        assert [group["lr"] for group in state.optimiser.param_groups] == [1e-3, 2e-4]


def test_published_biases_learn_twice_as_fast_and_do_not_decay() -> None:
    network = fcn("vgg16", stride=32, classes=3)
    schedule = SCHEDULE | {"bias_rate_factor": 2.0, "rate": 1.0, "backbone_rate": 0.5}
    groups = list(parameter_groups(network, schedule))
    assert [group["rate"] for group in groups] == [1.0, 2.0, 0.5, 1.0]
    assert [group["weight_decay"] for group in groups] == [1e-2, 0.0, 1e-2, 0.0]
    learned = [p for p in network.parameters() if p.requires_grad]
    assert sum(len(group["params"]) for group in groups) == len(learned)


def test_unknown_optimiser() -> None:
    with pytest.raises(InputError, match="'lion' is none of adamw, sgd"):
        State(fcn(), SCHEDULE | {"optimiser": "lion"}, per_epoch=1, precision=CPU)


def test_cosine_decay_ends_at_nothing() -> None:
    schedule = SCHEDULE | {"decay": "cosine", "rate": 1.0, "backbone_rate": 0.5}
    state = State(fcn(), schedule, per_epoch=10, precision=CPU)
    rates = []
    for state.step in (0, 10, 20):
        state.set_rates()
        rates.append([group["lr"] for group in state.optimiser.param_groups])
    assert np.array(rates) == pytest.approx(np.array([[0.25, 0.125], [0.5, 0.25], [0, 0]]))
    with pytest.raises(InputError, match="'linear' is none of poly, cosine"):
        State(fcn(), SCHEDULE | {"decay": "linear"}, per_epoch=1, precision=CPU)


@pytest.mark.parametrize(("clip", "step"), [(0.0, 10.0), (1.0, 1.0)])
def test_long_gradients_are_clipped(clip: float, step: float) -> None:
    network = torch.nn.Linear(1, 1, bias=False)
    schedule = {"optimiser": "sgd", "rate": 1.0, "warm_up": 0, "clip": clip, "weight_decay": 0.0}
    state = State(network, SCHEDULE | schedule, per_epoch=10, precision=CPU)
    before = network.weight.item()
    network(torch.full((1, 1), 10.0)).sum().backward()
    state.advance()
    assert before - network.weight.item() == pytest.approx(step)


def test_frozen_weights_stay_bit_for_bit() -> None:
    network = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
    frozen = network[0].requires_grad_(False).weight
    frozen[0, 0] = -0.0
    state = State(network, SCHEDULE, per_epoch=10, precision=CPU)
    network(torch.ones(1, 2)).sum().backward()
    state.advance()
    assert torch.equal(state.average["0.weight"].signbit(), frozen.signbit())
    assert not torch.equal(state.average["1.weight"], network[1].weight)


def test_average_begins_as_the_plain_mean() -> None:
    network = torch.nn.Linear(1, 1)
    state = State(network, SCHEDULE, per_epoch=10, precision=CPU)
    seen = [network.weight.item()]
    for _ in range(3):
        network(torch.ones(1, 1)).sum().backward()
        state.advance()
        seen.append(network.weight.item())
    assert state.average["weight"].item() == pytest.approx(sum(seen) / 4)


@pytest.mark.parametrize("side", [4, 8, 32])
def test_scores_meet_the_labels(side: int) -> None:
    ramp = (torch.arange(side) + 0.5) * (32 / side)
    scores = ramp.expand(1, 1, side, side)
    met = at_labels(scores, torch.zeros(1, 8, 8))
    assert met.shape == (1, 1, 8, 8)
    centres = (torch.arange(8) + 0.5) * 4
    assert (met[0, 0, 0, 1:-1] - centres[1:-1]).abs().max() <= 0.5
