import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from figureground.errors import InputError
from figureground.objectness.scorer import load_scorer
from figureground.proposals import Preset, propose
from figureground.training.degrading import degraded
from figureground.training.kinds import train
from figureground.training.objectness import truth_of


@pytest.fixture
def data(tmp_path) -> Path:
    """Photos of a bright textured disc on dark ground, called cats."""
    root = tmp_path / "data" / "discs"
    for folder in ("images", "masks"):
        (root / folder).mkdir(parents=True)
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:64, :80]
    for k in range(4):
        inside = np.hypot(y - rng.integers(20, 44), x - rng.integers(20, 60)) < 14
        grey = np.where(inside, 190, 60)[..., None] + rng.integers(-15, 15, (64, 80, 3))
        Image.fromarray(grey.astype(np.uint8)).save(root / "images" / f"{k}.png")
        Image.fromarray((8 * inside).astype(np.uint8)).save(root / "masks" / f"{k}.png")
    return tmp_path


def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "r.toml"
    path.write_text(
        f'kind = "objectness"\nroot = "{tmp_path}"\n'
        '[data]\npath = "data/discs"\nsplit = ""\nevery = 2\n'
        "[image]\nepochs = 2\n[aware]\nepochs = 1\n"
    )
    return path


def test_a_recipe_gives_two_scorers_and_a_calibration(data) -> None:
    train(str(recipe(data)), [], data / "out", False)
    image, aware = (load_scorer(data / "out" / f"objectness_{k}.npz") for k in ("image", "network"))
    assert image.arrays["segment_mean"].shape == (23,)
    assert aware.arrays["segment_mean"].shape == (35,)
    (line,) = (data / "out" / "log.jsonl").read_text().splitlines()
    assert json.loads(line)["calibration"] == aware.calibration.numbers().tolist()


def test_it_cannot_be_resumed(data) -> None:
    with pytest.raises(InputError, match="--resume"):
        train(str(recipe(data)), [], data / "out", True)


def test_the_truth_of_segments_is_their_best_overlap() -> None:
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (40, 50, 3), np.uint8)
    proposals = propose(image, rng.random((40, 50), np.float32), Preset(20, 5, 0.8, 100))
    labels = np.zeros((40, 50), np.uint8)
    labels[5:20, 5:25], labels[25:35, 30:45], labels[0] = 3, 7, 255
    truth = truth_of(proposals, labels)
    counted = labels != 255
    for k in (0, len(proposals) // 2):
        mask = proposals.mask(k) & counted
        best = max((mask & (labels == c)).sum() / (mask | (labels == c)).sum() for c in (3, 7))
        assert truth.overlaps[k] == pytest.approx(best, abs=1e-5)
    inside = proposals.superpixels == 4
    assert truth.foreground[4] == (inside & counted & (labels > 0)).sum()
    assert truth.counted[4] == (inside & counted).sum()


def test_a_degraded_photo_keeps_its_size_and_loses_its_detail() -> None:
    rng = np.random.default_rng(0)
    checks = (np.indices((60, 81)).sum(axis=0) % 2 * 255).astype(np.uint8)
    image = np.repeat(checks[..., None], 3, axis=2)
    shown = degraded(image, rng)
    assert shown.shape == image.shape
    assert shown.std() < image.std() / 2
