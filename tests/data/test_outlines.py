import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from figureground.data.outlines import decode_runs, fill_polygons


def inside(x: float, y: float, polygon: list[float]) -> bool:
    """Even-odd rule for one point, edge by edge."""
    odd = False
    points = list(zip(polygon[::2], polygon[1::2], strict=True))
    for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True):
        if (y0 <= y) != (y1 <= y) and x0 + (y - y0) * (x1 - x0) / (y1 - y0) <= x:
            odd = not odd
    return odd


def test_a_rectangle_covers_its_pixels() -> None:
    mask = fill_polygons([[1, 1, 4, 1, 4, 3, 1, 3]], (5, 6))
    expected = np.zeros((5, 6), bool)
    expected[1:3, 1:4] = True
    np.testing.assert_array_equal(mask, expected)


COORDINATE = st.floats(-3, 12, width=32).map(lambda v: round(v, 2) + 0.003)


@given(st.lists(COORDINATE, min_size=6, max_size=16).filter(lambda p: len(p) % 2 == 0))
def test_polygons_of_any_shape(polygon: list[float]) -> None:
    mask = fill_polygons([polygon], (8, 9))
    expected = [[inside(x + 0.5, y + 0.5, polygon) for x in range(9)] for y in range(8)]
    np.testing.assert_array_equal(mask, expected)


def test_parts_of_an_object_are_united() -> None:
    square, other = [0, 0, 2, 0, 2, 2, 0, 2], [1, 1, 3, 1, 3, 3, 1, 3]
    assert fill_polygons([square, other], (4, 4)).sum() == 7


def test_text_worked_out_by_hand() -> None:
    # 6, 1, 40 (8 + 32, 1), 4 - 1 = 3, 5 - 40 = -35 (-2 * 32 + 29, -2)
    mask = decode_runs("61X13mN", (8, 7))
    np.testing.assert_array_equal(mask, decode_runs([6, 1, 40, 4, 5], (8, 7)))
    flat = mask.ravel(order="F")
    assert flat.nonzero()[0].tolist() == [6, 47, 48, 49, 50]


def encode(counts: list[int]) -> str:
    """COCO's text, by its description."""
    text = ""
    for k, count in enumerate(counts):
        value = count - counts[k - 2] if k > 2 else count
        more = True
        while more:
            bits, value = value & 31, value >> 5
            more = value != -1 if bits & 16 else value != 0
            text += chr(48 + bits + 32 * more)
    return text


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=30))
def test_texts_of_any_runs(counts: list[int]) -> None:
    size = (1, sum(counts))
    np.testing.assert_array_equal(decode_runs(encode(counts), size), decode_runs(counts, size))


@pytest.mark.parametrize("counts", [[3], [5, -1], [2, 3], "3", "\x01", "X", "XXXXXXXXXXXX1"])
def test_wrong_runs_are_refused(counts: str | list[int]) -> None:
    with pytest.raises(ValueError, match="run lengths"):
        decode_runs(counts, (2, 2))


@pytest.mark.parametrize("polygon", [[], [0, 0, 1, 1], [0, 0, 1, 1, 2], [0, 0, 1, 1, 2, np.nan]])
def test_wrong_polygons_are_refused(polygon: list[float]) -> None:
    with pytest.raises(ValueError, match="three or more points"):
        fill_polygons([polygon], (3, 3))
