"""From a folder to its samples, whatever its layout."""

import os
from collections.abc import Sequence
from pathlib import Path

from figureground.data.coco import ANNOTATIONS, coco
from figureground.data.folder import folder
from figureground.data.samples import Samples
from figureground.data.sbd import LABELS, UNPACKED, sbd
from figureground.data.voc import SPLITS, voc
from figureground.errors import InputError


def open_samples(
    root: str | os.PathLike[str],
    split: str | None = None,
    classes: Sequence[str] | None = None,
) -> Samples:
    """Open a data set of any layout: see `voc`, `sbd`, `coco`; else a plain `folder`.

    Args:
        root: the data set's folder.
        split: a part of it; where None, `voc`'s, `sbd`'s or `coco`'s val, or a folder's whole.
        classes: of a data set in COCO's format, the classes that are wanted.
    """
    root = Path(root)
    if not root.is_dir():
        raise InputError(f"{root}: no such folder")
    if (root / SPLITS).is_dir():
        return voc(root, split or "val")
    if (root / ANNOTATIONS).is_dir():
        return coco(root, split or "val2017", classes)
    if (root / LABELS).is_dir() or (root / UNPACKED).is_dir():
        return sbd(root, split or "val")
    return folder(root, split)
