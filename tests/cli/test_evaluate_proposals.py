import json

import numpy as np
from PIL import Image


def test_evaluate_prints_the_figures_of_presets(run, tmp_path):
    labels = np.zeros((60, 80), np.uint8)
    labels[20:40, 30:60] = 1
    image = np.where(labels[..., None] > 0, 220, 40).astype(np.uint8).repeat(3, 2)
    for folder, array in (("images", image), ("masks", labels)):
        (tmp_path / "set" / folder).mkdir(parents=True)
        Image.fromarray(array).save(tmp_path / "set" / folder / "a.png")
    words = ("evaluate", "set", "--task", "proposals", "--proposals", "baseline-130,learned-140")
    done = run(*words, "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["task"] == "proposals"
    assert [row["preset"] for row in figures["rows"]] == ["baseline-130", "learned-140"]
    assert figures["rows"][0]["abo"] > 0.8
    assert "baseline-130" in run(*words).stdout
