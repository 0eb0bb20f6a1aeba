import numpy as np
import pytest
from PIL import Image

from figureground.errors import InputError
from figureground.files import atomic, read_array, read_image
from figureground.photos import PHOTOS


def test_a_photo_is_rgb() -> None:
    assert read_image(PHOTOS[0]).shape == (512, 512, 3)


def test_exif_orientation_is_applied(tmp_path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    Image.new("RGB", (8, 4)).save(tmp_path / "turned.jpg", exif=exif)
    assert read_image(tmp_path / "turned.jpg").shape == (8, 4, 3)


def broken(tmp_path, name: str, content: bytes):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_missing_and_folder_are_named(tmp_path) -> None:
    with pytest.raises(InputError, match=r"none\.jpg: no such file"):
        read_image(tmp_path / "none.jpg")
    with pytest.raises(InputError, match="is a folder"):
        read_image(tmp_path)


@pytest.mark.parametrize("keep", [0, 10, 300, 20_000])
def test_truncated_images_are_refused(tmp_path, keep) -> None:
    path = broken(tmp_path, "cut.jpg", PHOTOS[0].read_bytes()[:keep])
    with pytest.raises(InputError, match=r"cut\.jpg"):
        read_image(path)


def test_other_formats_are_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="not an image"):
        read_image(broken(tmp_path, "page.jpg", b"<html></html>"))
    Image.new("RGB", (4, 4)).save(tmp_path / "a.gif")
    with pytest.raises(InputError, match="not an image"):
        read_image(tmp_path / "a.gif")


def test_decompression_bombs_are_refused(tmp_path) -> None:
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    with pytest.raises(InputError, match="pixels"):
        read_image(tmp_path / "bomb.png")


def test_pickled_and_damaged_arrays_are_refused(tmp_path) -> None:
    np.save(tmp_path / "evil.npy", np.array([{}], dtype=object), allow_pickle=True)
    for path in (tmp_path / "evil.npy", broken(tmp_path, "cut.npy", b"\x93NUMPY\x01")):
        with pytest.raises(InputError, match=r"not a \.npy array"):
            read_array(path)


def test_several_arrays_are_refused(tmp_path) -> None:
    np.savez(tmp_path / "two.npz", a=np.zeros(1))
    with pytest.raises(InputError, match="several"):
        read_array(tmp_path / "two.npz")


def fail_midway(path) -> None:
    with atomic(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError


def test_atomic_leaves_the_old_file_when_writing_fails(tmp_path) -> None:
    path = tmp_path / "new" / "figures.txt"
    with atomic(path) as temporary:
        temporary.write_text("old")
    with pytest.raises(RuntimeError):
        fail_midway(path)
    assert path.read_text() == "old"
    assert list(path.parent.iterdir()) == [path]
