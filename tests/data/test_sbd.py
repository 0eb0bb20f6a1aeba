from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat
from scipy.sparse import csc_matrix

from figureground.data import VOC_CLASSES, open_samples, sbd
from figureground.data.check import check
from figureground.data.sbd import UNPACKED
from figureground.errors import InputError


def sbd_folder(root: Path, labels: np.ndarray) -> Path:
    """A photo in SBD's own form: struct GTcls of sparse boundaries, labels, present classes."""
    for part in ("img", "cls"):
        (root / part).mkdir(parents=True)
    Image.fromarray(np.zeros((*labels.shape, 3), np.uint8)).save(root / "img/2008_1.jpg")
    boundaries = np.empty((20, 1), object)
    for k in range(20):
        boundaries[k, 0] = csc_matrix(labels.shape, dtype=bool)
    truth = {
        "Boundaries": boundaries,
        "Segmentation": labels,
        "CategoriesPresent": np.uint8([[8], [15]]),
    }
    savemat(root / "cls/2008_1.mat", {"GTcls": truth}, do_compression=True)
    (root / "val.txt").write_text("2008_1\n")
    return root


LABELS = np.uint8([[0, 8, 8], [15, 15, 0]])


@pytest.mark.parametrize("inner", ["", UNPACKED])
def test_labels_are_read(tmp_path: Path, inner: str) -> None:
    sbd_folder(tmp_path / inner, LABELS)
    samples = open_samples(tmp_path)
    assert samples.classes == VOC_CLASSES
    image, labels = samples[0].pair()
    assert image.shape == (2, 3, 3)
    np.testing.assert_array_equal(labels, LABELS)
    assert check(samples).modes == {"MATLAB": 1}


def test_missing_files_and_splits_are_named(tmp_path: Path) -> None:
    root = sbd_folder(tmp_path, LABELS)
    with pytest.raises(InputError, match=r"test\.txt: no such split; splits here: val"):
        sbd(root, "test")
    (root / "cls/2008_1.mat").unlink()
    with pytest.raises(InputError, match=r"2008_1\.mat: no such file, but"):
        sbd(root)


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    root = sbd_folder(tmp_path, LABELS)
    savemat(root / "cls/2008_1.mat", {"GTinst": LABELS})
    with pytest.raises(InputError, match=r"2008_1\.mat: holds no GTcls"):
        sbd(root)[0].labels()
    savemat(root / "cls/2008_1.mat", {"GTcls": {"Segmentation": LABELS + 10}})
    with pytest.raises(InputError, match="label 25 does not fit 21 classes"):
        sbd(root)[0].labels()
