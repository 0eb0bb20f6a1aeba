"""What a data set is: a sequence of samples, each a photo and the labels of its pixels."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import as_labels
from figureground.errors import InputError
from figureground.files import opened_image, read_image


@dataclass(frozen=True)
class Sample:
    """A photo and its mask on disk; nothing is read before it is asked for.

    Here the mask is an image; a data set that keeps its labels otherwise overrides `labels` and
    `form`, and every part of the package takes its samples as they are.
    """

    name: str
    image_path: Path
    labels_path: Path
    classes: int

    def image(self) -> NDArray[np.uint8]:
        """The photo, (H, W, 3) uint8 RGB."""
        return read_image(self.image_path)

    def labels(self) -> NDArray[np.uint8]:
        """The labels, (H, W) uint8, 255 = void."""
        with opened_image(self.labels_path) as mask:
            return as_labels(mask, classes=self.classes, name=str(self.labels_path))

    def form(self) -> str:
        """How the labels are kept: here the image's mode, "P" or "L"."""
        with opened_image(self.labels_path) as mask:
            return str(mask.mode)

    def pair(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Photo and labels, of one size; InputError where the sizes differ."""
        image, labels = self.image(), self.labels()
        if image.shape[:2] != labels.shape:
            raise InputError(
                f"{self.labels_path}: is {labels.shape}, its photo {image.shape[:2]} (H, W); "
                "they must have one size"
            )
        return image, labels


@dataclass(frozen=True)
class Samples(Sequence[Sample]):
    """A data set: its samples in a fixed order, and its class names (0 = background)."""

    name: str
    split: str
    classes: tuple[str, ...]
    items: tuple[Sample, ...]

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> "Samples": ...
    def __getitem__(self, index: int | slice) -> "Sample | Samples":
        if isinstance(index, slice):
            return replace(self, items=self.items[index])
        return self.items[index]

    def __iter__(self) -> Iterator[Sample]:
        return iter(self.items)

    def without(self, names: Collection[str]) -> "Samples":
        """The same data set less the samples of these names."""
        names = set(names)
        return replace(self, items=tuple(item for item in self.items if item.name not in names))


def split_names(listed: Path, without_any: str) -> list[str]:
    """The names that a split's file lists; an error names the splits beside it, if any."""
    if not listed.is_file():
        known = ", ".join(sorted(path.stem for path in listed.parent.glob("*.txt")))
        raise InputError(
            f"{listed}: no such split; {f'splits here: {known}' if known else without_any}"
        )
    names = read_names(listed)
    if not names:
        raise InputError(f"{listed}: lists no image")
    return names


def read_names(path: Path) -> list[str]:
    """The names listed in a text file: the first word of each line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from None
    return [line.split()[0] for line in lines if line.strip()]
