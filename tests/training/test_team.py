"""Two processes that share a batch train as one process with the whole of it."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from figureground.errors import InputError
from figureground.training.team import Team

RECIPE = """
kind = "segmentation"
threads = 1
[data]
train = [{ path = "set" }]
held_out = { path = "set", split = "", every = 5 }
[network]
hidden = 8
dropout = 0.0
[views]
crop = 64
longest = 64
[schedule]
epochs = 2
batch = 4
optimiser = "sgd"
rate = 0.1
backbone_rate = 0.01
warm_up = 0
held_out_every = 2
"""


def processes(folder: Path, out: str, size: int) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "figureground", "train", "r.toml", "--out", out]
    started = []
    for rank in range(size):
        environment = os.environ | {"FIGUREGROUND_DATA": str(folder), "OMP_NUM_THREADS": "1"}
        environment |= {"RANK": str(rank), "WORLD_SIZE": str(size)}
        environment |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        started.append(subprocess.Popen(command, cwd=folder, env=environment))
    assert [process.wait() for process in started] == [0] * size


@pytest.mark.slow
def test_two_processes_equal_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for part in ("images", "masks"):
        (tmp_path / "set" / part).mkdir(parents=True)
    (tmp_path / "set/classes.txt").write_text("background\nobject\n")
    for k in range(10):
        for part, shape, high in (("images", (64, 64, 3), 256), ("masks", (64, 64), 2)):
            pixels = rng.integers(0, high, shape, np.uint8)
            if part == "masks":  # shares of void that differ, so that the counts must be shared
                pixels[: 6 * k] = 255
            Image.fromarray(pixels).save(tmp_path / f"set/{part}/{k}.png")
    (tmp_path / "r.toml").write_text(RECIPE)
    for size in (1, 2):
        processes(tmp_path, f"of{size}", size)
    one, two = (
        torch.load(tmp_path / out / "checkpoint.pt", weights_only=True) for out in ("of1", "of2")
    )
    assert one["position"][0] == two["position"][0] == 4
    moved = 0.0
    for name, tensor in one["network"].items():
        torch.testing.assert_close(two["network"][name], tensor, rtol=1e-4, atol=1e-6, msg=name)
        moved = max(moved, float((tensor - one["average"][name]).abs().max()))
    assert moved > 1e-4, "nothing was trained"
    assert len((tmp_path / "of2/log.jsonl").read_text().splitlines()) == 3


def test_a_batch_that_cannot_be_shared() -> None:
    assert Team(1, 2).share([5, 6, 7, 8]) == [6, 8]
    with pytest.raises(InputError, match="5 is no multiple of 2 processes"):
        Team(0, 2).share([1, 2, 3, 4, 5])
