import json

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat


@pytest.fixture
def dataset(tmp_path):
    """Two photos of a disc in another colour than its ground, each with two annotators."""
    for folder in ("images/test", "groundTruth/test"):
        (tmp_path / folder).mkdir(parents=True)
    y, x = np.mgrid[:120, :160]
    for name, radius in (("a", 30), ("b", 42)):
        disc = np.hypot(y - 60, x - 80) < radius
        image = np.where(disc[..., None], [200, 120, 60], [40, 90, 140]).astype(np.uint8)
        Image.fromarray(image).save(tmp_path / f"images/test/{name}.jpg", quality=95)
        edges = np.zeros(disc.shape, np.uint8)
        edges[:, :-1] |= disc[:, :-1] != disc[:, 1:]
        edges[:-1] |= disc[:-1] != disc[1:]
        cells = np.empty((1, 2), object)
        cells[0, 0] = cells[0, 1] = {"Boundaries": edges}
        savemat(tmp_path / f"groundTruth/test/{name}.mat", {"groundTruth": cells})
    return tmp_path


def test_a_detector_is_a_row(run, dataset) -> None:
    done = run("evaluate", dataset, "--task", "contours", "--detector", "gradient", "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert (figures["task"], figures["split"]) == ("contours", "test")
    (row,) = figures["rows"]
    assert (row["detector"], row["images"]) == ("gradient", 2)
    assert row["ods"] > 0.9
    assert row["ois"] >= row["ods"]


def test_figures_are_printed_as_a_table(run, dataset) -> None:
    done = run("evaluate", dataset, "--task", "contours", "--detector", "gradient")
    assert done.returncode == 0, done.stderr
    assert "ods" in done.stdout
    assert "gradient" in done.stdout


def test_an_unknown_detector_is_one_line(run, dataset) -> None:
    done = run("evaluate", dataset, "--task", "contours", "--detector", "canny")
    assert done.returncode == 1
    assert "'canny' is unknown; known are" in done.stderr
