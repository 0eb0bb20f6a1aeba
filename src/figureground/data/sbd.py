"""The layout of SBD: VOC's photos, with labels in MATLAB files.

Source: Hariharan et al., "Semantic Contours from Inverse Detectors", ICCV 2011.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import as_labels
from figureground.classes import VOC_CLASSES
from figureground.data.matfile import read_mat
from figureground.data.samples import Sample, Samples, split_names
from figureground.errors import InputError

LABELS = "cls"
UNPACKED = "benchmark_RELEASE/dataset"
"""Where the published archive has the data set."""


@dataclass(frozen=True)
class MatSample(Sample):
    """A photo, and labels in the field GTcls.Segmentation of a MATLAB file."""

    def labels(self) -> NDArray[np.uint8]:
        """The labels, (H, W) uint8; SBD has no void."""
        variables = read_mat(self.labels_path)
        try:
            labels = variables["GTcls"]["Segmentation"]
        except (KeyError, TypeError, IndexError):
            raise InputError(f"{self.labels_path}: holds no GTcls.Segmentation") from None
        return as_labels(labels, classes=self.classes, name=str(self.labels_path))

    def form(self) -> str:
        """How the labels are kept."""
        return "MATLAB"


def sbd(root: str | os.PathLike[str], split: str = "val") -> Samples:
    """Open a split of SBD: "train" or "val", or any SPLIT.txt with a name a line.

    The folder holds img/NAME.jpg, cls/NAME.mat and SPLIT.txt, or is the unpacked archive. Many
    names are also in VOC's own val: `Samples.without` them before training.
    """
    root = Path(root)
    if (root / UNPACKED).is_dir():
        root = root / UNPACKED
    listed = root / f"{split}.txt"
    names = split_names(listed, "splits here: none")
    items = tuple(_sample(root, name, listed) for name in names)
    return Samples(root.resolve().name, split, VOC_CLASSES, items)


def _sample(root: Path, name: str, listed: Path) -> Sample:
    image, labels = root / "img" / f"{name}.jpg", root / LABELS / f"{name}.mat"
    for path in (image, labels):
        if not path.is_file():
            raise InputError(f"{path}: no such file, but {listed} lists it")
    return MatSample(name, image, labels, len(VOC_CLASSES))
