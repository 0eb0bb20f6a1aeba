import numpy as np
import pytest

from figureground.report.palette import PALETTE, heat, label_image, overlay


@pytest.mark.parametrize(
    ("label", "colour"),
    [
        (0, (0, 0, 0)),
        (1, (128, 0, 0)),
        (8, (64, 0, 0)),
        (15, (192, 128, 128)),
        (255, (224, 224, 192)),
    ],
)
def test_palette_is_that_of_pascal_voc(label, colour) -> None:
    assert tuple(PALETTE[label]) == colour


def test_label_image_keeps_the_labels() -> None:
    labels = np.array([[0, 15], [255, 8]], np.uint8)
    np.testing.assert_array_equal(np.asarray(label_image(labels)), labels)


def test_overlay_leaves_the_background_as_it_is() -> None:
    image = np.full((6, 6, 3), 90, np.uint8)
    labels = np.zeros((6, 6), np.uint8)
    labels[4:] = 15
    shown = overlay(image, labels)
    assert (shown[:3] == 90).all()
    assert (shown[5] != 90).any()


def test_heat_of_a_constant_map_is_one_colour() -> None:
    assert len(np.unique(heat(np.full((3, 4), 0.2)).reshape(-1, 3), axis=0)) == 1
