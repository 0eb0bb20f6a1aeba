import numpy as np
import pytest

from figureground.training.views import Augmentation, draw_view

HOW = Augmentation(crop=32, longest=48, smallest=0.7, largest=1.4, colour=0.0)


def scene(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """A photo whose red channel is its labels."""
    labels = np.zeros((height, width), np.uint8)
    labels[height // 4 : height // 2, width // 4 : width // 2] = 200
    return np.repeat(labels[:, :, None], 3, axis=2), labels


@pytest.mark.parametrize("size", [(48, 36), (36, 48), (20, 20), (200, 10)])
def test_photo_and_labels_move_together(size: tuple[int, int]) -> None:
    image, labels = scene(*size)
    for index in range(20):
        view, truth = draw_view(image, labels, HOW, (0, 0, index))
        assert view.shape == (32, 32, 3)
        assert (np.isnan(view[:, :, 0]) == (truth == 255)).all()
        inside = truth != 255
        off = np.abs(view[:, :, 0][inside] - truth[inside]) > 110
        assert off.mean() < 0.05


def test_a_key_draws_one_view() -> None:
    image, labels = scene(60, 80)
    first, again = (draw_view(image, labels, HOW, (1, 2, 3)) for _ in range(2))
    other = draw_view(image, labels, HOW, (1, 2, 4))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[1], other[1])


def test_colour_stays_within_the_grey_levels() -> None:
    image, labels = scene(40, 40)
    how = Augmentation(crop=32, longest=32, smallest=1.0, largest=1.0, colour=0.9)
    for index in range(10):
        view, _ = draw_view(image, labels, how, (0, 0, index))
        assert np.nanmin(view) >= 0
        assert np.nanmax(view) <= 255
