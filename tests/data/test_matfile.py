import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from scipy.io import savemat
from scipy.sparse import csc_matrix

from figureground.data import matfile
from figureground.data.matfile import read_mat
from figureground.errors import InputError


@pytest.mark.parametrize("compressed", [False, True])
def test_what_scipy_writes_is_read(tmp_path, compressed) -> None:
    first = {"Boundaries": np.eye(5, 7, dtype=np.uint8), "Segmentation": np.arange(6.0)[None]}
    cells = np.empty((1, 2), object)
    cells[0, 0], cells[0, 1] = first, {"Boundaries": np.ones((2, 3), np.int32)}
    values = {"groundTruth": cells, "tiny": np.uint8([[1, 2]])}
    savemat(tmp_path / "a.mat", values, do_compression=compressed)
    read = read_mat(tmp_path / "a.mat")
    np.testing.assert_array_equal(read["tiny"], [[1, 2]])
    one, two = read["groundTruth"]
    np.testing.assert_array_equal(one["Boundaries"], first["Boundaries"])
    np.testing.assert_array_equal(one["Segmentation"], first["Segmentation"])
    np.testing.assert_array_equal(two["Boundaries"], np.ones((2, 3)))


@pytest.mark.parametrize("kind", [float, bool])
def test_sparse_arrays_are_read(tmp_path, kind) -> None:
    whole = np.zeros((5, 4), kind)
    whole[[0, 3, 4, 4], [1, 1, 0, 3]] = 1
    savemat(tmp_path / "a.mat", {"edges": csc_matrix(whole), "none": csc_matrix((3, 2))})
    read = read_mat(tmp_path / "a.mat")
    np.testing.assert_array_equal(read["edges"], whole)
    np.testing.assert_array_equal(read["none"], np.zeros((3, 2)))


def test_damaged_files_are_input_errors(tmp_path) -> None:
    savemat(tmp_path / "a.mat", {"x": np.arange(1000.0)[None]}, do_compression=True)
    whole = (tmp_path / "a.mat").read_bytes()
    rng = np.random.default_rng(0)
    path = tmp_path / "b.mat"
    for length in (0, 100, 128, 140, 300):
        path.write_bytes(whole[:length])
        if length == 128:
            assert read_mat(path) == {}
            continue
        with pytest.raises(InputError, match=r"b\.mat"):
            read_mat(path)
    for _ in range(200):
        content = bytearray(whole)
        for at in rng.integers(128, len(whole), 3):
            content[at] = rng.integers(256)
        path.write_bytes(content)
        with suppress(InputError):
            read_mat(path)


def test_garbage_within_an_element_is_an_input_error(tmp_path) -> None:
    savemat(tmp_path / "a.mat", {"x": np.arange(40.0)[None]}, do_compression=False)
    whole = bytearray((tmp_path / "a.mat").read_bytes())
    rng = np.random.default_rng(1)
    for _ in range(300):
        content = whole.copy()
        for at in rng.integers(128, 200, 2):
            content[at] = rng.integers(256)
        (tmp_path / "b.mat").write_bytes(content)
        with suppress(InputError):
            read_mat(tmp_path / "b.mat")


def test_an_element_that_inflates_without_end_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(matfile, "LARGEST", 1000)
    bomb = zlib.compress(bytes(1 << 20), 9)
    header = b"MATLAB 5.0".ljust(124) + b"\x00\x01IM"
    (tmp_path / "a.mat").write_bytes(header + struct.pack("<II", 15, len(bomb)) + bomb)
    with pytest.raises(InputError, match="above the size limit"):
        read_mat(tmp_path / "a.mat")


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(InputError, match=r"none\.mat: no such file"):
        read_mat(tmp_path / "none.mat")


def test_cells_in_cells_without_end_are_refused(tmp_path) -> None:
    content = b""
    for _ in range(3000):
        flags = struct.pack("<IIII", 6, 8, 1, 0)
        body = flags + struct.pack("<IIii", 5, 8, 1, 1) + struct.pack("<II", 1, 0) + content
        content = struct.pack("<II", 14, len(body)) + body
    header = b"MATLAB 5.0".ljust(124) + b"\x00\x01IM"
    (tmp_path / "a.mat").write_bytes(header + content)
    with pytest.raises(InputError, match=r"a\.mat: damaged"):
        read_mat(tmp_path / "a.mat")
