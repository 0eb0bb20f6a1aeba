import numpy as np
import pydensecrf.densecrf as theirs
import pydensecrf.utils as their_utils
import pytest

import figureground.pydensecrf.densecrf as ours
import figureground.pydensecrf.utils as our_utils
from figureground.errors import InputError

H, W, C = 40, 56, 4


@pytest.fixture
def scene():
    rng = np.random.default_rng(3)
    rows, columns = np.indices((H, W))
    truth = (columns * 2 // W) + 2 * (rows * 2 // H)
    image = rng.integers(30, 225, (C, 3))[truth] + rng.normal(0, 6, (H, W, 3))
    p = np.exp(np.eye(C)[truth] * 1.5 + rng.normal(size=(H, W, C))).transpose(2, 0, 1)
    p = np.ascontiguousarray(p / p.sum(axis=0), np.float32)
    return np.clip(image, 0, 255).astype(np.uint8), p


def program(dcrf, utils, scene, compat=4):
    image, p = scene
    d = dcrf.DenseCRF2D(W, H, C)
    d.setUnaryEnergy(utils.unary_from_softmax(p))
    d.addPairwiseGaussian(sxy=(3, 3), compat=3)
    d.addPairwiseBilateral(sxy=(30, 30), srgb=(13, 13, 13), rgbim=image, compat=compat)
    return d


def test_inference_gives_pydensecrfs_marginals(scene):
    a = np.array(program(ours, our_utils, scene).inference(5))
    b = np.array(program(theirs, their_utils, scene).inference(5))
    assert a.shape == b.shape
    assert np.abs(a - b).mean() < 1e-2


@pytest.mark.parametrize("compat", [-np.arange(1.0, 5), 4 * (1 - np.eye(4)) - 2])
def test_array_compatibilities_have_pydensecrfs_sign(scene, compat):
    compat = compat.astype(np.float32)
    a = np.array(program(ours, our_utils, scene, compat).inference(5))
    b = np.array(program(theirs, their_utils, scene, compat).inference(5))
    assert np.abs(a - b).mean() < 1e-2


def test_steps_are_inference(scene):
    d = program(ours, our_utils, scene)
    q, first, second = d.startInference()
    before = d.klDivergence(q)
    for _ in range(5):
        d.stepInference(q, first, second)
    np.testing.assert_allclose(np.array(q), np.array(d.inference(5)), atol=2e-3)
    assert d.klDivergence(q) < before


def test_a_crf_of_features(scene):
    image, p = scene
    results = []
    for dcrf, utils in ((ours, our_utils), (theirs, their_utils)):
        d = dcrf.DenseCRF(H * W, C)
        d.setUnaryEnergy(utils.unary_from_softmax(p))
        features = utils.create_pairwise_bilateral((30, 30), (13, 13, 13), image, chdim=2)
        d.addPairwiseEnergy(features, compat=5)
        d.addPairwiseEnergy(utils.create_pairwise_gaussian((3, 3), (H, W)), compat=3)
        results.append(np.array(d.inference(5)))
    assert np.abs(results[0] - results[1]).mean() < 1e-2


def test_the_helpers_give_the_same_arrays(scene):
    image, p = scene
    labels = p.argmax(axis=0)
    for name, arguments in {
        "unary_from_labels": (labels, C, 0.7),
        "unary_from_softmax": (p, 0.8),
        "create_pairwise_gaussian": ((2, 5), (H, W)),
        "create_pairwise_bilateral": ((2, 5), (3, 4, 5), image, 2),
    }.items():
        a, b = getattr(our_utils, name)(*arguments), getattr(their_utils, name)(*arguments)
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6, err_msg=name)


def test_a_unary_of_the_wrong_shape_is_refused():
    with pytest.raises(InputError, match="setUnaryEnergy"):
        ours.DenseCRF2D(4, 3, 2).setUnaryEnergy(np.zeros((2, 3, 4), np.float32))
