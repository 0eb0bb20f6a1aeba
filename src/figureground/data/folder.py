"""A person's own folder: photos and palette masks of the same names."""

import os
from pathlib import Path

from figureground.classes import VOC_CLASSES
from figureground.data.samples import Sample, Samples, read_names
from figureground.errors import InputError

PHOTOS = ("JPEGImages", "images", "photos")
MASKS = ("SegmentationClass", "masks", "labels")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")


def folder(root: str | os.PathLike[str], split: str | None = None) -> Samples:
    """Open a folder of photos (images/NAME.jpg) and masks (masks/NAME.png).

    Masks hold class indices as gray or palette images, 255 = void. `classes.txt`, a name a line
    from index 0 = background, names the classes; without it they are VOC's. `SPLIT.txt`, a name a
    line, chooses a part; without a split every photo that has a mask counts.
    """
    root = Path(root)
    photos, masks = _first(root, PHOTOS, "photos"), _first(root, MASKS, "masks")
    named = root / "classes.txt"
    classes = tuple(read_names(named)) if named.is_file() else VOC_CLASSES
    if len(classes) < 2:
        raise InputError(f"{named}: expected a class name a line, background first")
    found = {
        path.stem: path for path in sorted(photos.iterdir()) if path.suffix.lower() in SUFFIXES
    }
    names = sorted(found) if split is None else read_names(root / f"{split}.txt")
    items = []
    for name in names:
        mask = masks / f"{name}.png"
        if split is not None and name not in found:
            raise InputError(f"{photos / name}: no such photo, but {root / split}.txt lists it")
        if mask.is_file():
            items.append(Sample(name, found[name], mask, len(classes)))
        elif split is not None:
            raise InputError(f"{mask}: no such mask, but {root / split}.txt lists it")
    if not items:
        raise InputError(f"{masks}: no mask NAME.png has a photo of its name in {photos}")
    return Samples(root.resolve().name, split or "all", classes, tuple(items))


def _first(root: Path, names: tuple[str, ...], what: str) -> Path:
    for name in names:
        if (root / name).is_dir():
            return root / name
    raise InputError(f"{root}: has no folder of {what}; expected one of {', '.join(names)}")
