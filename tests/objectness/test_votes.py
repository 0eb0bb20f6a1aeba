import numpy as np

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
