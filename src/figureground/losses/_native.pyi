"""The losses' core: scores are (images, classes, pixels)."""

from collections.abc import Sequence
from typing import Annotated

import numpy
from numpy.typing import NDArray


class GroupLoss:
    def __init__(self, ignored: int, group_of: Sequence[int]) -> None: ...

    def losses(self, scores: Annotated[NDArray[numpy.float32], dict(shape=(None, None, None), order='C', device='cpu', writable=False)], labels: Annotated[NDArray[numpy.int64], dict(shape=(None, None), order='C', device='cpu', writable=False)], of_class: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu')], of_group: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu')], threads: int) -> int: ...

    def gradient(self, scores: Annotated[NDArray[numpy.float32], dict(shape=(None, None, None), order='C', device='cpu', writable=False)], labels: Annotated[NDArray[numpy.int64], dict(shape=(None, None), order='C', device='cpu', writable=False)], of_class: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], of_group: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], out: Annotated[NDArray[numpy.float32], dict(shape=(None, None, None), order='C', device='cpu')], threads: int) -> None: ...
