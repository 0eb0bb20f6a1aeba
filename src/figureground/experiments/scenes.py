"""A data set that is made, not photographed: textured objects on textured grounds.

For those who have no photos with masks at hand: a whole study can be run on it in two minutes. Its
figures say that the programs work, nothing about photos.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from figureground.arrays import VOID
from figureground.files import atomic

CLASSES = ("background", "stripes", "checks", "dots")
SIZE = (96, 128)
TINT = 90.0
"""How far an object's colour lies from gray: what the short runs of a smoke study can learn."""

SPLITS = {"train": 60, "val": 18}


def make_scenes(folder: Path, seed: int = 0) -> Path:
    """Write the data set in the form of a person's own folder, with splits train and val."""
    names = folder / "classes.txt"
    if names.exists():  # the last to be written
        return folder
    rng = np.random.default_rng(seed)
    for split, count in SPLITS.items():
        members = [f"{split}-{index:03d}" for index in range(count)]
        for name in members:
            image, labels = scene(rng)
            with atomic(folder / "images" / f"{name}.png") as path:
                Image.fromarray(image).save(path)
            with atomic(folder / "masks" / f"{name}.png") as path:
                Image.fromarray(labels).save(path)
        _write(folder / f"{split}.txt", members)
    _write(names, CLASSES)
    return folder


def scene(rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """One to three objects before a ground of smooth noise: (H, W, 3) and labels (H, W)."""
    pixels = _ground(rng)
    labels = np.zeros(SIZE, np.uint8)
    for _ in range(rng.integers(1, 4)):
        kind = int(rng.integers(1, len(CLASSES)))
        shape = _shape(rng)
        pixels[shape] = _texture(kind, rng)[shape]
        labels[_outline(shape)] = VOID
        labels[shape] = kind
    pixels += rng.normal(0, 8, pixels.shape)
    return np.clip(pixels, 0, 255).astype(np.uint8), labels


def _shape(rng: np.random.Generator) -> NDArray[np.bool_]:
    """A star-shaped blob: its radius is a random smooth function of the angle."""
    y, x = np.indices(SIZE)
    middle = rng.uniform(0.15, 0.85, 2) * SIZE
    angle = np.arctan2(y - middle[0], x - middle[1])
    radius = rng.uniform(10, 32) * np.ones(SIZE)
    for wave in range(1, 4):
        radius *= 1 + rng.uniform(0, 0.3 / wave) * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    return np.asarray(np.hypot(y - middle[0], x - middle[1]) < radius)


def _outline(shape: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pixels next to a shape, whose label is not certain."""
    wide = Image.fromarray(shape).convert("L").filter(ImageFilter.MaxFilter(3))
    return (np.asarray(wide) > 0) & ~shape


def _texture(kind: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Stripes, checks or dots in red, green or blue, (H, W, 3), turned and scaled at random."""
    turn, period = rng.uniform(0, np.pi), rng.uniform(6, 10)
    y, x = np.indices(SIZE) * 2 * np.pi / period
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    pattern = {1: np.cos(u), 2: np.cos(u) * np.cos(v), 3: np.cos(u) + np.cos(v) - 0.8}[kind]
    first, second = _grays(rng)
    tint = np.zeros(3)
    tint[kind - 1] = 1
    colours: NDArray[np.float64] = TINT * (tint - tint.mean())
    return colours + np.where(pattern[..., None] > 0, first, second)


def _ground(rng: np.random.Generator) -> NDArray[np.float64]:
    """Smooth noise between two grays, (H, W, 3)."""
    coarse = rng.uniform(0, 1, (6, 8)).astype(np.float32)
    smooth = Image.fromarray(coarse).resize(SIZE[::-1], Image.Resampling.BICUBIC)
    share = np.asarray(smooth, np.float64)[..., None]
    first, second = _grays(rng)
    return share * first + (1 - share) * second


def _grays(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two colours near gray that differ in brightness."""
    dark, bright = rng.uniform(40, 110), rng.uniform(140, 210)
    return dark + rng.normal(0, 10, 3), bright + rng.normal(0, 10, 3)


def _write(path: Path, names: list[str] | tuple[str, ...]) -> None:
    with atomic(path) as temporary:
        temporary.write_text("".join(f"{name}\n" for name in names))
