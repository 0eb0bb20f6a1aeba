from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from figureground.data import VOC_CLASSES, open_samples, voc
from figureground.errors import InputError


def voc_folder(root: Path, names: tuple[str, ...] = ("a", "b"), mode: str = "P") -> Path:
    for sub in ("JPEGImages", "SegmentationClass", "ImageSets/Segmentation"):
        (root / sub).mkdir(parents=True)
    for name in names:
        Image.fromarray(np.full((6, 8, 3), 90, np.uint8)).save(root / f"JPEGImages/{name}.jpg")
        mask = Image.fromarray(np.full((6, 8), 15, np.uint8))
        mask.convert(mode).save(root / f"SegmentationClass/{name}.png")
    (root / "ImageSets/Segmentation/val.txt").write_text("\n".join(names) + "\n")
    return root


def test_voc_gives_photos_and_labels(tmp_path: Path) -> None:
    data = voc(voc_folder(tmp_path, mode="L"), "val")
    assert data.classes == VOC_CLASSES
    assert [sample.name for sample in data] == ["a", "b"]
    image, labels = data[0].pair()
    assert image.shape == (6, 8, 3)
    assert (labels == 15).all()


def test_missing_split_names_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"test\.txt: no such split; splits here: val"):
        voc(voc_folder(tmp_path), "test")


@pytest.mark.parametrize("lost", ["JPEGImages/b.jpg", "SegmentationClass/b.png"])
def test_missing_file_is_named(tmp_path: Path, lost: str) -> None:
    root = voc_folder(tmp_path)
    (root / lost).unlink()
    with pytest.raises(InputError, match=lost):
        voc(root)


@pytest.mark.parametrize(
    ("mode", "fix"),
    [
        ("RGB", "turn the colours"),
        ("RGBA", "turn the colours"),
        ("1", "8 bits"),
        ("I;16", "8 bits"),
    ],
)
def test_other_masks_are_refused_with_the_fix(tmp_path: Path, mode: str, fix: str) -> None:
    data = voc(voc_folder(tmp_path, mode=mode))
    with pytest.raises(InputError, match=rf"a\.png: .*{fix}"):
        data[0].labels()


def test_sizes_must_agree(tmp_path: Path) -> None:
    root = voc_folder(tmp_path, mode="L")
    Image.fromarray(np.zeros((8, 6), np.uint8)).save(root / "SegmentationClass/a.png")
    with pytest.raises(InputError, match="one size"):
        voc(root)[0].pair()


def test_a_persons_folder_with_its_own_classes(tmp_path: Path) -> None:
    for sub in ("images", "masks"):
        (tmp_path / sub).mkdir()
    for name in ("x", "y"):
        Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / f"images/{name}.png")
    Image.fromarray(np.ones((4, 4), np.uint8)).save(tmp_path / "masks/x.png")
    (tmp_path / "classes.txt").write_text("background\nleaf\n")
    data = open_samples(tmp_path)
    assert data.classes == ("background", "leaf")
    assert [sample.name for sample in data] == ["x"]


def test_label_above_the_classes_is_refused(tmp_path: Path) -> None:
    test_a_persons_folder_with_its_own_classes(tmp_path)
    Image.fromarray(np.full((4, 4), 7, np.uint8)).save(tmp_path / "masks/x.png")
    with pytest.raises(InputError, match="label 7 does not fit 2 classes"):
        open_samples(tmp_path)[0].labels()


def test_without_leaves_names_out(tmp_path: Path) -> None:
    assert [s.name for s in voc(voc_folder(tmp_path)).without(["a"])] == ["b"]


@pytest.mark.shared
def test_shared_splits(shared: Path) -> None:
    root = shared / "data/voc2012-animals"
    held = {sample.name for sample in voc(root, "val")}
    trained = {sample.name for sample in voc(root, "train_aug")}
    assert (len(held), len(trained)) == (206, 3136)
    assert not held & trained
