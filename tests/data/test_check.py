import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from figureground.cli.data import check as check_verb
from figureground.data import open_samples
from figureground.data.check import Findings, check
from figureground.errors import InputError


def data_set(root: Path, masks: list[Image.Image]) -> Path:
    for part in ("images", "masks"):
        (root / part).mkdir(parents=True)
    (root / "classes.txt").write_text("background\nleaf\nstem\n")
    for k, mask in enumerate(masks):
        Image.fromarray(np.full((8, 8, 3), 99, np.uint8)).save(root / f"images/{k}.png")
        mask.save(root / f"masks/{k}.png")
    return root


def gray(*labels: int) -> Image.Image:
    """A mask whose rows go through the labels."""
    return Image.fromarray(np.repeat(np.resize(labels, 8)[:, None], 8, axis=1).astype(np.uint8))


def findings(root: Path, *masks: Image.Image) -> Findings:
    return check(open_samples(data_set(root, list(masks))))


def test_counts(tmp_path: Path) -> None:
    found = findings(tmp_path, gray(0, 1), gray(0, 0, 0, 255))
    assert (found.images, found.modes, found.void_share) == (2, {"L": 2}, 0.125)
    assert found.table()["leaf"] == {"images": 1, "share": 32 / 112}
    assert found.warnings() == ["no photo shows stem"]
    assert not found.broken


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (gray(0, 255), "write 1 instead"),
        (gray(1, 2), "add 1 to all labels"),
        (gray(0), "no mask shows any object"),
        (gray(0, 1, 255, 255), "50% of the pixels are void"),
    ],
)
def test_likely_mistakes_are_named(tmp_path: Path, mask: Image.Image, message: str) -> None:
    assert any(message in text for text in findings(tmp_path, mask).warnings())


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (gray(0, 1).convert("RGB"), "turn the colours into indices"),
        (gray(0, 9), "label 9 does not fit 3 classes"),
        (gray(0, 1).resize((4, 4)), "they must have one size"),
    ],
)
def test_unusable_masks_are_listed_and_the_rest_counted(
    tmp_path: Path, mask: Image.Image, message: str
) -> None:
    found = findings(tmp_path, mask, gray(0, 1))
    assert found.images == 1
    assert message in found.broken[0]
    assert "0.png" in found.broken[0]


def test_verb_prints_json_and_leaves_a_sheet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = data_set(tmp_path / "set", [gray(0, 1, 2)] * 3)
    check_verb(root, None, tmp_path / "out", as_json=True)
    assert json.loads(capsys.readouterr().out)["classes"]["stem"]["images"] == 3
    with Image.open(tmp_path / "out/check.png") as sheet:
        assert sheet.size == (1200, 200)


def test_verb_fails_where_files_are_bad(tmp_path: Path) -> None:
    root = data_set(tmp_path, [gray(0, 9)])
    with pytest.raises(InputError, match="1 samples cannot be used"):
        check_verb(root, None, None, as_json=False)
