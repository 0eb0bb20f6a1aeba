import numpy as np
import pytest
from PIL import Image

from figureground.contours import contours
from figureground.errors import InputError


def halves(height: int = 40, width: int = 60) -> np.ndarray:
    image = np.zeros((height, width, 3), np.uint8)
    image[:, width // 2 :] = (200, 120, 40)
    return image


def test_strongest_where_two_colours_meet() -> None:
    strength = contours(halves(), "gradient")
    assert set(np.argmax(strength, axis=1)) <= {29, 30}
    assert strength[:, :10].max() < 0.2 * strength.max()


def test_turning_the_image_turns_the_map() -> None:
    image = np.random.default_rng(0).integers(0, 256, (30, 45, 3), dtype=np.uint8)
    strength = contours(image, "gradient")
    np.testing.assert_allclose(
        contours(image.transpose(1, 0, 2), "gradient"), strength.T, atol=1e-4
    )


def test_equal_lightness_of_two_hues_is_a_boundary() -> None:
    image = np.zeros((30, 60, 3), np.uint8)
    image[:, :30], image[:, 30:] = (194, 80, 80), (0, 127, 127)
    strength = contours(image, "gradient")
    assert strength[15, 30] > 5 * strength[15, 5]


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (2, 3), (33, 5)])
def test_any_size_gives_values_in_range(size: tuple[int, int]) -> None:
    image = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    strength = contours(image, "gradient")
    assert strength.shape == size
    assert strength.dtype == np.float32
    assert np.isfinite(strength).all()
    assert strength.min() >= 0
    assert strength.max() <= 1


@pytest.mark.parametrize("value", [0, 7, 255])
def test_a_single_colour_has_no_boundary(value: int) -> None:
    assert not contours(np.full((50, 70), value, np.uint8), "gradient").any()


def test_gray_arrays_and_pil_images_are_taken() -> None:
    gray = halves()[:, :, 0]
    np.testing.assert_array_equal(
        contours(gray, "gradient"), contours(Image.fromarray(gray), "gradient")
    )


def test_an_unknown_detector_is_named_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"'canny' is unknown; known are .*gradient"):
        contours(halves(), "canny")


def test_the_number_of_threads_changes_nothing() -> None:
    image = np.random.default_rng(3).integers(0, 256, (61, 70, 3)).astype(np.uint8)
    one, many = (contours(image, "gradient", threads=threads) for threads in (1, 3))
    np.testing.assert_array_equal(one, many)
