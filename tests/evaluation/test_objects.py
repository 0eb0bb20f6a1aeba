import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from figureground.evaluation.objects import (
    ObjectRecall,
    connected_components,
    object_recalls,
    recall_by_size,
)


@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 12), st.integers(2, 4))
def test_components_equal_those_of_scipy(seed, height, width, classes) -> None:
    image = np.random.default_rng(seed).integers(0, classes, (height, width))
    ours = connected_components(image)
    theirs = np.zeros_like(ours)
    for k in range(1, classes):
        parts, _ = ndimage.label(image == k, np.ones((3, 3)))
        theirs[parts > 0] = parts[parts > 0] + theirs.max()
    pairs = {(a, b) for a, b in zip(ours.ravel().tolist(), theirs.ravel().tolist(), strict=True)}
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


def test_every_object_has_its_own_recall() -> None:
    truth = np.zeros((20, 40), np.uint8)
    truth[2:12, 2:12] = 3
    truth[2:12, 20:40] = 3
    labels = truth.copy()
    labels[2:12, 20:30] = 0
    found = sorted(object_recalls(labels, truth), key=lambda o: o.share)
    assert found == [ObjectRecall(100 / 800, 1.0), ObjectRecall(200 / 800, 0.5)]


def test_specks_and_void_are_no_objects() -> None:
    truth = np.zeros((20, 20), np.uint8)
    truth[0, 0] = 1
    truth[5:15, 5:15] = 255
    assert object_recalls(truth, truth) == []


def test_recall_by_size_parts_the_objects_evenly() -> None:
    objects = [ObjectRecall(i / 100, i / 10) for i in (4, 1, 3, 2)]
    parts = recall_by_size(objects, parts=2)
    assert [p["objects"] for p in parts] == [2, 2]
    assert parts[0]["recall"] == pytest.approx(0.15)
    assert parts[1]["smallest"] == pytest.approx(0.03)


def test_recall_by_size_of_fewer_objects_than_parts_has_no_empty_part() -> None:
    assert len(recall_by_size([ObjectRecall(0.1, 1.0)])) == 1
