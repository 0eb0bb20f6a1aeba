"""Reads MATLAB 5 files of cells, structs and real arrays, as BSDS500 and SBD keep theirs.

After MathWorks' "MAT-File Format". Nothing in such a file is ever executed; whatever is damaged
becomes one InputError.
"""

import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from figureground.errors import InputError

MATRIX, COMPRESSED = 14, 15
CELL, STRUCT, SPARSE = 1, 2, 5
NUMBERS = {
    1: "i1",
    2: "u1",
    3: "i2",
    4: "u2",
    5: "i4",
    6: "u4",
    7: "f4",
    9: "f8",
    12: "i8",
    13: "u8",
}
LARGEST = 1 << 28
DAMAGE = (
    *(struct.error, zlib.error, ValueError, TypeError),
    *(IndexError, KeyError, StopIteration, RecursionError),
)


def read_mat(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the variables of a MATLAB 5 file.

    A real array is a NumPy array, sparse ones too; a cell array a flat list, a struct of one
    element a dict.
    Raises InputError for a file that is missing, damaged, or holds anything else.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: no such file")
    content = path.read_bytes()
    if content[126:128] != b"IM":
        raise InputError(f"{path}: not a little-endian MATLAB 5 file")
    variables: dict[str, Any] = {}
    try:
        for kind, body in _elements(memoryview(content)[128:]):
            if kind == COMPRESSED:
                kind, body = next(_elements(_inflate(body)))
            if kind == MATRIX:
                name, value = _matrix(body)
                variables[name] = value
    except DAMAGE as error:
        raise InputError(f"{path}: damaged or unsupported MATLAB file ({error})") from None
    return variables


def _inflate(body: memoryview) -> memoryview:
    inflater = zlib.decompressobj()
    content = inflater.decompress(body, LARGEST)
    if inflater.unconsumed_tail:
        raise ValueError("an element is above the size limit")
    return memoryview(content)


def _elements(content: memoryview) -> Any:
    """Yield (type, body) of each element; bodies are padded to 8 bytes."""
    at = 0
    while at + 8 <= len(content):
        kind, size = struct.unpack_from("<II", content, at)
        if kind >> 16:
            # The small format: type and size share four bytes, the data is in the next four.
            kind, size, start, at = kind & 0xFFFF, kind >> 16, at + 4, at + 8
        else:
            start = at + 8
            at = start + size + (-size % 8 if kind != COMPRESSED else 0)
        if start + size > len(content):
            raise ValueError("an element is longer than the file")
        yield kind, content[start : start + size]


def _matrix(body: memoryview) -> tuple[str, Any]:
    parts = list(_elements(body))
    if not parts:
        return "", None
    flags = struct.unpack_from("<I", parts[0][1])[0] & 0xFF
    shape = _numbers(parts[1])
    name = bytes(parts[2][1]).decode("ascii")
    if flags == CELL:
        return name, [_matrix(content)[1] for _, content in parts[3:]]
    if flags == STRUCT:
        width = int(_numbers(parts[3])[0])
        names = bytes(parts[4][1])
        fields = [
            names[at : at + width].split(b"\0")[0].decode("ascii")
            for at in range(0, len(names), width)
        ]
        return name, {
            field: _matrix(content)[1]
            for field, (_, content) in zip(fields, parts[5:], strict=True)
        }
    size = tuple(int(n) for n in shape)
    if flags == SPARSE:
        rows, starts, values = (_numbers(part) for part in parts[3:6])
        return name, _dense(rows, starts, values, size)
    return name, _numbers(parts[3]).reshape(size, order="F")


def _dense(rows: Any, starts: Any, values: Any, size: tuple[int, ...]) -> Any:
    """A sparse array: of each column, where its rows and values start."""
    if size[0] * size[1] > LARGEST:
        raise ValueError("an array is above the size limit")
    dense = np.zeros(size, values.dtype)
    columns = np.repeat(np.arange(size[1]), np.diff(starts))
    dense[rows[: len(columns)], columns] = values[: len(columns)]
    return dense


def _numbers(part: tuple[int, memoryview]) -> Any:
    kind, body = part
    return np.frombuffer(body, "<" + NUMBERS[kind])
