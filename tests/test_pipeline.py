import numpy as np
import pytest

import figureground as fg
from figureground.errors import InputError
from figureground.files import read_image
from figureground.objectness import evidence, pixel_objectness
from figureground.photos import PHOTOS
from figureground.pipeline import AUTO, Refiner
from figureground.proposals import propose

CLASSES = ("background", "left", "right")


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return read_image(PHOTOS[1])[::3, ::3]


def halves(image: np.ndarray) -> np.ndarray:
    """A network that is unsure, and thinks that an object of each kind lies on either side."""
    height, width = image.shape[:2]
    p = np.full((3, height, width), 0.25, np.float32)
    p[0] = 0.4
    p[1, :, : width // 2] = 0.35
    p[2, :, width // 2 :] = 0.35
    return p


def test_refine_gives_a_distribution(photo) -> None:
    q = fg.refine(photo, halves(photo))
    assert q.dtype == np.float32
    np.testing.assert_allclose(q.sum(0), 1, atol=1e-4)


def test_votes_are_the_papers_unary(photo) -> None:
    p = halves(photo)
    votes = pixel_objectness(propose(photo))
    lifted = Refiner(photo)(p, objectness="votes", crf=False)
    expected = p * np.where(np.arange(3)[:, None, None] > 0, np.exp(votes), 1)
    np.testing.assert_allclose(lifted, expected / expected.sum(0), atol=1e-6)


def test_a_bonus_is_a_constant_objectness(photo) -> None:
    p = halves(photo)
    refiner = Refiner(photo)
    ones = np.ones(photo.shape[:2])
    np.testing.assert_array_equal(
        refiner(p, objectness=None, bonus=0.5), refiner(p, objectness=ones, objectness_weight=0.5)
    )


def test_no_objectness_is_the_plain_crf(photo) -> None:
    p = halves(photo)
    np.testing.assert_array_equal(
        Refiner(photo).refined(p, "crf"), fg.refine(photo, p, objectness=None)
    )


def test_objectness_moves_pixels_to_the_foreground_only(photo) -> None:
    p = halves(photo)
    without = fg.refine(photo, p, objectness=None)
    lifted = fg.refine(photo, p, objectness="votes")
    assert (lifted[0] <= without[0] + 1e-6).all()


def test_segmenter_takes_a_callable(photo) -> None:
    result = fg.Segmenter(halves, classes=CLASSES)(photo)
    assert result.labels.shape == photo.shape[:2]
    assert sum(result.shares.values()) == pytest.approx(1)
    assert result.objectness.shape == photo.shape[:2]
    assert len(result.proposals) > 0
    assert result.panel().width > 5 * 100


@pytest.mark.parametrize("kind", ["image", "network"])
def test_learned_objectness_is_the_evidence(photo, kind) -> None:
    p = halves(photo)
    nats = evidence(photo, propose(photo), p if kind == "network" else None)
    np.testing.assert_allclose(
        fg.refine(photo, p, objectness=kind), fg.refine(photo, p, objectness=nats), atol=1e-5
    )


def test_the_result_says_what_auto_was(photo) -> None:
    result = fg.Segmenter(halves, classes=CLASSES)(photo)
    assert result.objectness_kind == AUTO
    plain = fg.Segmenter(halves, classes=CLASSES, refine="crf")(photo)
    assert plain.objectness_kind == "none"


def test_lifting_is_the_pos_crf_without_the_crf(photo) -> None:
    p = halves(photo)
    refiner = Refiner(photo)
    np.testing.assert_array_equal(refiner.refined(p, "lift"), refiner(p, crf=False))


def test_the_network_alone_makes_no_proposals(photo) -> None:
    result = fg.Segmenter(halves, classes=CLASSES, refine="none")(photo)
    assert result.objectness is None
    assert result.proposals is None
    np.testing.assert_allclose(result.probabilities, halves(photo), atol=1e-6)


def test_a_network_of_the_wrong_shape_is_named(photo) -> None:
    with pytest.raises(InputError, match="network"):
        fg.Segmenter(lambda image: np.ones((3, 4, 5)) / 3, classes=CLASSES)(photo)


@pytest.mark.parametrize("objectness", ["votez", np.zeros((3, 3))])
def test_unknown_objectness_is_refused(photo, objectness) -> None:
    with pytest.raises(InputError, match="objectness"):
        fg.refine(photo, halves(photo), objectness=objectness)


def test_unknown_preset_is_refused(photo) -> None:
    with pytest.raises(InputError, match="default"):
        fg.refine(photo, halves(photo), preset="none such")


def test_threads_change_nothing(photo) -> None:
    p = halves(photo)
    one = fg.refine(photo, p, threads=1)
    np.testing.assert_array_equal(one, fg.refine(photo, p, threads=3))


def test_classes_that_nothing_speaks_for_can_be_left_out() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (40, 60, 3), np.uint8)
    p = np.full((8, 40, 60), 1e-6, np.float32)
    p[:3] = rng.random((3, 40, 60)) + 0.1
    p /= p.sum(axis=0)
    whole, part = (Refiner(image, drop=drop)(p, objectness=None) for drop in (0, 1e-3))
    assert (part[3:] == 0).all()
    assert (whole.argmax(0) == part.argmax(0)).all()
