import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import label
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from figureground.errors import InputError
from figureground.evaluation.boundaries import (
    THRESHOLDS,
    BoundaryCounts,
    boundary_figures,
    matched,
    thinned,
)

EIGHT = np.ones((3, 3))


def most_pairs(detected, truth, radius) -> int:
    a, b = np.argwhere(detected), np.argwhere(truth)
    if not len(a) or not len(b):
        return 0
    near = np.hypot(*(a[:, None] - b[None]).transpose(2, 0, 1)) <= radius
    return int((maximum_bipartite_matching(csr_array(near)) >= 0).sum())


def line(column, strength=1.0, size=(60, 80)):
    values = np.zeros(size, np.float32)
    values[5:-5, column] = strength
    return values


@given(
    arrays(np.float32, (9, 11), elements=st.sampled_from([0, 0, 0, 0.25, 0.5, 0.75, 1])),
    arrays(bool, (9, 11), elements=st.sampled_from([False, False, True])),
    st.sampled_from([0.5, 1, 1.5, 2, 3.2]),
)
def test_as_many_pixels_are_matched_at_every_threshold_as_can_be(strength, truth, radius) -> None:
    found = matched(strength, truth, radius)
    assert not found[strength == 0].any()
    for threshold in (0.25, 0.5, 0.75, 1):
        detected = strength >= threshold
        assert (found & detected).sum() == most_pairs(detected, truth, radius)


def test_a_true_pixel_has_one_partner() -> None:
    strength, truth = np.zeros((3, 9), np.float32), np.zeros((3, 9), bool)
    strength[1, 2:7] = [0.1, 0.2, 0.9, 0.3, 0.4]
    truth[1, 4] = True
    assert np.argwhere(matched(strength, truth, 2)).tolist() == [[1, 4]]


def test_a_pixel_makes_way_for_another() -> None:
    strength, truth = np.zeros((1, 9), np.float32), np.zeros((1, 9), bool)
    # The strongest may take either true pixel; the weaker one reaches only the nearer.
    strength[0, [4, 6]] = [0.9, 0.5]
    truth[0, [3, 5]] = True
    assert matched(strength, truth, 1).sum() == 2


def test_a_line_moved_less_than_the_tolerance_is_found_and_one_moved_more_is_not() -> None:
    truth = (line(40) > 0)[None]
    near = boundary_figures([BoundaryCounts.of(line(40) * 0.5, truth)])
    assert near["ods"] == near["ois"] == near["recall"] == near["precision"] == 1
    # 0.0075 of the diagonal of 600 by 800 pixels is 7.5 pixels.
    truth = (line(400, size=(600, 800)) > 0)[None]
    for shift, f in ((7, 1), (8, 0)):
        moved = line(400 + shift, size=(600, 800))
        assert boundary_figures([BoundaryCounts.of(moved, truth)])["ods"] == f


def test_precision_needs_one_annotator_and_recall_all_of_them() -> None:
    people = np.stack([line(20) > 0, (line(20) + line(60)) > 0])
    figures = boundary_figures([BoundaryCounts.of(line(20), people)])
    assert figures["precision"] == 1
    assert figures["recall"] == pytest.approx(2 / 3)
    assert figures["ods"] == pytest.approx(0.8)


def test_a_false_line_costs_precision_until_the_threshold_leaves_it_out() -> None:
    truth = (line(20) > 0)[None]
    both = BoundaryCounts.of(line(20, 0.9) + line(60, 0.305), truth)
    assert both.precise.tolist() == [50] * 90 + [0] * 9
    assert both.detected.tolist() == [100] * 30 + [50] * 60 + [0] * 9
    assert boundary_figures([both])["ods_threshold"] == pytest.approx(0.31)


def test_ois_takes_each_photos_own_threshold() -> None:
    truth = (line(20) > 0)[None]
    faint = BoundaryCounts.of(line(20, 0.35), truth)
    bold = BoundaryCounts.of(line(20, 0.95) + line(60, 0.55), truth)
    figures = boundary_figures([faint, bold])
    assert figures["ois"] == 1
    assert figures["ods"] == pytest.approx(0.8)


def test_the_area_under_a_perfect_detectors_curve() -> None:
    truth = (line(20) > 0)[None]
    rows = np.linspace(0.005, 0.995, 60, dtype=np.float32)[:, None]
    figures = boundary_figures([BoundaryCounts.of(line(20) * rows, truth)])
    assert figures["ap"] == pytest.approx(0.98, abs=0.02)


def test_an_empty_map_scores_nothing() -> None:
    figures = boundary_figures([BoundaryCounts.of(line(20) * 0, (line(20) > 0)[None])])
    assert figures["ods"] == figures["ois"] == figures["ap"] == 0


def test_ridges_become_connected_lines_of_one_pixel() -> None:
    y, x = np.mgrid[:60, :80]
    distance = np.abs(np.hypot(y - 30, x - 40) - 20)
    lines = thinned(np.exp(-((distance / 2) ** 2)).astype(np.float32))
    ring = lines > 0.5
    assert label(ring, EIGHT)[1] == 1
    assert label(~ring)[1] == 2
    assert distance[ring].max() <= 1
    assert 100 < ring.sum() < 130


@given(arrays(np.float32, (12, 14), elements=st.sampled_from([0, 0, 0.3, 0.6, 0.9])))
def test_thinning_adds_nothing(strength) -> None:
    lines = thinned(strength)
    assert np.isin(lines, [0, *np.unique(strength)]).all()
    assert ((lines == 0) | (lines == strength)).all()


def test_maps_of_another_size_or_range_are_refused() -> None:
    truth = (line(20) > 0)[None]
    with pytest.raises(InputError, match="contours: expected shape"):
        BoundaryCounts.of(line(20)[1:], truth)
    with pytest.raises(InputError, match=r"contours: expected values in \[0, 1\]"):
        BoundaryCounts.of(line(20, 2), truth)
    with pytest.raises(InputError, match="no photos"):
        boundary_figures([])


def test_there_are_99_thresholds() -> None:
    assert len(THRESHOLDS) == 99
    assert (THRESHOLDS[0], THRESHOLDS[-1]) == pytest.approx((0.01, 0.99))
