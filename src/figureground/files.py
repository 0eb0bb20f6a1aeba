"""Reading images and writing results so that nothing is ever half-written."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from figureground.arrays import as_image
from figureground.errors import InputError

IMAGE_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")
MAX_PIXELS = 100_000_000


@contextmanager
def opened_image(path: str | os.PathLike[str]) -> Iterator[Image.Image]:
    """Open an image file of a known format; whatever is wrong with it becomes one InputError."""
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: no such file")
    if path.is_dir():
        raise InputError(f"{path}: is a folder, not an image")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=IMAGE_FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise InputError(
                        f"{path}: {image.width} x {image.height} is above the limit of "
                        f"{MAX_PIXELS} pixels; make it smaller"
                    )
                yield image
    except UnidentifiedImageError:
        known = ", ".join(IMAGE_FORMATS)
        raise InputError(f"{path}: not an image that can be read ({known})") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise InputError(f"{path}: has too many pixels; make it smaller") from None
    except InputError:
        raise
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{path}: damaged or truncated image ({error})") from None


def read_image(path: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """Read a photo as (H, W, 3) uint8 RGB, turned upright as its EXIF orientation asks."""
    with opened_image(path) as image:
        return as_image(ImageOps.exif_transpose(image), name=str(path))


def read_map(path: str | os.PathLike[str]) -> NDArray[np.float32]:
    """Read an 8-bit gray image as a map of (H, W) float32 in [0, 1]."""
    with opened_image(path) as image:
        return np.asarray(image.convert("L"), np.float32) / np.float32(255)


def read_array(path: str | os.PathLike[str]) -> NDArray[Any]:
    """Read a .npy file; pickled objects are refused."""
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: no such file")
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{path}: not a .npy array ({error})") from None
    if not isinstance(array, np.ndarray):
        raise InputError(f"{path}: holds several arrays; expected one .npy array")
    return array


@contextmanager
def atomic(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it is synced and renamed to `path`.

    The folder is made if need be. An error or an interruption leaves `path` as it was. The
    temporary name keeps the suffix, since many writers choose their format by it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.stem}.", suffix=path.suffix, delete=False
    ) as handle:
        temporary = Path(handle.name)
    try:
        yield temporary
        with temporary.open("rb") as handle:
            os.fsync(handle.fileno())
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
