import numpy as np
import pytest
from PIL import Image

from figureground.evaluation.instances import ObjectSample, objects_of
from figureground.evaluation.proposals import (
    ProposalFigures,
    best_box_overlaps,
    best_overlaps,
    calibration_error,
    detection_figures,
    evaluate_proposals,
    reliability,
)
from figureground.objectness import pixel_objectness
from figureground.proposals import Preset, propose


def scene():
    """Random boundaries, three overlapping objects and a void stripe."""
    rng = np.random.default_rng(5)
    boundaries = rng.random((40, 60), np.float32)
    objects = np.zeros((3, 40, 60), bool)
    objects[0, 5:20, 5:30] = objects[1, 15:35, 20:50] = objects[2, 0:3, 0:3] = True
    void = np.zeros((40, 60), bool)
    void[18:20] = True
    image = np.zeros((40, 60, 3), np.uint8)
    sample = ObjectSample("a", image, objects, void, boundaries)
    return sample, propose(image, boundaries, Preset(30, 5, 0.8, 150, smallest=1))


def bright_square(root):
    """Write a data set of one photo and its class mask; return both."""
    labels = np.zeros((60, 80), np.uint8)
    labels[20:40, 30:60] = 1
    image = np.where(labels[..., None] > 0, 220, 40).astype(np.uint8).repeat(3, 2)
    for folder, array in (("images", image), ("masks", labels)):
        (root / folder).mkdir()
        Image.fromarray(array).save(root / folder / "a.png")
    return image, labels


def test_best_overlaps_equal_those_of_the_masks():
    sample, proposals = scene()
    counted = ~sample.void
    expected = [
        max((m & o & counted).sum() / ((m | o) & counted).sum() for m in proposals.masks())
        for o in sample.objects
    ]
    np.testing.assert_allclose(best_overlaps(proposals, sample), expected, rtol=1e-5)


def test_box_overlaps_grow_with_the_number_of_boxes():
    boxes = np.array([[0, 0, 10, 10], [5, 5, 15, 15], [5, 5, 25, 15]], np.int32)
    mask = np.zeros((1, 30, 30), bool)
    mask[0, 5:15, 5:15] = True
    overlaps = best_box_overlaps(boxes, mask)
    np.testing.assert_allclose(overlaps, [[25 / 175, 1.0, 1.0]])


def test_detection_figures_of_known_rankings():
    truth = np.array([True, True, False, False])
    np.testing.assert_allclose(detection_figures(np.array([4.0, 3, 2, 1]), truth), [1, 1])
    np.testing.assert_allclose(detection_figures(np.array([1.0, 2, 3, 4]), truth), [0, 5 / 12])
    np.testing.assert_allclose(detection_figures(np.ones(4), truth), [0.5, 0.5])


def test_the_calibration_error_of_known_probabilities():
    p = np.array([0.1, 0.1, 0.1, 0.1, 0.9, 0.9])
    truth = np.array([True, False, False, False, True, True])
    expected = (4 * abs(0.1 - 0.25) + 2 * abs(0.9 - 1)) / 6
    assert calibration_error(reliability(p, truth)) == pytest.approx(expected)
    assert calibration_error(reliability(np.array([0.0, 1.0]), np.array([False, True]))) == 0


def test_learned_objectness_is_a_row_of_its_own(tmp_path):
    bright_square(tmp_path)
    kinds = ("votes", "image", "network")
    rows = evaluate_proposals(tmp_path, presets=["baseline-130"], kinds=kinds)["rows"]
    assert [row["objectness"] for row in rows] == list(kinds)
    assert len({row["auc"] for row in rows[1:]}) == 2
    assert len({row["abo"] for row in rows}) == 1


def test_the_summary_parts_large_objects_from_all():
    sample, proposals = scene()
    figures = ProposalFigures()
    figures.add(sample, proposals, 0.5)
    summary = figures.summary()
    best = best_overlaps(proposals, sample)
    assert (summary["objects"], summary["all"]["objects"]) == (2, 3)
    assert summary["abo"] == pytest.approx(best[:2].mean())
    assert summary["all"]["abo"] == pytest.approx(best.mean())
    assert summary["ms"] == 500
    assert 0 <= summary["vus_log"] <= summary["vus_linear"] <= 1


def test_touching_objects_of_two_classes_are_two():
    labels = np.zeros((20, 20), np.uint8)
    labels[2:10, 2:10], labels[2:10, 10:18], labels[15, 15] = 1, 2, 1
    objects = objects_of(labels)
    assert sorted(objects.sum(axis=(1, 2)).tolist()) == [64, 64]


def test_a_data_set_of_class_masks(tmp_path):
    image, labels = bright_square(tmp_path)
    (row,) = evaluate_proposals(tmp_path, presets=["baseline-130"])["rows"]
    assert row["abo"] > 0.8
    votes = pixel_objectness(propose(image, preset="baseline-130"))
    pairs = votes[labels > 0][:, None] - votes[labels == 0]
    assert row["auc"] == pytest.approx(((pairs > 0) + (pairs == 0) / 2).mean(), abs=1e-6)
    assert row["images"] == 1


@pytest.mark.shared
def test_instances_and_boundaries_of_the_reference_set(shared):
    from figureground.evaluation.instances import object_samples

    _, sources = object_samples(shared / "data" / "coco-mini-proposals")
    sample = sources[0]()
    assert len(sources) == 60
    assert sample.boundaries is not None
    assert sample.objects.shape[1:] == sample.image.shape[:2] == sample.boundaries.shape
