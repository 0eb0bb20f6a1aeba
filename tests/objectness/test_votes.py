import numpy as np
import pytest

from figureground.errors import InputError
from figureground.objectness import pixel_objectness
from figureground.proposals import Preset, propose


def test_votes_are_the_share_of_proposals_with_the_pixel():
    boundaries = np.random.default_rng(1).random((40, 50), np.float32)
    p = propose(np.zeros((40, 50), np.uint8), boundaries, Preset(20, 5, 0.8, 100))
    share = np.mean([p.mask(k) for k in range(len(p))], axis=0)
    np.testing.assert_allclose(pixel_objectness(p), share, atol=1e-6)


def test_no_proposals_no_objectness():
    p = propose(np.zeros((1, 1), np.uint8), np.zeros((1, 1)))
    assert len(p) == 0
    assert pixel_objectness(p).tolist() == [[0.0]]


def test_scores_weigh_the_votes():
    boundaries = np.random.default_rng(1).random((40, 50), np.float32)
    p = propose(np.zeros((40, 50), np.uint8), boundaries, Preset(20, 5, 0.8, 100))
    scores = np.linspace(0, 1, len(p))
    weights = scores**3
    expected = sum(w * p.mask(k) for k, w in enumerate(weights)) / weights.sum()
    np.testing.assert_allclose(pixel_objectness(p, scores), expected, atol=1e-6)
    np.testing.assert_allclose(pixel_objectness(p, np.ones(len(p))), pixel_objectness(p), atol=1e-6)


@pytest.mark.parametrize("scores", [np.ones(3), np.nan])
def test_scores_that_do_not_fit_are_refused(scores):
    p = propose(np.zeros((30, 30), np.uint8), np.eye(30))
    with pytest.raises(InputError, match="scores: expected"):
        pixel_objectness(p, np.full(len(p), scores) if np.ndim(scores) == 0 else scores)
