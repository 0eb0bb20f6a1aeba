import numpy as np
import pytest

from figureground.evaluation.segmentation import SEVEN, SegmentationFigures, matched_by_name


def test_classes_are_matched_by_name() -> None:
    table, others = matched_by_name(
        ("background", "dog", "car", "cat"), ("background", "cat", "dog")
    )
    assert table.tolist() == [0, 2, 3, 1]
    assert others == ("car",)


def test_classes_of_the_network_alone_are_wrong_but_no_part_of_the_mean() -> None:
    figures = SegmentationFigures(("background", "cat"), others=("car",))
    truth = np.zeros((10, 20), np.uint8)
    truth[:, 10:] = 1
    labels = truth.copy()
    labels[:, 15:] = 2
    summary = figures.add(labels, truth).summary()
    assert summary["miou"] == pytest.approx((1 + 0.5) / 2)
    assert "car" not in summary["iou"]


def test_recall_per_image_is_the_mean_over_images_with_objects() -> None:
    figures = SegmentationFigures(("background", "cat"))
    truth = np.ones((10, 10), np.uint8)
    half = truth.copy()
    half[5:] = 0
    empty = np.zeros((10, 10), np.uint8)
    figures.add(half, truth).add(truth, truth).add(empty, empty)
    assert figures.summary()["recall_per_image"] == pytest.approx(0.75)


def test_what_cannot_be_measured_is_none() -> None:
    empty = np.zeros((5, 5), np.uint8)
    summary = SegmentationFigures(("background", "cat")).add(empty, empty).summary()
    assert summary["recall"] is None
    assert "miou7" not in summary


def test_miou7_counts_predictions_of_all_classes() -> None:
    figures = SegmentationFigures((*SEVEN, "car"))
    truth = np.zeros((10, 20), np.uint8)
    truth[:, 10:] = 1
    labels = truth.copy()
    labels[:, 15:] = len(SEVEN)
    assert figures.add(labels, truth).summary()["miou7"] == pytest.approx((1 + 0.5) / 2)


def test_what_was_counted_survives_a_file() -> None:
    rng = np.random.default_rng(0)
    figures = SegmentationFigures(("background", "cat", "dog"))
    for _ in range(3):
        truth = np.kron(rng.integers(0, 3, (3, 4)), np.ones((9, 9), np.int64)).astype(np.uint8)
        figures.add(rng.permutation(truth), truth)
    again = SegmentationFigures(("background", "cat", "dog")).take(figures.arrays())
    assert again.summary() == figures.summary()
