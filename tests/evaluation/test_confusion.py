import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.classification import MulticlassJaccardIndex

from figureground.errors import InputError
from figureground.evaluation import ConfusionMatrix

CLASSES = ("background", "cat", "dog")


def scene(seed: int, classes: int = 3, size: tuple[int, int] = (12, 17)) -> tuple:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, size)
    truth[rng.random(size) < 0.1] = 255
    return rng.integers(0, classes, size), truth


def test_iou_equals_torchmetrics() -> None:
    labels, truth = scene(0)
    oracle = MulticlassJaccardIndex(num_classes=3, ignore_index=255, average="none")
    expected = oracle(torch.from_numpy(labels), torch.from_numpy(truth)).numpy()
    np.testing.assert_allclose(ConfusionMatrix(CLASSES).add(labels, truth).iou, expected, rtol=1e-6)


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=5, unique=True), st.randoms())
def test_order_and_batching_change_nothing(seeds: list[int], random) -> None:
    whole = ConfusionMatrix(CLASSES)
    for seed in seeds:
        whole.add(*scene(seed))
    random.shuffle(seeds)
    first, second = ConfusionMatrix(CLASSES), ConfusionMatrix(CLASSES)
    for i, seed in enumerate(seeds):
        (first if i % 2 else second).add(*scene(seed))
    assert (first.merge(second).counts == whole.counts).all()


def test_void_is_not_counted() -> None:
    truth = np.array([[1, 255], [0, 255]])
    matrix = ConfusionMatrix(CLASSES).add(np.array([[1, 2], [0, 1]]), truth)
    assert matrix.counts.sum() == 2
    assert matrix.mean_iou == 1.0


def test_absent_classes_are_left_out_of_the_mean() -> None:
    matrix = ConfusionMatrix(CLASSES).add(np.array([[0, 1]]), np.array([[0, 1]]))
    assert np.isnan(matrix.iou[2])
    assert matrix.mean_iou == 1.0


def test_mean_iou_of_some_classes_counts_predictions_of_all() -> None:
    matrix = ConfusionMatrix(CLASSES).add(np.array([[0, 1, 2, 1]]), np.array([[0, 1, 1, 1]]))
    assert matrix.mean_iou_of(["background", "cat"]) == pytest.approx((1 + 2 / 3) / 2)


def test_recall_asks_for_the_right_class_and_foreground_recall_for_any() -> None:
    matrix = ConfusionMatrix(CLASSES).add(np.array([[1, 2, 0, 0]]), np.array([[1, 1, 1, 0]]))
    assert matrix.recall == pytest.approx(1 / 3)
    assert matrix.foreground_recall == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("labels", "truth", "word"),
    [
        (np.zeros((2, 2), int), np.zeros((2, 3), int), "expected shape"),
        (np.full((2, 2), 7), np.zeros((2, 2), int), "does not fit"),
        (np.zeros((2, 2), int), np.full((2, 2), 9), "does not fit"),
        (np.full((2, 2), 255), np.zeros((2, 2), int), "does not fit"),
        (np.zeros((2, 2)), np.zeros((2, 2), int), "integers"),
    ],
)
def test_bad_input_is_named_and_counts_nothing(labels, truth, word) -> None:
    matrix = ConfusionMatrix(CLASSES)
    with pytest.raises(InputError, match=word):
        matrix.add(labels, truth)
    assert matrix.counts.sum() == 0


def test_matrices_of_other_classes_do_not_merge() -> None:
    with pytest.raises(InputError, match="classes"):
        ConfusionMatrix(CLASSES).merge(ConfusionMatrix(("background", "cat")))
