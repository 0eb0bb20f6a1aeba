import doctest

import numpy as np
import pydensecrf.densecrf as peer
import pytest

import figureground.crf
from figureground.crf import PRESETS, Bilateral, DenseCRF, Gaussian, unary
from figureground.crf.kernels import costs
from figureground.errors import InputError


def brute_force(image, u, kernels, iterations):
    """Mean field with all pairs in float64, as the paper writes it."""
    classes = u.shape[0]
    energies = u.reshape(classes, -1).astype(np.float64)
    q = softmax(-energies)
    matrices = []
    for kernel in kernels:
        f = (
            kernel.features(image, image.shape[:2])
            .reshape(-1, energies.shape[1])
            .astype(np.float64)
        )
        k = np.exp(-0.5 * ((f[:, :, None] - f[:, None, :]) ** 2).sum(axis=0))
        d = 1 / np.sqrt(k.sum(axis=1))
        matrices.append((costs(kernel.compat, classes), d[:, None] * k * d))
    for _ in range(iterations):
        q = softmax(-energies - sum(mu @ (q @ k) for mu, k in matrices))
    return q.reshape(u.shape)


def softmax(scores):
    e = np.exp(scores - scores.max(axis=0))
    return e / e.sum(axis=0)


@pytest.mark.parametrize("preset", ["default", "deeplab-largefov", "pydensecrf-example"])
def test_equals_brute_force_to_the_lattices_error(scene, preset):
    image, p = scene()
    u = unary(p)
    q = DenseCRF(image, PRESETS[preset])(u, iterations=5)
    exact = brute_force(image, u, PRESETS[preset], 5)
    assert np.abs(q - exact).mean() < 2e-2
    assert (q.argmax(axis=0) != exact.argmax(axis=0)).mean() < 0.04


@pytest.mark.parametrize("preset", ["default", "deeplab-largefov", "pydensecrf-example"])
def test_equals_pydensecrf_at_equal_settings(scene, preset):
    image, p = scene(60, 80, seed=1)
    u = unary(p)
    gaussian, bilateral = PRESETS[preset]
    field = peer.DenseCRF2D(80, 60, len(p))
    field.setUnaryEnergy(u.reshape(len(p), -1))
    field.addPairwiseGaussian(sxy=gaussian.sxy, compat=gaussian.compat)
    field.addPairwiseBilateral(
        sxy=bilateral.sxy, srgb=bilateral.srgb, rgbim=image, compat=bilateral.compat
    )
    theirs = np.array(field.inference(10)).reshape(p.shape)
    assert np.abs(DenseCRF(image, preset)(u) - theirs).mean() < 1e-2


def test_results_do_not_depend_on_threads(scene):
    image, p = scene()
    one, two, seven = (DenseCRF(image, threads=n)(unary(p)) for n in (1, 2, 7))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(one, seven)


def test_no_iterations_give_the_softmax_of_the_unary(scene):
    image, p = scene()
    np.testing.assert_allclose(DenseCRF(image)(unary(p), iterations=0), p, atol=3e-4)


def test_objectness_raises_every_object_class_and_not_the_background(scene):
    _, p = scene()
    pos = np.linspace(0, 1, p[0].size, dtype=np.float32).reshape(p.shape[1:])
    plain, raised = unary(p), unary(p, objectness=pos, objectness_weight=2.0)
    np.testing.assert_allclose(raised[0], plain[0])
    np.testing.assert_allclose(raised[1:], plain[1:] - 2 * pos, atol=1e-6)


def test_a_wrong_unary_shape_names_the_fix(scene):
    image, p = scene()
    with pytest.raises(InputError, match=r"transpose\(2, 0, 1\)"):
        DenseCRF(image)(unary(p).transpose(1, 2, 0))


def test_an_asymmetric_compatibility_is_refused(scene):
    image, p = scene()
    kernel = Bilateral(compat=np.arange(16.0).reshape(4, 4))
    with pytest.raises(InputError, match="not symmetric"):
        DenseCRF(image, [Gaussian(), kernel])(unary(p))


def test_an_unknown_preset_names_the_known_ones():
    with pytest.raises(InputError, match="default"):
        DenseCRF(np.zeros((2, 2, 3), np.uint8), "best")


def test_the_doctest_holds():
    assert doctest.testmod(figureground.crf).failed == 0
