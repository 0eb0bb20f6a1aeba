import json
from pathlib import Path

import numpy as np
import pytest

from figureground.crf.tune import DEFAULT
from figureground.evaluation.segmentation import Predictor
from figureground.experiments.choosing import Refining, calibration_of, choose_weight
from figureground.experiments.plan import SWEEP, Study, sweep_name
from figureground.experiments.scale import read_scale
from figureground.experiments.scenes import CLASSES, make_scenes


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(read_scale("smoke"), make_scenes(tmp_path / "scenes"), None, tmp_path / "out")


def test_the_weight_is_the_best_above_zero_on_the_held_out(study: Study) -> None:
    for weight in SWEEP:
        folder = study.out / "training" / sweep_name(weight)
        folder.mkdir(parents=True)
        lines = [{"event": "start"}, {"epoch": 1, "loss": 1, "miou": 1 - (weight - 0.04) ** 2}]
        (folder / "log.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert choose_weight(study) == 0.1


def test_what_was_chosen_survives_a_file(tmp_path: Path) -> None:
    refining = Refining(DEFAULT, {"votes": 2.0, "network": 0.5})
    refining.save(tmp_path / "refining.json")
    assert Refining.load(tmp_path / "refining.json") == refining


def test_a_network_that_knows_nothing_stays_uncalibrated(study: Study) -> None:
    p = np.full((len(CLASSES), 96, 128), 1 / len(CLASSES), np.float32)
    network = Predictor(lambda _sample, _image: p, CLASSES, "nothing")
    fitted = calibration_of(study, network)
    assert (fitted.slope, fitted.offset) == (1, 0)
