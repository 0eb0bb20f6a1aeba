import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from figureground.data.bsds import bsds
from figureground.errors import InputError


def write_photo(root, split, name, people) -> None:
    (root / "images" / split).mkdir(parents=True, exist_ok=True)
    (root / "groundTruth" / split).mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (7, 5)).save(root / "images" / split / f"{name}.jpg")
    cells = np.empty((1, len(people)), object)
    for n, regions in enumerate(people):
        edges = np.zeros((5, 7), np.uint8)
        edges[:, :-1] = regions[:, :-1] != regions[:, 1:]
        cells[0, n] = {"Boundaries": edges, "Segmentation": regions.astype(np.uint16)}
    savemat(root / "groundTruth" / split / f"{name}.mat", {"groundTruth": cells})


def test_photos_come_with_each_annotators_contours(tmp_path) -> None:
    halves = np.ones((5, 7)) + (np.arange(7) > 3)
    write_photo(tmp_path, "train", "b", [halves, np.ones((5, 7))])
    write_photo(tmp_path, "train", "a", [halves])
    write_photo(tmp_path, "val", "c", [halves])
    samples = bsds(tmp_path, "train+val")
    assert [sample.name for sample in samples] == ["a", "b", "c"]
    assert samples[1].image().shape == (5, 7, 3)
    contours = samples[1].annotations()
    assert contours.shape == (2, 5, 7)
    assert contours.dtype == bool
    assert np.argwhere(contours[0])[:, 1].tolist() == [3] * 5
    assert not contours[1].any()
    np.testing.assert_array_equal(samples[1].segmentations()[0], halves)


def test_what_is_wrong_is_said(tmp_path) -> None:
    with pytest.raises(InputError, match="'trian' is unknown; known are train, val, test"):
        bsds(tmp_path, "trian")
    with pytest.raises(InputError, match="no BSDS500 there"):
        bsds(tmp_path, "test")
    write_photo(tmp_path, "val", "a", [np.ones((5, 7))])
    savemat(tmp_path / "groundTruth" / "val" / "a.mat", {"other": np.ones(3)})
    with pytest.raises(InputError, match="holds no BSDS annotations"):
        bsds(tmp_path, "val")[0].annotations()


@pytest.mark.shared
def test_the_real_set(shared) -> None:
    samples = bsds(shared / "data" / "BSDS500", "train+val+test")
    assert len(samples) == 500
    for sample in samples[::125]:
        contours = sample.annotations()
        assert contours.shape[1:] == sample.image().shape[:2]
        assert 0.005 < contours.mean() < 0.1
