from pathlib import Path

import numpy as np

from figureground.arrays import VOID
from figureground.data import open_samples
from figureground.experiments.scenes import CLASSES, SIZE, SPLITS, make_scenes


def test_splits_open_as_a_data_set(tmp_path: Path) -> None:
    root = make_scenes(tmp_path)
    for split, count in SPLITS.items():
        samples = open_samples(root, split)
        assert (len(samples), samples.classes) == (count, CLASSES)


def test_every_class_and_void_occur(tmp_path: Path) -> None:
    samples = open_samples(make_scenes(tmp_path), "train")
    labels = np.stack([sample.labels() for sample in samples])
    assert labels.shape[1:] == SIZE
    assert set(np.unique(labels)) == {*range(len(CLASSES)), VOID}


def test_the_same_seed_makes_the_same_photos(tmp_path: Path) -> None:
    first, second = (make_scenes(tmp_path / name) for name in ("a", "b"))
    for path in (first / "images").iterdir():
        assert path.read_bytes() == (second / "images" / path.name).read_bytes()
