import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from figureground.data import VOC_CLASSES, coco, open_samples
from figureground.errors import InputError

SQUARE = [[0, 0, 2, 0, 2, 2, 0, 2]]
CATEGORIES = [{"id": 5, "name": "airplane"}, {"id": 17, "name": "cat"}, {"id": 24, "name": "zebra"}]


def one(
    category: int, segmentation: Any = SQUARE, crowd: int = 0, image: int = 7
) -> dict[str, Any]:
    return {
        "image_id": image,
        "category_id": category,
        "segmentation": segmentation,
        "iscrowd": crowd,
    }


def coco_folder(
    root: Path, annotations: list[dict[str, Any]], changes: dict[str, Any] | None = None
) -> Path:
    (root / "annotations").mkdir(parents=True)
    (root / "val2017").mkdir()
    images = []
    for number in (7, 8):
        Image.fromarray(np.zeros((4, 5, 3), np.uint8)).save(root / f"val2017/{number:012}.jpg")
        images.append({"id": number, "file_name": f"{number:012}.jpg", "height": 4, "width": 5})
    content = {"images": images, "annotations": annotations, "categories": CATEGORIES}
    content |= changes or {}
    (root / "annotations/instances_val2017.json").write_text(json.dumps(content))
    return root


def test_categories_become_vocs_classes(tmp_path: Path) -> None:
    right = [[3, 1, 5, 1, 5, 3, 3, 3]]
    root = coco_folder(tmp_path, [one(5), one(17, right), one(24, [[0, 3, 5, 3, 5, 4, 0, 4]])])
    samples = open_samples(root, None, VOC_CLASSES)
    assert samples.classes == VOC_CLASSES
    assert [sample.name for sample in samples] == ["000000000007"]
    _, labels = samples[0].pair()
    assert labels.tolist() == [[1, 1, 0, 0, 0], [1, 1, 0, 8, 8], [0, 0, 0, 8, 8], [0] * 5]


def test_the_files_own_categories(tmp_path: Path) -> None:
    samples = coco(coco_folder(tmp_path, [one(24)]))
    assert samples.classes == ("background", "airplane", "cat", "zebra")
    assert samples[0].labels().max() == 3


def test_what_is_not_known_is_void(tmp_path: Path) -> None:
    """A crowd, and where objects of two classes overlap; two of one class are no conflict."""
    crowd = {"counts": [16, 4], "size": [4, 5]}
    shifted = [[1, 0, 3, 0, 3, 2, 1, 2]]
    root = coco_folder(tmp_path, [one(5), one(17, shifted), one(5), one(17, crowd, crowd=1)])
    labels = coco(root, classes=VOC_CLASSES)[0].labels()
    top = [1, 255, 8, 0, 255]
    assert labels.tolist() == [top, top, [0, 0, 0, 0, 255], [0, 0, 0, 0, 255]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"categories": None}, "not in COCO's format"),
        ({"images": [{"id": 7}]}, "lacks 'file_name'"),
        ({"annotations": []}, "no photo shows an object"),
        (
            {"images": [{"id": 7, "file_name": "x.jpg", "height": 4, "width": 5}]},
            r"^\S*x\.jpg: no such photo",
        ),
        ({"categories": [{"id": k, "name": str(k)} for k in range(300)]}, "300 categories"),
    ],
)
def test_odd_files_are_named(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        coco(coco_folder(tmp_path, [one(5)], changes))


@pytest.mark.parametrize(
    "segmentation", [[[1, 2]], {"counts": [3], "size": [4, 5]}, {"counts": [20]}, 5, ["x"]]
)
def test_odd_outlines_are_named(tmp_path: Path, segmentation: Any) -> None:
    with pytest.raises(InputError, match=r"val2017\.json: an object of image 000000000007"):
        coco(coco_folder(tmp_path, [one(5, segmentation)]))[0].labels()


def test_splits_that_exist_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file of split 'train'; there: instances_val2017"):
        coco(coco_folder(tmp_path, [one(5)]), "train")


def test_photos_of_another_size_are_refused(tmp_path: Path) -> None:
    root = coco_folder(tmp_path, [one(5)])
    Image.fromarray(np.zeros((9, 5, 3), np.uint8)).save(root / "val2017/000000000007.jpg")
    with pytest.raises(InputError, match="must have one size"):
        coco(root)[0].pair()
