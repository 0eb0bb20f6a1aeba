"""A run that is killed again and again ends at the weights of one that never was."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

RECIPE = """
kind = "segmentation"
threads = 1
[data]
train = [{ path = "set" }]
held_out = { path = "set", split = "", every = 4 }
[network]
hidden = 8
[views]
crop = 64
longest = 64
[stem_cache]
views = 2
[schedule]
epochs = 8
batch = 3
held_out_every = 4
save_every = 1
"""


def start(folder: Path, out: str, *more: str) -> subprocess.Popen[bytes]:
    run = "from figureground.cli.app import main; main()"
    command = [sys.executable, "-c", run, "train", "r.toml", "--out", out, *more]
    environment = os.environ | {"FIGUREGROUND_DATA": str(folder), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)


@pytest.mark.slow
def test_killed_runs_end_at_the_same_weights(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for part in ("images", "masks"):
        (tmp_path / "set" / part).mkdir(parents=True)
    (tmp_path / "set/classes.txt").write_text("background\nobject\n")
    for k in range(8):
        for part, shape, high in (("images", (64, 64, 3), 256), ("masks", (64, 64), 2)):
            pixels = rng.integers(0, high, shape, np.uint8)
            Image.fromarray(pixels).save(tmp_path / f"set/{part}/{k}.png")
    (tmp_path / "r.toml").write_text(RECIPE)

    assert start(tmp_path, "whole").wait() == 0
    checkpoint, kills, steps = tmp_path / "killed/checkpoint.pt", 0, []
    process = start(tmp_path, "killed")
    while kills < 4:
        written = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        while process.poll() is None and (
            not checkpoint.exists() or checkpoint.stat().st_mtime_ns == written
        ):
            time.sleep(0.001)
        if process.poll() is not None:
            break
        time.sleep(float(rng.uniform(0, 0.1)))
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
        steps.append(int(torch.load(checkpoint, weights_only=True)["position"][0]))
        process = start(tmp_path, "killed", "--resume")
    assert process.wait() == 0
    assert kills >= 2, f"the run ended before it could be killed twice: {steps}"
    whole, killed = (
        torch.load(tmp_path / out / "checkpoint.pt", weights_only=True)
        for out in ("whole", "killed")
    )
    assert whole["position"][0] == killed["position"][0] == 16
    for part in ("network", "average"):
        for name, tensor in whole[part].items():
            assert torch.equal(tensor, killed[part][name]), name
