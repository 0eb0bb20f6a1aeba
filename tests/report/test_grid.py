import numpy as np

from figureground.report.grid import TILE, Row, grid


def test_a_row_a_photo_and_a_column_a_kind() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for height, width in ((60, 80), (90, 40)):
        image = rng.integers(0, 255, (height, width, 3), np.uint8)
        labels = np.zeros((height, width), np.uint8)
        pos = rng.random((height, width)).astype(np.float32)
        rows.append(Row("a row", image, {"input": image, "POS": pos, "labels": labels}))
    one, two = grid(rows[:1]), grid(rows)
    assert one.width == two.width > 3 * TILE[0]
    assert two.height - one.height > TILE[1]
