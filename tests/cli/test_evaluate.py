import json

import numpy as np
import pytest
from PIL import Image

CAT, DOG = 8, 12


@pytest.fixture
def dataset(tmp_path):
    """Two textured objects on textured ground, and a network's probabilities for them."""
    root = tmp_path / "voc"
    folders = [root / "JPEGImages", root / "SegmentationClass", root / "ImageSets/Segmentation"]
    for folder in (*folders, tmp_path / "p"):
        folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name, label in (("a", CAT), ("b", DOG)):
        truth = np.zeros((60, 80), np.uint8)
        truth[15:45, 20:60] = label
        grey = np.where(truth > 0, 180, 60)[..., None] + rng.integers(-20, 20, (60, 80, 3))
        Image.fromarray(grey.astype(np.uint8)).save(root / "JPEGImages" / f"{name}.jpg")
        truth[0, :] = 255
        Image.fromarray(truth).save(root / "SegmentationClass" / f"{name}.png")
        p = np.full((21, 60, 80), 0.3 / 20)
        unsure = rng.random((60, 80)) < 0.2
        seen = np.where(unsure, 0, np.where(truth == 255, 0, truth))
        np.put_along_axis(p, seen[None].astype(np.int64), 0.7, axis=0)
        np.save(tmp_path / "p" / f"{name}.npy", p)
    (root / "ImageSets/Segmentation/val.txt").write_text("a\nb\n")
    return root


def test_every_refinement_and_bonus_is_a_row(run, dataset) -> None:
    done = run("evaluate", dataset, "--probabilities", "p", "--bonus", "0,.5", "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["task"] == "segmentation"
    assert figures["split"] == "val"
    assert [(row["refine"], row["bonus"]) for row in figures["rows"]] == [
        (how, nats) for how in ("none", "crf", "pos") for nats in (0, 0.5)
    ]
    alone, refined = figures["rows"][0], figures["rows"][2]
    assert alone["images"] == 2
    assert set(alone["iou"]) == {"background", "cat", "dog"}
    assert alone["recall"] == pytest.approx(0.8, abs=0.05)
    assert refined["miou"] > alone["miou"]
    assert refined["band_iou"]["5"] > alone["band_iou"]["5"]


def test_bootstrap_compares_the_refinements_and_at_equal_recall(run, dataset) -> None:
    words = ("--probabilities", "p", "--refine", "none,crf", "--bonus", "0,1", "--bootstrap", "20")
    (compared,) = json.loads(run("evaluate", dataset, *words, "--json").stdout)["comparisons"]
    assert (compared["ours"], compared["theirs"]) == ("crf", "none")
    value, low, high = compared["miou_at_equal_recall"]
    assert low <= value <= high
    assert compared["recall"][0] > 0


def test_every_objectness_is_a_row_and_comes_shuffled(run, dataset) -> None:
    words = ("--refine", "none,lift", "--objectness", "votes,image,network", "--shuffle-objectness")
    done = run("evaluate", dataset, "--probabilities", "p", *words, "--bootstrap", "9", "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    named = [(row.get("objectness"), row.get("shuffled")) for row in figures["rows"]]
    assert named == [(None, None)] + [
        (kind, shuffled) for kind in ("votes", "image", "network") for shuffled in (False, True)
    ]
    recalls = {row.get("objectness"): row["recall"] for row in figures["rows"][::2]}
    assert recalls["votes"] >= figures["rows"][0]["recall"]
    assert "lift image shuffled" in {row["ours"] for row in figures["comparisons"]}


def test_a_calibration_is_fitted_and_used(run, dataset, tmp_path) -> None:
    words = ("--split", "val", "--probabilities", "p")
    done = run("calibrate", dataset, *words, "--out", "c.json", "--json")
    assert done.returncode == 0, done.stderr
    fitted = json.loads((tmp_path / "c.json").read_text())
    assert json.loads(done.stdout) == fitted
    (tmp_path / "c.json").write_text('{"slope": 1, "offset": 0, "weight": 0, "constant": 6}')
    words += ("--calibration", "c.json", "--refine", "lift", "--objectness", "image", "--json")
    (row,) = json.loads(run("evaluate", dataset, *words).stdout)["rows"]
    assert row["foreground_recall"] == 1


def test_figures_do_not_depend_on_the_threads(run, dataset) -> None:
    words = ("evaluate", dataset, "--probabilities", "p", "--json", "--threads")
    assert run(*words, 1).stdout == run(*words, 3).stdout


def test_without_json_a_table_is_printed(run, dataset) -> None:
    done = run("evaluate", dataset, "--probabilities", "p", "--refine", "none")
    assert "miou7" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "word"),
    [
        (["nowhere"], 1, "nowhere: no such folder"),
        (["voc", "--split", "test"], 1, "splits here: val"),
        (["voc", "--refine", "crv", "--probabilities", "p"], 2, "known: none, lift, crf, pos"),
        (["voc", "--objectness", "x", "--probabilities", "p"], 2, "known: auto, votes"),
        (["voc", "--calibration", "x", "--probabilities", "p"], 1, "not a calibration"),
        (["voc", "--bonus", "a", "--probabilities", "p"], 2, "numbers"),
        (["voc", "--probabilities", "q"], 1, "a.npy: no such file"),
    ],
)
def test_bad_input_is_named(run, dataset, words, code, word) -> None:
    done = run("evaluate", *words)
    assert done.returncode == code
    assert word in " ".join(done.stderr.replace("│", " ").split())


def test_stored_probabilities_of_other_classes_are_refused(run, dataset, tmp_path) -> None:
    np.save(tmp_path / "p" / "a.npy", np.full((2, 60, 80), 0.5))
    done = run("evaluate", dataset, "--probabilities", "p")
    assert done.returncode == 1
    assert "21" in done.stderr


def test_files_hold_every_photo_and_a_confusion_matrix_of_every_row(run, dataset, tmp_path) -> None:
    words = ("--probabilities", "p", "--refine", "none,crf", "--out", "made", "--json")
    figures = json.loads(run("evaluate", dataset, *words).stdout)
    made = tmp_path / "made"
    assert json.loads((made / "figures.json").read_text()) == figures
    header, *lines = (made / "per_image.csv").read_text().splitlines()
    assert header.startswith("row,bonus,image,miou,recall")
    assert [line.split(",")[:3] for line in lines] == [
        [row, "0", name] for row in ("none", "crf") for name in ("a", "b")
    ]
    recalls = [float(line.split(",")[4]) for line in lines[:2]]
    assert np.mean(recalls) == pytest.approx(figures["rows"][0]["recall_per_image"], abs=1e-6)
    for row in ("none", "crf"):
        assert ">cat</text>" in (made / f"confusion_{row}.svg").read_text()
