"""What the seeds and masks of the proposals are trained on: superpixels that belong to objects."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from figureground.contours import contours
from figureground.data import Sample
from figureground.evaluation.instances import objects_of
from figureground.proposals import _native

NOTHING = -1
INSIDE_SHARE = 0.9


@dataclass
class TrainingScene:
    """One photo: its native scene, and what its superpixels belong to.

    Attributes:
        scene: seeds can be placed in it; gives the features.
        interior: (S,) the object that a superpixel lies deep in, or NOTHING. The half of an
            object's superpixels that is nearer to its outside does not count.
        shares: (N, S) the share of a superpixel's pixels that each object has.
    """

    scene: _native.Scene
    interior: NDArray[np.int64]
    shares: NDArray[np.float64]


def training_scenes(
    samples: Iterable[Sample], detector: str, superpixels: int, smallest: float
) -> list[TrainingScene]:
    """Prepare photos; those without an object of `smallest` (a share of the photo) are left out."""
    scenes = []
    for sample in samples:
        image, labels = sample.pair()
        objects = objects_of(labels)
        objects = objects[objects.mean(axis=(1, 2)) >= smallest]
        if not len(objects):
            continue
        scene = _native.Scene(contours(image, detector), image, superpixels, 1)
        pixels = scene.superpixels()
        areas = np.bincount(pixels.ravel())
        shares = np.array([np.bincount(pixels[m], minlength=len(areas)) for m in objects]) / areas
        scenes.append(TrainingScene(scene, _interior(shares, scene.edges()), shares))
    return scenes


def _interior(shares: NDArray[np.float64], edges: NDArray[np.int32]) -> NDArray[np.int64]:
    owner = np.where(shares.max(axis=0) > 0.5, shares.argmax(axis=0), NOTHING)
    depth = _depth(owner, edges)
    interior = np.full(len(owner), NOTHING)
    for object_ in range(len(shares)):
        members = np.flatnonzero(owner == object_)
        if len(members):
            deep = depth[members] >= np.median(depth[members])
            interior[members[deep]] = object_
    return interior


def _depth(owner: NDArray[np.int64], edges: NDArray[np.int32]) -> NDArray[np.int64]:
    """Steps to the nearest superpixel of another owner."""
    a, b = edges.T
    far = len(owner)
    depth = np.full(far, far)
    across = owner[a] != owner[b]
    depth[a[across]] = depth[b[across]] = 1
    for _ in range(far):
        before = depth.copy()
        np.minimum.at(depth, a, before[b] + 1)
        np.minimum.at(depth, b, before[a] + 1)
        if (depth == before).all():
            break
    return depth
