from pathlib import Path

import numpy as np
import pytest

import figureground
from figureground.contours import contours
from figureground.contours.network import LONGEST, WEIGHTS
from figureground.files import read_image
from figureground.photos import PHOTOS


def photo(height=90, width=130):
    """A disc before a striped ground."""
    y, x = np.mgrid[:height, :width]
    disc = np.hypot(y - height / 2, x - width / 2) < height / 3
    image = np.where(disc[..., None], [200, 120, 60], [40, 90, 140])
    return (image + 6 * ((x // 3) % 2)[..., None]).astype(np.uint8), disc


def test_the_network_is_the_default() -> None:
    image, _ = photo()
    np.testing.assert_array_equal(contours(image), contours(image, "network"))


@pytest.mark.parametrize("detector", ["network", "network-multiscale"])
def test_an_objects_border_stands_out(detector) -> None:
    image, disc = photo()
    strength = contours(image, detector)
    assert strength.dtype == np.float32
    assert strength.shape == disc.shape
    border = np.zeros(disc.shape, bool)
    border[:, 1:] = disc[:, 1:] != disc[:, :-1]
    border[1:] |= disc[1:] != disc[:-1]
    assert strength[border].mean() > 5 * strength[~disc][:400].mean()
    assert strength.min() >= 0
    assert strength.max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (17, 3), (33, 47)])
def test_any_size_is_taken(size) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    for detector in ("network", "network-multiscale"):
        assert contours(image, detector).shape == size


def test_large_photos_are_scaled_down() -> None:
    image, _ = photo(100, 3 * LONGEST)
    assert contours(image).shape == image.shape[:2]


def test_the_map_does_not_depend_on_the_threads() -> None:
    image = read_image(PHOTOS[0])
    one, two = (contours(image, threads=threads) for threads in (1, 2))
    np.testing.assert_allclose(one, two, atol=1e-5)


def test_a_mirrored_photo_has_a_similar_map() -> None:
    image = read_image(PHOTOS[1])
    there, back = contours(image), contours(np.ascontiguousarray(image[:, ::-1]))[:, ::-1]
    assert np.corrcoef(there.ravel(), back.ravel())[0, 1] > 0.8


def test_no_line_is_seen_along_the_photos_border() -> None:
    image, _ = photo(93, 131)
    strength = contours(image)
    for line in (strength[0], strength[-1], strength[:, 0], strength[:, -1]):
        assert line.mean() < 0.15


def test_the_file_is_small_and_has_a_card() -> None:
    assert Path(figureground.__file__).parent in WEIGHTS.parents
    assert WEIGHTS.stat().st_size <= 600_000
    card = WEIGHTS.with_suffix(".md").read_text(encoding="utf-8")
    for part in ("**Training.**", "**Data.**", "**Figures.**", "**Limits.**"):
        assert part in card
