import json

import numpy as np
import pytest
from PIL import Image

from figureground.files import read_image
from figureground.photos import PHOTOS


def test_demo_leaves_mask_overlay_and_panel_of_each_photo(run, tmp_path) -> None:
    done = run("demo", "--out", "out")
    assert done.returncode == 0, done.stderr
    kinds = ("labels", "overlay", "panel")
    expected = {f"{photo.stem}_{kind}.png" for photo in PHOTOS for kind in kinds}
    assert {path.name for path in (tmp_path / "out").iterdir()} == expected
    assert "cat" in done.stdout
    assert "person" in done.stdout


def test_labels_are_a_palette_image_of_the_photos_size(run, tmp_path) -> None:
    assert run("segment", PHOTOS[1], "--out", "out").returncode == 0
    with Image.open(tmp_path / "out" / "cat_labels.png") as labels:
        assert labels.mode == "P"
        assert labels.size == (451, 300)


def test_json_is_alone_on_standard_output(run) -> None:
    done = run("segment", PHOTOS[1], "--refine", "none", "--json")
    (row,) = json.loads(done.stdout)
    assert sum(row["shares"].values()) == pytest.approx(1)
    assert set(row["seconds"]) == {"network"}


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda path: None, "no such file"),
        (lambda path: path.write_bytes(PHOTOS[0].read_bytes()[:5000]), "truncated"),
        (lambda path: path.write_text("not a photo"), "not an image"),
    ],
    ids=["missing", "truncated", "text"],
)
def test_bad_photos_are_one_line_and_leave_nothing(run, tmp_path, make, word) -> None:
    make(tmp_path / "photo.jpg")
    done = run("segment", "photo.jpg", "--out", "out")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "photo.jpg" in done.stderr
    assert word in done.stderr
    assert not (tmp_path / "out").exists()


def test_unknown_networks_are_one_line_that_lists_the_known(run) -> None:
    done = run("segment", PHOTOS[0], "--network", "fcn9")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "fcn9" in done.stderr
    assert "fcn8s-mobilenetv2" in done.stderr


def test_photos_of_the_same_name_are_not_overwritten(run, tmp_path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "cat.png").write_bytes(b"")
    done = run("segment", PHOTOS[1], "other/cat.png")
    assert done.returncode == 1
    assert "overwrite" in done.stderr


def test_wrong_usage_is_exit_2(run) -> None:
    assert run("segment").returncode == 2
    assert run("segment", PHOTOS[0], "--refine", "crv").returncode == 2


def test_refine_writes_a_distribution_over_the_classes(run, tmp_path) -> None:
    height, width = read_image(PHOTOS[1]).shape[:2]
    p = np.random.default_rng(0).dirichlet(np.ones(3), (height, width)).transpose(2, 0, 1)
    np.save(tmp_path / "p.npy", p.astype(np.float16))
    done = run("refine", PHOTOS[1], "p.npy", "--objectness", "none", "--out", "out")
    assert done.returncode == 0, done.stderr
    q = np.load(tmp_path / "out" / "cat_probabilities.npy")
    assert q.shape == (3, height, width)
    np.testing.assert_allclose(q.sum(0), 1, atol=1e-4)


@pytest.mark.parametrize(
    ("array", "word"),
    [
        (np.full((300, 451, 2), 0.5), "transpose"),
        (np.full((2, 30, 45), 0.5), "expected"),
        (np.full((2, 300, 451), np.nan), "not finite"),
        (np.full((2, 300, 451), 7.0), "softmax"),
    ],
    ids=["axes", "size", "nan", "logits"],
)
def test_bad_probabilities_are_one_line_with_the_fix(run, tmp_path, array, word) -> None:
    np.save(tmp_path / "p.npy", array)
    done = run("refine", PHOTOS[1], "p.npy", "--out", "out")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "p.npy" in done.stderr
    assert word in done.stderr
    assert not (tmp_path / "out").exists()


def test_doctor_finds_everything_in_order(run) -> None:
    done = run("doctor")
    assert done.returncode == 0, done.stdout
    assert "BROKEN" not in done.stdout
