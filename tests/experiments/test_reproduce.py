"""The whole study in its smallest form: data made, networks trained, figures measured, a report."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.timeout(900)


def reproduce(out: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    given = [sys.executable, "-W", "error", "-m", "figureground", "reproduce", *words]
    command = [*given, "--scale", "smoke", "--out", str(out)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("study")
    done = reproduce(out, "all")
    assert done.returncode == 0, done.stderr
    return out


def test_the_report_needs_no_other_file(study: Path) -> None:
    page = (study / "report.html").read_text()
    assert re.findall(r"""(?:src|href)=["'](?!data:|#)([^"']*)""", page) == []
    assert page.count("<svg") == 5
    assert page.count("<img") == 2


def test_metrics_are_those_of_the_tables(study: Path) -> None:
    metrics = json.loads((study / "metrics.json").read_text())
    with (study / "tables/table1.csv").open() as file:
        rows = {row[0]: row[1:] for row in csv.reader(file)}
    for name, strides in metrics["table1"]["figures"].items():
        seeds = [100 * value for value in strides["8s"]]
        assert len(seeds) == 2
        expected = f"{np.mean(seeds):.1f} ± {np.std(seeds, ddof=1):.1f}"
        assert rows[name][4] == expected


def test_the_networks_learn(study: Path) -> None:
    figures = json.loads((study / "metrics.json").read_text())["table1"]["figures"]
    assert np.mean(figures["softmax loss"]["8s"]) > 0.22  # all background: 0.20


def test_a_second_call_only_writes_the_report_anew(study: Path) -> None:
    watched = [*study.glob("training/*/network.safetensors"), *study.glob("measured/*.npz")]
    assert len(watched) == 12 + 11 + 12 + 11
    before = {path: path.stat().st_mtime_ns for path in watched}
    report = (study / "report.html").read_text()
    (study / "report.html").unlink()
    assert reproduce(study, "all").returncode == 0
    assert {path: path.stat().st_mtime_ns for path in watched} == before
    assert (study / "report.html").read_text() == report


def test_unknown_experiments_are_wrong_usage(tmp_path: Path) -> None:
    done = reproduce(tmp_path, "table3")
    assert done.returncode == 2
    assert "table1, table2" in done.stderr


def test_a_report_can_do_without_photos(study: Path) -> None:
    """What is shown instead has a column less and no photo's texture."""
    with_photos = Image.open(study / "figures/grid_pos.png")
    with_photos.load()
    assert reproduce(study, "figures", "--no-photos").returncode == 0
    without = Image.open(study / "figures/grid_baseline.png").convert("RGB")
    assert without.width < with_photos.width
    colours = without.getcolors(2**24)
    white = max(colours, key=lambda found: found[0])
    assert white[1] == (255, 255, 255)
    assert white[0] > 0.6 * without.width * without.height
