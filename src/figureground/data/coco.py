"""COCO's format: photos, and objects as polygons or run lengths in one JSON file.

Source: Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014, and the description of
its data format.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import VOID, Size
from figureground.data.outlines import decode_runs, fill_polygons
from figureground.data.samples import Sample, Samples
from figureground.errors import InputError

ANNOTATIONS = "annotations"
IMAGES = "images"

VOC_NAMES = {
    "airplane": "aeroplane",
    "couch": "sofa",
    "dining table": "diningtable",
    "motorcycle": "motorbike",
    "potted plant": "pottedplant",
    "tv": "tvmonitor",
}
"""COCO's categories that VOC calls otherwise; the other fourteen have the same names."""


@dataclass(frozen=True)
class CocoSample(Sample):
    """A photo and its objects: (label, segmentation) pairs as the file has them."""

    size: Size
    objects: tuple[tuple[int, Any], ...]

    def labels(self) -> NDArray[np.uint8]:
        """The labels, (H, W) uint8.

        Void is where the annotation does not say which class is seen: in crowds, and where
        objects of two classes overlap.
        """
        labels = np.zeros(self.size, np.uint8)
        for label, segmentation in self.objects:
            try:
                mask = outline(segmentation, self.size)
            except (TypeError, ValueError, KeyError, IndexError) as error:
                raise InputError(
                    f"{self.labels_path}: an object of image {self.name} is neither polygons nor "
                    f"run lengths of {self.size} ({error})"
                ) from None
            labels[mask] = np.where((labels == 0) | (labels == label), label, VOID)[mask]
        return labels

    def form(self) -> str:
        """How the labels are kept."""
        return "COCO"


def outline(segmentation: Any, size: Size) -> NDArray[np.bool_]:
    """An object's mask, (H, W), from its polygons or its run lengths."""
    if isinstance(segmentation, Mapping):
        if tuple(segmentation["size"]) != size:
            raise ValueError(f"size {segmentation['size']}")
        return decode_runs(segmentation["counts"], size)
    return fill_polygons(segmentation, size)


def coco(
    root: str | os.PathLike[str], split: str = "val2017", classes: Sequence[str] | None = None
) -> Samples:
    """Open a split of a data set in COCO's format.

    Args:
        root: the folder with annotations/instances_SPLIT.json (or annotations/SPLIT.json) and the
            photos, in SPLIT/ or images/.
        split: which part.
        classes: the classes that are wanted, background first; categories are matched by name,
            also by VOC's names (`VOC_NAMES`), and all others are background. By default the
            file's own categories, in the order of their numbers.

    Photos without any object are left out.
    """
    root = Path(root)
    named = [root / ANNOTATIONS / f"{name}.json" for name in (f"instances_{split}", split)]
    path = next((at for at in named if at.is_file()), None)
    if path is None:
        known = ", ".join(sorted(at.stem for at in (root / ANNOTATIONS).glob("*.json")))
        raise InputError(f"{root / ANNOTATIONS}: no file of split {split!r}; there: {known}")
    photos = root / split if (root / split).is_dir() else root / IMAGES
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        names, label_of = _labels(content["categories"], classes)
        items = _samples(content, photos, path, label_of, len(names))
    except InputError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"lacks {error}" if isinstance(error, KeyError) else error
        raise InputError(f"{path}: not in COCO's format ({reason})") from None
    if not items:
        raise InputError(f"{path}: no photo shows an object of the wanted classes")
    return Samples(root.resolve().name, split, names, items)


def _labels(
    categories: Sequence[Mapping[str, Any]], classes: Sequence[str] | None
) -> tuple[tuple[str, ...], dict[int, int]]:
    """The class names, and the label of each category that has one."""
    ordered = sorted(categories, key=lambda category: int(category["id"]))
    if classes is None:
        names = ("background", *(str(category["name"]) for category in ordered))
        if len(names) > VOID:
            raise ValueError(f"{len(names) - 1} categories; at most {VOID - 1} fit; name some")
        return names, {category["id"]: k for k, category in enumerate(ordered, 1)}
    label_of = {}
    for category in ordered:
        for name in (category["name"], VOC_NAMES.get(category["name"])):
            if name in classes[1:]:
                label_of[category["id"]] = classes.index(name)
    return tuple(classes), label_of


def _samples(
    content: Mapping[str, Any], photos: Path, path: Path, label_of: dict[int, int], classes: int
) -> tuple[Sample, ...]:
    objects: dict[int, list[tuple[int, Any]]] = {}
    for one in content["annotations"]:
        if one["category_id"] in label_of:
            label = VOID if one.get("iscrowd") else label_of[one["category_id"]]
            objects.setdefault(one["image_id"], []).append((label, one["segmentation"]))
    items = []
    for image in content["images"]:
        if image["id"] not in objects:
            continue
        photo = photos / image["file_name"]
        if not photo.is_file():
            raise InputError(f"{photo}: no such photo, but {path} lists it")
        size = (int(image["height"]), int(image["width"]))
        shown = tuple(objects[image["id"]])
        items.append(CocoSample(photo.stem, photo, path, classes, size, shown))
    return tuple(items)
