import json

import numpy as np
import pytest
from PIL import Image


def photo(path):
    y, x = np.mgrid[:60, :80]
    inside = np.hypot(y - 30, x - 40) < 18
    Image.fromarray(np.where(inside[..., None], 200, 60).astype(np.uint8).repeat(3, 2)).save(path)
    return path


def test_propose_writes_arrays_and_a_picture(run, tmp_path):
    done = run("propose", photo(tmp_path / "a.png"), "--out", "out")
    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / "out" / "a.npz") as arrays:
        assert arrays["superpixels"].shape == (60, 80)
        assert len(arrays["segments"]) == len(arrays["scores"]) == len(arrays["boxes"])
        assert len(arrays["edges"]) == len(arrays["strengths"]) == len(arrays["lengths"])
    assert (tmp_path / "out" / "a_segments.png").exists()


def test_propose_writes_coco_results_of_a_wanted_number(run, tmp_path):
    image = photo(tmp_path / "a.png")
    done = run("propose", image, "--out", "out", "--format", "coco", "--preset", "20")
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "out" / "a.json").read_text())
    assert len(results) == 20
    assert results[0]["segmentation"]["size"] == [60, 80]


@pytest.mark.parametrize("kind", ["image", "network"])
def test_learned_objectness_is_a_probability(run, tmp_path, kind):
    Image.fromarray(np.full((40, 50, 3), 90, np.uint8)).save(tmp_path / "grey.png")
    done = run("objectness", "grey.png", "--kind", kind, "--out", "out")
    assert done.returncode == 0, done.stderr
    p = np.load(tmp_path / "out" / "grey.npy")
    assert p.shape == (40, 50)
    assert 0 <= p.min() <= p.max() <= 1


def test_objectness_writes_a_map_and_its_colours(run, tmp_path):
    image = photo(tmp_path / "a.png")
    for layout in ("npy", "png"):
        done = run("objectness", image, "--out", "out", "--format", layout)
        assert done.returncode == 0, done.stderr
    share = np.load(tmp_path / "out" / "a.npy")
    assert share.dtype == np.float32
    gray = np.asarray(Image.open(tmp_path / "out" / "a.png"))
    np.testing.assert_allclose(gray / 65535, share, atol=1e-4)
    assert (tmp_path / "out" / "a_heat.png").exists()


def test_bad_input_is_one_line(run, tmp_path):
    image = photo(tmp_path / "a.png")
    small = tmp_path / "b.png"
    Image.new("L", (10, 10)).save(small)
    for words, part in (
        (("propose", image, "--preset", "best"), "'best' is unknown"),
        (("propose", image, "--boundaries", small), "boundaries: expected shape"),
        (("objectness", tmp_path / "none.png"), "no such file"),
    ):
        done = run(*words)
        assert done.returncode == 1
        assert part in done.stderr
        assert done.stderr.count("\n") == 1
