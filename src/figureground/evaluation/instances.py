"""Photos whose objects are known one by one, for measuring proposals.

Either a folder with images/NAME.jpg, instances/NAME.npz (`shape` = (N, H, W), `masks` = packed
bits, a row an object, `crowd` = packed bits of pixels to leave out) and, where it has them,
boundaries/NAME.png; or any data set with class masks, whose objects are then the connected
components of the classes.
"""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import VOID
from figureground.data import Sample, open_samples
from figureground.errors import InputError
from figureground.evaluation.objects import connected_components
from figureground.files import read_image, read_map

SPECK = 20
"""Components of fewer pixels are remnants of annotation, not objects."""


@dataclass(frozen=True)
class ObjectSample:
    """A photo and its objects.

    Attributes:
        name: the file's stem.
        image: (H, W, 3) uint8.
        objects: (N, H, W) bool; they may overlap.
        void: (H, W) bool, pixels that count neither for nor against.
        boundaries: (H, W) float32 in [0, 1], or None where the set has none.
    """

    name: str
    image: NDArray[np.uint8]
    objects: NDArray[np.bool_]
    void: NDArray[np.bool_]
    boundaries: NDArray[np.float32] | None = None


def object_samples(
    dataset: Path, split: str | None = None
) -> tuple[str, list[Callable[[], ObjectSample]]]:
    """Return the split's name and its photos, each read when it is called."""
    if (dataset / "instances").is_dir():
        files = sorted((dataset / "instances").glob("*.npz"))
        if not files:
            raise InputError(f"{dataset / 'instances'}: holds no .npz file")
        return "all", [partial(_read_instances, path) for path in files]
    samples = open_samples(dataset, split)
    return samples.split, [partial(_read_classes, sample) for sample in samples]


def _read_instances(path: Path) -> ObjectSample:
    name, folder = path.stem, path.parents[1]
    strength = folder / "boundaries" / f"{name}.png"
    image = read_image(folder / "images" / f"{name}.jpg")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            n, height, width = (int(v) for v in stored["shape"])
            pixels = height * width
            objects = np.unpackbits(stored["masks"], axis=1, count=pixels)
            crowd = np.unpackbits(stored["crowd"].ravel(), count=pixels)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: not an instance file ({error})") from None
    if image.shape[:2] != (height, width):
        raise InputError(f"{path}: is for {(height, width)}, its photo {image.shape[:2]} (H, W)")
    return ObjectSample(
        name,
        image,
        objects.reshape(n, height, width).astype(bool),
        crowd.reshape(height, width).astype(bool),
        read_map(strength) if strength.exists() else None,
    )


def _read_classes(sample: Sample) -> ObjectSample:
    image, labels = sample.pair()
    return ObjectSample(sample.name, image, objects_of(labels), labels == VOID)


def objects_of(labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return the connected components of each class, (N, H, W) bool; specks are left out."""
    components = connected_components(np.where(labels == VOID, 0, labels))
    sizes = np.bincount(components.ravel())
    kept = [k for k in range(1, len(sizes)) if sizes[k] >= SPECK]
    return np.array([components == k for k in kept], bool).reshape(-1, *labels.shape)
