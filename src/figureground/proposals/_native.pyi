"""Geodesic object proposals: the native stages."""

from typing import Annotated, Any

import numpy
from numpy.typing import NDArray


def propose(strength: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], superpixels: int, seeds: int, levels: int, max_iou: float, smallest: int, singles: bool, threads: int) -> dict[str, Any]: ...

def thin(strength: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], threads: int) -> NDArray[numpy.float32]: ...
