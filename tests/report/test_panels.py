import numpy as np

from figureground.report.panels import panel


def test_panel_shows_every_tile_and_a_legend_colour() -> None:
    image = np.full((30, 40, 3), 200, np.uint8)
    labels = np.zeros((30, 40), np.uint8)
    labels[10:20, 10:20] = 1
    sheet = panel(
        image,
        {
            "input": image,
            "map": np.linspace(0, 1, 1200, dtype=np.float32).reshape(30, 40),
            "labels": labels,
        },
        ("background", "thing"),
        tile=80,
    )
    assert sheet.width > 3 * 80
    colours = {colour for _, colour in sheet.getcolors(sheet.width * sheet.height)}
    assert (128, 0, 0) in colours
