"""Trained seeds and masks: our file, and the files of the method's authors."""

import os
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from figureground.errors import InputError
from figureground.files import atomic

SEED_FEATURES = 23
MASK_FEATURES = 47
AUTHORS_FEATURE_SET = 443
"""The bits of the authors' default features: all but the inverse indicator and RGB histograms."""

EMBEDDED = Path(__file__).parents[1] / "weights" / "gop.npz"


@dataclass(frozen=True)
class ProposalModel:
    """Trained seeds and masks.

    Attributes:
        rankers: (M, 23) float32; seed i is the superpixel that ranker i scores highest.
        masks: (K, 2, 48) float32, for each pair the foreground's and the background's 47 weights
            and bias; superpixels with a negative value belong to the mask.
    """

    rankers: NDArray[np.float32]
    masks: NDArray[np.float32]

    def __post_init__(self) -> None:
        for name, shape in (("rankers", (SEED_FEATURES,)), ("masks", (2, MASK_FEATURES + 1))):
            array = getattr(self, name)
            if array.shape[1:] != shape or array.dtype != np.float32:
                raise InputError(
                    f"{name}: expected float32 of shape (n, {', '.join(map(str, shape))}), "
                    f"got {array.dtype} {array.shape}"
                )
            if not np.isfinite(array).all():
                raise InputError(f"{name}: holds values that are not finite")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write an .npz file."""
        with atomic(path) as temporary:
            np.savez(temporary, rankers=self.rankers, masks=self.masks)


def load_model(path: str | os.PathLike[str] = EMBEDDED) -> ProposalModel:
    """Read trained seeds and masks.

    Args:
        path: an .npz file that `save` wrote, or a folder with the authors' files
            `*seed_final.dat` and `*masks_final_<k>_fg.dat`, `*masks_final_<k>_bg.dat`.
    """
    path = Path(path)
    if path.is_dir():
        return _load_authors(path)
    if not path.exists():
        raise InputError(f"{path}: no such file")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return ProposalModel(arrays["rankers"], arrays["masks"])
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except Exception as error:  # zipfile, zlib and numpy each have their own
        raise InputError(f"{path}: not a file of trained seeds and masks ({error})") from None


def _load_authors(folder: Path) -> ProposalModel:
    seeds = sorted(folder.glob("*seed_final.dat"))
    foreground = sorted(folder.glob("*masks_final_*_fg.dat"))
    if len(seeds) != 1 or not foreground:
        raise InputError(f"{folder}: expected one *seed_final.dat and *masks_final_<k>_fg.dat")
    pairs = [
        [_read_mask(path), _read_mask(path.with_name(path.name.replace("_fg.dat", "_bg.dat")))]
        for path in foreground
    ]
    return ProposalModel(_read_rankers(seeds[0]), np.array(pairs, np.float32))


def _read_rankers(path: Path) -> NDArray[np.float32]:
    """An int32 count, then matrices: int32 rows, int32 columns, float32 values."""
    data = path.read_bytes()
    row = 8 + 4 * SEED_FEATURES
    count = struct.unpack_from("<i", data)[0] if len(data) >= 4 else -1
    if count < 0 or len(data) != 4 + count * row:
        raise InputError(f"{path}: expected {count} matrices of {SEED_FEATURES} floats")
    rows = np.frombuffer(data, np.uint8, offset=4).reshape(count, row)
    if not (rows[:, :8].copy().view("<i4") == (SEED_FEATURES, 1)).all():
        raise InputError(f"{path}: a matrix is not {SEED_FEATURES} x 1")
    return np.ascontiguousarray(rows[:, 8:]).view("<f4").astype(np.float32)


def _read_mask(path: Path) -> NDArray[np.float32]:
    """A uint32 feature set, int32 rows, int32 columns, float32 weights, float32 bias."""
    if not path.exists():
        raise InputError(f"{path}: no such file")
    data = path.read_bytes()
    expected = struct.pack("<Iii", AUTHORS_FEATURE_SET, MASK_FEATURES, 1)
    if len(data) != len(expected) + 4 * (MASK_FEATURES + 1) or data[:12] != expected:
        raise InputError(f"{path}: not a mask of the authors' {MASK_FEATURES} default features")
    return np.frombuffer(data, "<f4", offset=12).astype(np.float32)
