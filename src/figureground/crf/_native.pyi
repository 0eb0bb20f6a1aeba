"""The dense CRF's core."""

from collections.abc import Sequence
import enum
from typing import Annotated, overload

import numpy
from numpy.typing import NDArray


def instruction_set() -> str:
    """Which build of the inner loops is in use."""

def exact(features: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], values: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], rows: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], out: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')], threads: int) -> None: ...

class Normalization(enum.Enum):
    none = 0

    before = 1

    after = 2

    symmetric = 3

class MeanField:
    def __init__(self, shape: Sequence[int], threads: int) -> None: ...

    def add_features(self, features: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], normalization: Normalization, exclude_self: bool) -> None: ...

    def add_grid(self, sigmas: Sequence[float], normalization: Normalization, exclude_self: bool) -> None: ...

    def nodes(self, term: int) -> int: ...

    def diagonal(self, term: int, out: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu')]) -> None: ...

    def set_compatibility(self, term: int, matrix: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> None: ...

    def supported(self, unary: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], within: float) -> list[int]: ...

    def infer(self, unary: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], q: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu')], kept: Sequence[int], iterations: int, step: float, tolerance: float, warm: bool) -> int: ...

    @overload
    def filter(self, term: int, values: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], out: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu')], transposed: bool) -> None: ...

    @overload
    def filter(self, term: int, values: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], out: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')], transposed: bool) -> None: ...
