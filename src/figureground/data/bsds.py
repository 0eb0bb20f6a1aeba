"""BSDS500: photos with the contours that several people drew (Arbeláez et al., PAMI 2011)."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from figureground.data.matfile import read_mat
from figureground.errors import InputError
from figureground.files import read_image

SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class ContourSample:
    """A photo of BSDS500 and where its annotators' files lie."""

    name: str
    image_path: Path
    truth_path: Path

    def image(self) -> NDArray[np.uint8]:
        """Return the photo, (H, W, 3) uint8."""
        return read_image(self.image_path)

    def annotations(self) -> NDArray[np.bool_]:
        """Return each annotator's contours, (A, H, W) bool, lines one pixel wide."""
        return self._planes("Boundaries").astype(bool)

    def segmentations(self) -> NDArray[np.int32]:
        """Return each annotator's regions, (A, H, W) int32; contours run between them."""
        return self._planes("Segmentation").astype(np.int32)

    def _planes(self, field: str) -> NDArray[np.generic]:
        try:
            people = read_mat(self.truth_path)["groundTruth"]
            return np.stack([np.asarray(one[field]) for one in people])
        except (KeyError, TypeError, ValueError):
            raise InputError(f"{self.truth_path}: holds no BSDS annotations") from None


def bsds(root: str | os.PathLike[str], split: str) -> list[ContourSample]:
    """List a split ("train", "val", "test", or several joined by "+"), sorted by name.

    Args:
        root: the folder with `images/<split>/*.jpg` and `groundTruth/<split>/*.mat`.
        split: which part, e.g. "train+val".
    """
    samples = []
    for part in split.split("+"):
        if part not in SPLITS:
            raise InputError(f"split: {part!r} is unknown; known are {', '.join(SPLITS)}")
        images = sorted((Path(root) / "images" / part).glob("*.jpg"))
        if not images:
            raise InputError(f"{root}: no BSDS500 there (images/{part}/*.jpg is empty)")
        truths = Path(root) / "groundTruth" / part
        samples += [ContourSample(at.stem, at, truths / f"{at.stem}.mat") for at in images]
    return samples
