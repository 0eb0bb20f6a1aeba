import json
import sys
from pathlib import Path

import pytest

from figureground.errors import InputError
from figureground.training.log import Log


def test_a_line_an_event(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(tmp_path / "log.jsonl")
    log(epoch=1, loss=0.123456)
    log(epoch=2, loss=0.5)
    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["loss"] for line in lines] == [0.123456, 0.5]
    assert capsys.readouterr().err.splitlines() == ["epoch 1  loss 0.1235", "epoch 2  loss 0.5"]


def test_tensorboard_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard", raising=False)
    with pytest.raises(InputError, match=r"needs tensorboard: pip install 'figureground\[tens"):
        Log(tmp_path / "log.jsonl", board=True)


def test_tensorboard_gets_the_figures(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = Log(tmp_path / "log.jsonl", board=True)
    log(event="start", step=0)
    log(epoch=1, step=203, loss=0.25)
    events = EventAccumulator(str(tmp_path)).Reload()
    assert events.Tags()["scalars"] == ["loss"]
    assert [(e.step, e.value) for e in events.Scalars("loss")] == [(203, 0.25)]
