"""Kernels of every dimension and form against all pairs."""

import numpy as np
import pytest

from figureground.crf import (
    Bilateral,
    DenseCRF,
    ExactCRF,
    Features,
    Gaussian,
    error_estimate,
    unary,
)
from figureground.errors import InputError


@pytest.mark.parametrize("dimensions", range(1, 9))
def test_the_lattice_in_any_dimension(dimensions):
    rng = np.random.default_rng(dimensions)
    kernels = [Features(rng.normal(size=(dimensions, 30, 40)), 1.0)]
    values = rng.random((3, 30, 40)).astype(np.float32)
    fast = DenseCRF(None, kernels, shape=(30, 40)).filter(0, values)
    exact = ExactCRF(None, kernels, shape=(30, 40)).filter(0, values)
    assert np.linalg.norm(fast - exact) / np.linalg.norm(exact) < 0.02 * (1 + dimensions)


@pytest.mark.parametrize("sigma", [0.3, 1.0, 3.0, 7.5, 40.0])
def test_the_separable_gaussian_is_within_one_percent(sigma):
    values = np.random.default_rng(0).random((3, 33, 47)).astype(np.float32)
    fast = DenseCRF(None, [Gaussian(sigma)], shape=(33, 47)).filter(0, values)
    exact = ExactCRF(None, [Gaussian(sigma)], shape=(33, 47)).filter(0, values)
    assert np.linalg.norm(fast - exact) / np.linalg.norm(exact) < 0.01


@pytest.mark.parametrize("normalization", ["symmetric", "before", "after", "none"])
def test_every_normalisation(scene, normalization):
    image, p = scene()
    kernels = [Bilateral(20, 10, 4, normalization), Gaussian(2, 3, normalization)]
    for index in (0, 1):
        fast = DenseCRF(image, kernels).filter(index, p)
        exact = ExactCRF(image, kernels).filter(index, p)
        assert np.linalg.norm(fast - exact) / np.linalg.norm(exact) < 0.05


def test_a_pixel_may_leave_itself_out(scene):
    image, p = scene()
    kernels = [Bilateral(10, 5, 4), Gaussian(1, 3)]
    q = DenseCRF(image, kernels, exclude_self=True)(unary(p), 5)
    exact = ExactCRF(image, kernels, exclude_self=True)(unary(p), 5)
    with_self = DenseCRF(image, kernels)(unary(p), 5)
    assert np.abs(q - exact).mean() < 2e-2
    assert np.abs(q - exact).mean() < np.abs(with_self - exact).mean()


def test_vector_and_matrix_compatibilities_equal_all_pairs(scene):
    image, p = scene()
    matrix = np.array([[0, 1, 2, 3], [1, 0, 1, 2], [2, 1, 0, 1], [3, 2, 1, 0]], float)
    for compat in (np.array([1.0, 2, 3, 4]), matrix):
        kernels = [Gaussian(2, compat), Bilateral(20, 15, 3)]
        q, exact = DenseCRF(image, kernels)(unary(p), 5), ExactCRF(image, kernels)(unary(p), 5)
        assert np.abs(q - exact).mean() < 1e-2


def test_a_volume(scene):
    rng = np.random.default_rng(0)
    volume = rng.normal(size=(6, 10, 12, 2)) + np.arange(12)[:, None] // 6 * 5
    u = rng.random((3, 6, 10, 12))
    kernels = [Gaussian((2, 2, 1), 1), Bilateral(4, 1.0, 2)]
    shape = (6, 10, 12)
    q = DenseCRF(volume, kernels, shape=shape)(u, 5)
    assert np.abs(q - ExactCRF(volume, kernels, shape=shape)(u, 5)).mean() < 2e-2


def test_gray_and_many_channels(scene):
    image, p = scene()
    for pixels in (image[..., 0], np.concatenate([image, image], axis=2).astype(np.float64)):
        kernels = [Bilateral(20, 15, 4)]
        q, exact = DenseCRF(pixels, kernels)(unary(p), 5), ExactCRF(pixels, kernels)(unary(p), 5)
        assert np.abs(q - exact).mean() < 2e-2


@pytest.mark.parametrize("normalization", ["symmetric", "before", "after", "none"])
def test_the_error_estimate_is_near_the_error(scene, normalization):
    image, p = scene(60, 80)
    p -= p.mean(axis=0)
    crf = DenseCRF(image, [Bilateral(20, 10, 4, normalization)])
    (estimate,) = error_estimate(crf, p, samples=2048)
    fast, right = crf.filter(0, p), ExactCRF(image, crf.kernels).filter(0, p)
    error = np.linalg.norm(fast - right) / np.linalg.norm(right)
    assert 0.9 * error < estimate < 1.2 * error


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_features_that_are_not_finite_are_refused(bad):
    array = np.zeros((2, 9, 30))
    array[1, 8, 29] = bad
    with pytest.raises(InputError, match="features: some are not finite"):
        DenseCRF(None, [Features(array)], shape=(9, 30))


def test_more_than_eight_dimensions_are_refused():
    with pytest.raises(InputError, match="1 to 8 dimensions"):
        DenseCRF(None, [Features(np.zeros((9, 4, 4)))], shape=(4, 4))


def test_a_bilateral_kernel_needs_an_image():
    with pytest.raises(InputError, match="needs an image"):
        DenseCRF(None, [Bilateral()], shape=(4, 4))
