"""Geodesic object proposals: the native stages."""

import enum
from typing import Annotated, Any

import numpy
from numpy.typing import NDArray


class SeedKind(enum.Enum):
    geodesic = 0

    regular = 1

    random = 2

    segmentation = 3

    learned = 4

def propose(strength: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], image: Annotated[NDArray[numpy.uint8], dict(shape=(None, None, 3), order='C', device='cpu', writable=False)], superpixels: int, seeds: int, levels: int, max_iou: float, smallest: int, singles: bool, seed_kind: SeedKind, random_seed: int, rankers: Annotated[NDArray[numpy.float32], dict(shape=(None, 23), order='C', device='cpu', writable=False)], masks: Annotated[NDArray[numpy.float32], dict(shape=(None, 2, 48), order='C', device='cpu', writable=False)], threads: int) -> dict[str, Any]: ...

def thin(strength: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], threads: int) -> NDArray[numpy.float32]: ...

class Scene:
    def __init__(self, strength: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], image: Annotated[NDArray[numpy.uint8], dict(shape=(None, None, 3), order='C', device='cpu', writable=False)], superpixels: int, threads: int) -> None: ...

    def superpixels(self) -> NDArray[numpy.int32]: ...

    def edges(self) -> NDArray[numpy.int32]: ...

    def seed_features(self) -> NDArray[numpy.float32]: ...

    def add_seed(self, seed: int) -> None: ...

    def mask_features(self, seed: int) -> NDArray[numpy.float32]: ...

    def distance(self, seed: int) -> NDArray[numpy.float32]: ...
