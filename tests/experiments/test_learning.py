import subprocess
import sys
import time
from pathlib import Path

import pytest

from figureground.errors import InputError
from figureground.experiments.learning import command, is_finished, learn
from figureground.experiments.plan import Run


def test_a_failed_run_is_an_error_that_says_why(tmp_path: Path) -> None:
    run = Run("broken", "fcn8s-mobilenetv2", ("no.such=1",))
    with pytest.raises(InputError, match=r"broken failed: .*unknown key"):
        learn([(run,)], tmp_path, jobs=1)
    assert not is_finished(run, tmp_path)


def test_a_folder_holds_runs_of_one_setting(tmp_path: Path) -> None:
    run = Run("a", "fcn8s-mobilenetv2", ("seed=1",))
    run.folder(tmp_path).mkdir(parents=True)
    (run.folder(tmp_path) / "settings.json").write_text('["seed=2"]')
    with pytest.raises(InputError, match="other settings; use another --out"):
        learn([(run,)], tmp_path)


def test_a_run_that_was_begun_goes_on(tmp_path: Path) -> None:
    run = Run("a", "fcn8s-mobilenetv2", ())
    assert "--resume" not in command(run, tmp_path)
    run.folder(tmp_path).mkdir(parents=True)
    (run.folder(tmp_path) / "checkpoint.pt").touch()
    assert "--resume" in command(run, tmp_path)


def test_gpus_are_used_through_torchrun(tmp_path: Path) -> None:
    words = command(Run("a", "fcn32s-vgg16", ()), tmp_path, gpus=4)
    assert words[1:5] == ["-m", "torch.distributed.run", "--nproc-per-node=4", "-m"]


def test_what_ends_the_study_ends_its_runs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "figureground", "reproduce", "weights", "--out", "made"]
    process = subprocess.Popen([*command, "--scale", "smoke"], cwd=tmp_path, text=True)
    while not (begun := list(tmp_path.glob("made/training/*/log.jsonl"))):
        assert process.poll() is None
        time.sleep(0.1)
    process.terminate()
    assert process.wait(60) == 130
    sizes = [path.stat().st_size for path in begun]
    time.sleep(5)
    assert [path.stat().st_size for path in begun] == sizes
