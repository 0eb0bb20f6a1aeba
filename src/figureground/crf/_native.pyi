"""The dense CRF's core."""

import enum
from typing import Annotated

import numpy
from numpy.typing import NDArray

class Normalization(enum.Enum):
    none = 0

    before = 1

    after = 2

    symmetric = 3

class MeanField:
    def __init__(self, points: int, threads: int) -> None: ...
    def add_kernel(
        self,
        features: Annotated[
            NDArray[numpy.float32],
            dict(shape=(None, None), order="C", device="cpu", writable=False),
        ],
        normalization: Normalization,
    ) -> None: ...
    def set_compatibility(
        self,
        kernel: int,
        matrix: Annotated[
            NDArray[numpy.float32],
            dict(shape=(None, None), order="C", device="cpu", writable=False),
        ],
    ) -> None: ...
    def infer(
        self,
        unary: Annotated[
            NDArray[numpy.float32],
            dict(shape=(None, None), order="C", device="cpu", writable=False),
        ],
        q: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order="C", device="cpu")],
        iterations: int,
    ) -> None: ...
