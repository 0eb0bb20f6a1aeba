import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from figureground.evaluation.bands import BandConfusion, outline, squared_distance


@given(st.integers(0, 10_000), st.integers(1, 30), st.integers(1, 30))
def test_distance_equals_scipy_up_to_the_widest(seed, height, width) -> None:
    marked = np.random.default_rng(seed).random((height, width)) < 0.03
    marked[0, 0] = True
    exact = ndimage.distance_transform_edt(~marked)
    ours = squared_distance(marked, 9)
    near = exact <= 9
    np.testing.assert_allclose(ours[near], exact[near] ** 2, atol=1e-9)
    assert (ours[~near] > 81).all()


def test_no_outline_is_far_from_everything() -> None:
    assert (squared_distance(np.zeros((4, 5), bool), 3) > 9).all()


def test_only_pixels_of_the_band_count() -> None:
    truth = np.zeros((20, 40), np.uint8)
    truth[:, 20:] = 1
    labels = truth.copy()
    labels[:, 0] = 1  # wrong, but 19 pixels away from the outline
    bands = BandConfusion(("background", "thing"), widths=(2, 40))
    bands.add(labels, truth)
    assert bands.mean_iou["2"] == 1.0
    assert bands.mean_iou["40"] < 1.0


def test_outline_lies_on_both_sides() -> None:
    truth = np.array([[0, 0, 1, 1]], np.uint8)
    np.testing.assert_array_equal(outline(truth), [[False, True, True, False]])
