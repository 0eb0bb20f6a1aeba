import numpy as np
import pytest

from figureground.report.plots import Line, bars, confusion, curves

DRAWN = {
    "curves": lambda: curves(
        {"a": Line([1, 2, 4], [3, 4, 5], [2, 3, 4], [4, 6, 6]), "b": Line([2], [3])},
        across="width",
        up="IoU",
        ticks=[1, 2, 4],
    ),
    "bars": lambda: bars(["cat", "dog"], {"ours": [1, 2], "theirs": [2, 1]}, up="IoU"),
    "confusion": lambda: confusion(np.eye(3) * 0.9, ["background", "cat", "dog"]),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_plot_is_the_same_file_every_time(name: str) -> None:
    assert DRAWN[name]() == DRAWN[name]()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("curves", ["a", "b", "width", "IoU"]),
        ("bars", ["cat", "dog", "ours", "theirs"]),
        ("confusion", ["background", "predicted", "90"]),
    ],
)
def test_what_is_drawn_is_named(name: str, words: list[str]) -> None:
    drawn = DRAWN[name]()
    assert all(f">{word}</text>" in drawn for word in words)
