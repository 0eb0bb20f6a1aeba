"""The layout of PASCAL VOC: photos, palette masks and lists of names.

Source: Everingham et al., "The PASCAL Visual Object Classes Challenge", IJCV 2010, and the masks
of Hariharan et al., "Semantic Contours from Inverse Detectors", ICCV 2011 (SBD).
"""

import os
from pathlib import Path

from figureground.classes import VOC_CLASSES
from figureground.data.samples import Sample, Samples, split_names
from figureground.errors import InputError

IMAGES, SPLITS = "JPEGImages", "ImageSets/Segmentation"
MASKS = ("SegmentationClass", "SegmentationClassAug")
"""Where a mask is looked for, in this order: VOC's own are the more exact ones."""


def voc(root: str | os.PathLike[str], split: str = "val") -> Samples:
    """Open a split of a VOC-like folder.

    The folder holds JPEGImages/NAME.jpg, SegmentationClass/NAME.png (or SegmentationClassAug, for
    SBD's masks) and ImageSets/Segmentation/SPLIT.txt with a name a line. Raises InputError that
    names the first missing file.
    """
    root = Path(root)
    listed = root / SPLITS / f"{split}.txt"
    names = split_names(listed, "is this a VOC folder?")
    items = tuple(_sample(root, name, listed) for name in names)
    return Samples(root.resolve().name, split, VOC_CLASSES, items)


def _sample(root: Path, name: str, listed: Path) -> Sample:
    image = root / IMAGES / f"{name}.jpg"
    if not image.is_file():
        raise InputError(f"{image}: no such photo, but {listed} lists it")
    for masks in MASKS:
        mask = root / masks / f"{name}.png"
        if mask.is_file():
            return Sample(name, image, mask, len(VOC_CLASSES))
    raise InputError(f"{root / MASKS[0] / name}.png: no such mask, but {listed} lists it")
