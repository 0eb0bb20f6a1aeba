import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from figureground.arrays import as_image, as_labels, as_map, as_probabilities, as_scores
from figureground.errors import InputError


def uniform(classes: int = 3, size: tuple[int, int] = (4, 5)) -> np.ndarray:
    return np.full((classes, *size), 1 / classes)


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "CMYK", "1"])
def test_pil_images_of_any_mode_become_rgb(mode) -> None:
    image = as_image(Image.new(mode, (5, 4)))
    assert image.shape == (4, 5, 3)
    assert image.dtype == np.uint8


def test_gray_arrays_are_repeated() -> None:
    gray = np.arange(20, dtype=np.uint8).reshape(4, 5)
    assert (as_image(gray) == gray[..., None]).all()


@pytest.mark.parametrize(
    ("image", "word"),
    [
        (np.zeros((4, 5, 3)), "multiply by 255"),
        (np.zeros((4, 5, 3), np.int64), "cast to uint8"),
        (np.zeros((3, 4, 5), np.uint8), r"transpose\(1, 2, 0\)"),
        (np.zeros((4, 5, 4), np.uint8), "alpha"),
        (np.zeros((0, 5, 3), np.uint8), "no pixels"),
        (np.zeros(5, np.uint8), "expected"),
    ],
)
def test_bad_images_are_refused_with_the_fix(image, word) -> None:
    with pytest.raises(InputError, match=word):
        as_image(image)


@given(
    hnp.arrays(
        st.sampled_from([np.float16, np.float32, np.float64]),
        (3, 4, 5),
        elements=st.floats(-100, 100, width=16),
    )
)
def test_scores_of_any_layout_and_precision_are_the_same_numbers(array) -> None:
    array.flags.writeable = False
    expected = array.astype(np.float32)
    np.testing.assert_array_equal(as_scores(array), expected)
    np.testing.assert_array_equal(as_scores(np.asfortranarray(array)), expected)
    np.testing.assert_array_equal(as_scores(array[:, ::2, ::-1]), expected[:, ::2, ::-1])


@pytest.mark.parametrize(
    ("array", "word"),
    [
        (np.zeros((4, 5, 3)), r"transpose\(2, 0, 1\)"),
        (np.zeros((3, 5, 4)), r"transpose\(0, 2, 1\)"),
        (np.zeros((3, 9, 9)), "expected"),
        (np.zeros((4, 5)), "expected"),
        (np.zeros((0, 4, 5)), "empty"),
        (np.full((3, 4, 5), np.nan), "not finite"),
        (np.zeros((3, 4, 5), complex), "real"),
    ],
)
def test_bad_scores_are_refused_with_the_fix(array, word) -> None:
    with pytest.raises(InputError, match=word):
        as_scores(array, (4, 5))


def test_logits_are_not_taken_for_probabilities() -> None:
    with pytest.raises(InputError, match="softmax"):
        as_probabilities(uniform() * 20)


def test_probabilities_must_sum_to_one() -> None:
    with pytest.raises(InputError, match="sum to 1"):
        as_probabilities(uniform() * 0.9)


def test_half_precision_probabilities_are_accepted() -> None:
    assert as_probabilities(uniform(21).astype(np.float16)).dtype == np.float32


@pytest.mark.parametrize(
    ("labels", "word"),
    [
        (np.zeros((4, 5)), "integers"),
        (np.full((4, 5), -1), "0..255"),
        (np.full((4, 5), 300), "0..255"),
        (np.full((4, 5), 21), "does not fit"),
        (np.zeros((4, 5, 3), int), "expected"),
        (Image.new("RGB", (5, 4)), "indices"),
    ],
)
def test_bad_labels_are_refused_with_the_fix(labels, word) -> None:
    with pytest.raises(InputError, match=word):
        as_labels(labels, classes=21)


def test_void_is_a_label() -> None:
    assert (as_labels(np.full((2, 2), 255), classes=3) == 255).all()


def test_maps_are_held_to_their_range() -> None:
    with pytest.raises(InputError, match=r"\[0, 1\]"):
        as_map(np.full((2, 2), 1.5), low=0, high=1)
