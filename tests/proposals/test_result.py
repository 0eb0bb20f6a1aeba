import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from figureground.errors import InputError
from figureground.proposals import Preset, propose
from figureground.proposals.rle import coco_rle


@pytest.fixture(scope="module")
def proposals():
    boundaries = np.random.default_rng(3).random((48, 64), np.float32)
    return propose(np.zeros((48, 64), np.uint8), boundaries, Preset(30, 5, 0.8, 120))


def decode(text: str, size: tuple[int, int]) -> np.ndarray:
    """Runs from COCO's characters, written from its description."""
    runs, value, shift = [], 0, 0
    for character in text:
        bits = ord(character) - 48
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            if bits & 16:
                value -= 1 << shift
            runs.append(value + runs[-2] if len(runs) > 2 else value)
            value = shift = 0
    flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return flat.reshape(size, order="F")


def test_run_lengths_give_the_mask_back():
    rng = np.random.default_rng(0)
    for share in (0.0, 0.02, 0.5, 0.98, 1.0):
        mask = rng.random((37, 53)) < share
        np.testing.assert_array_equal(decode(coco_rle(mask), mask.shape), mask)


def test_run_lengths_of_a_known_mask():
    mask = np.zeros((2, 3), bool)
    mask[:, 1] = True  # down the columns: two zeros, two ones, two zeros
    assert coco_rle(mask) == "222"


def test_coco_results_are_json_and_true_to_the_masks(proposals):
    results = json.loads(json.dumps(proposals.to_coco(image_id=7)))
    assert len(results) == len(proposals)
    for k, result in enumerate(results):
        mask = decode(result["segmentation"]["counts"], result["segmentation"]["size"])
        np.testing.assert_array_equal(mask, proposals.mask(k))
        assert result["area"] == mask.sum()
        assert result["image_id"] == 7


def test_the_best_are_the_first(proposals):
    best = proposals.best(5)
    assert len(best) == 5
    np.testing.assert_array_equal(best.masks(), proposals.masks()[:5])


def test_the_number_of_proposals_is_a_preset():
    boundaries = np.random.default_rng(3).random((96, 128), np.float32)
    image = np.zeros((96, 128), np.uint8)
    assert [len(propose(image, boundaries, n)) for n in (1, 50, 300)] == [1, 50, 300]
    with pytest.raises(InputError, match="at least 1"):
        propose(image, boundaries, 0)


def test_supervision_gets_boxes_masks_and_scores(proposals, monkeypatch):
    module = SimpleNamespace(Detections=lambda **fields: SimpleNamespace(**fields))
    monkeypatch.setitem(sys.modules, "supervision", module)
    found = proposals.best(3).to_supervision()
    assert found.mask.shape == (3, 48, 64)
    np.testing.assert_array_equal(found.xyxy, proposals.boxes[:3])


def test_supervision_that_is_not_there(proposals, monkeypatch):
    monkeypatch.setitem(sys.modules, "supervision", None)
    with pytest.raises(InputError, match="supervision"):
        proposals.to_supervision()


def test_the_graph_joins_all_that_touches(proposals):
    labels = proposals.superpixels
    pairs = np.concatenate(
        [
            np.stack([labels[:, :-1].ravel(), labels[:, 1:].ravel()], 1),
            np.stack([labels[:-1].ravel(), labels[1:].ravel()], 1),
        ]
    )
    pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    edges, lengths = np.unique(pairs, axis=0, return_counts=True)
    np.testing.assert_array_equal(proposals.graph.edges, edges)
    np.testing.assert_array_equal(proposals.graph.lengths, lengths)
    assert ((proposals.graph.strengths >= 0) & (proposals.graph.strengths <= 1)).all()
