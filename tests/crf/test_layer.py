"""The torch layer."""

import numpy as np
import pytest
import torch

from figureground.crf import Bilateral, DenseCRF, Gaussian, unary
from figureground.crf.layer import CRFLayer

KERNELS = [Gaussian(1, 3), Bilateral(8, 10, 4)]


@pytest.fixture
def small(scene):
    image, p = scene(6, 7, 3)
    return DenseCRF(image, KERNELS), torch.from_numpy(unary(p)).double()


def test_the_layer_is_the_crf(scene):
    image, p = scene()
    crf = DenseCRF(image, KERNELS)
    q = CRFLayer(4, [3.0, 4.0])(torch.from_numpy(unary(p)), crf)
    np.testing.assert_allclose(q.detach().numpy(), crf(unary(p)), atol=5e-3)


def test_gradients_for_the_unary(small):
    crf, u = small
    layer = CRFLayer(3, [3.0, 4.0], iterations=3).double()
    assert torch.autograd.gradcheck(lambda x: layer(x, crf), u.requires_grad_())


def test_gradients_for_weights_and_compatibility(small):
    crf, u = small
    layer = CRFLayer(3, [3.0, 4.0], iterations=3).double()

    def run(weights, compatibility):
        parameters = {"weights": weights, "compatibility": compatibility}
        return torch.func.functional_call(layer, parameters, (u, crf))

    inputs = tuple(p.detach().clone().requires_grad_() for p in layer.parameters())
    assert torch.autograd.gradcheck(run, inputs)


def test_weights_are_learned(scene):
    image, p = scene()
    truth = torch.from_numpy(p.argmax(axis=0))
    crf, u = DenseCRF(image, KERNELS), torch.from_numpy(unary(p))
    layer = CRFLayer(4, [3.0, 4.0], iterations=3)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.1)
    losses = []
    for _ in range(8):
        loss = torch.nn.functional.nll_loss(layer(u, crf).clamp_min(1e-6).log()[None], truth[None])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
