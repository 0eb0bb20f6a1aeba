import numpy as np
import pytest

from figureground.errors import InputError
from figureground.files import read_image
from figureground.objectness import (
    Calibration,
    ScoredProposals,
    evidence,
    object_probability,
    segment_scores,
)
from figureground.photos import PHOTOS
from figureground.proposals import propose


@pytest.fixture(scope="module")
def scene():
    photo = read_image(PHOTOS[1])[::2, ::2]
    return photo, propose(photo, preset="baseline-130")


def half_sure(photo: np.ndarray) -> np.ndarray:
    """A network that sees something in the middle, and is sure of nothing."""
    p = np.full((2, *photo.shape[:2]), 0.5, np.float32)
    p[1, 40:-40, 60:-60] = 0.8
    p[0] = 1 - p[1]
    return p


def test_a_photo_alone_has_probabilities_and_evidence(scene) -> None:
    photo, proposals = scene
    p = object_probability(photo, proposals)
    nats = evidence(photo, proposals)
    assert p.dtype == nats.dtype == np.float32
    assert p.shape == nats.shape == photo.shape[:2]
    assert 0 <= p.min() < p.max() <= 1
    assert 0 <= nats.min() < nats.max() <= 6
    assert np.corrcoef(p.ravel(), nats.ravel())[0, 1] > 0.7


def test_a_cat_stands_out(scene) -> None:
    photo, proposals = scene
    p = object_probability(photo, proposals)
    height, width = p.shape
    corner = p[: height // 8, : width // 8].mean()
    assert p[height // 3 : -height // 3, width // 3 : -width // 3].mean() > corner


def test_the_network_is_asked(scene) -> None:
    photo, proposals = scene
    p = half_sure(photo)
    assert not np.array_equal(evidence(photo, proposals, p), evidence(photo, proposals))
    mirrored = object_probability(photo, proposals, p[::-1])
    assert object_probability(photo, proposals, p).mean() > mirrored.mean()


def test_the_calibration_says_what_the_network_is_worth(scene) -> None:
    photo, proposals = scene
    plain, doubled = (
        evidence(photo, proposals, calibration=Calibration(1, 0, weight, 0))
        for weight in (0.2, 0.4)
    )
    np.testing.assert_allclose(2 * plain, doubled, atol=1e-5)


def test_threads_change_nothing(scene) -> None:
    photo, proposals = scene
    one, many = (evidence(photo, proposals, half_sure(photo), threads=n) for n in (1, 7))
    np.testing.assert_array_equal(one, many)


def test_scores_tell_segments_apart(scene) -> None:
    scores = segment_scores(*scene)
    assert scores.shape == (len(scene[1]),)
    assert 0 <= scores.min() < scores.max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 2)])
def test_tiny_photos_have_finite_evidence(size) -> None:
    photo = np.full((*size, 3), 90, np.uint8)
    p = np.full((3, *size), 1 / 3)
    assert np.isfinite(evidence(photo, propose(photo), p)).all()
    assert np.isfinite(evidence(photo, propose(photo))).all()


def test_another_photos_proposals_are_refused(scene) -> None:
    photo, proposals = scene
    with pytest.raises(InputError, match="proposals: are of a photo of"):
        ScoredProposals(photo[:-1], proposals)
