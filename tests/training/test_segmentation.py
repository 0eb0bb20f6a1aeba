import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from figureground.errors import InputError
from figureground.networks import fcn
from figureground.networks.torch.saved import open_network
from figureground.training.kinds import train

RECIPE = """
kind = "segmentation"
threads = 1
[data]
train = [{ path = "set" }]
held_out = { path = "set", split = "", every = 3 }
[network]
hidden = 16
[views]
crop = 64
longest = 64
[schedule]
epochs = 2
batch = 2
held_out_every = 1
save_every = 1
"""


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Six scenes: a bright square on dark noise."""
    rng = np.random.default_rng(0)
    for part in ("images", "masks"):
        (tmp_path / "set" / part).mkdir(parents=True)
    (tmp_path / "set/classes.txt").write_text("background\nsquare\n")
    for k in range(6):
        image, mask = rng.integers(0, 60, (48, 64, 3), np.uint8), np.zeros((48, 64), np.uint8)
        y, x = rng.integers(0, 20, 2)
        image[y : y + 24, x : x + 24] += 150
        mask[y : y + 24, x : x + 24] = 1
        Image.fromarray(image).save(tmp_path / f"set/images/{k}.png")
        Image.fromarray(mask).save(tmp_path / f"set/masks/{k}.png")
    (tmp_path / "r.toml").write_text(RECIPE)
    monkeypatch.setenv("FIGUREGROUND_DATA", str(tmp_path))
    return str(tmp_path / "r.toml")


def weights(out: Path) -> dict[str, torch.Tensor]:
    state = torch.load(out / "checkpoint.pt", weights_only=True)
    return {**state["network"], **{f"average.{k}": v for k, v in state["average"].items()}}


@pytest.mark.parametrize("views", [0, 2])
def test_resumed_run_is_the_same_bit_for_bit(recipe: str, tmp_path: Path, views: int) -> None:
    """Four steps at once; two, a new start from the file, and two more."""
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    settings = [f"stem_cache.views={views}", "schedule.power=0.0"]
    train(recipe, settings, whole, resume=False)
    train(recipe, [*settings, "schedule.epochs=1"], parts, resume=False)
    torch.manual_seed(99)
    train(recipe, settings, parts, resume=True)
    ours, theirs = weights(whole), weights(parts)
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if not torch.equal(ours[name], theirs[name])] == []


def test_log_and_network(recipe: str, tmp_path: Path) -> None:
    train(recipe, [], tmp_path / "out", resume=False)
    lines = [json.loads(line) for line in (tmp_path / "out/log.jsonl").read_text().splitlines()]
    assert lines[0]["samples"] == 4
    assert [line["epoch"] for line in lines[1:]] == [1, 2]
    assert list(lines[1]) == [
        *("epoch", "step", "loss", "rate", "seconds"),
        *("miou", "recall", "foreground_recall", "predicted_foreground"),
    ]
    network = open_network(tmp_path / "out/network.safetensors")
    assert network.classes == ("background", "square")
    assert network(np.zeros((30, 40, 3), np.uint8)).shape == (2, 30, 40)


@pytest.mark.parametrize("bias", [-9.0, 9.0])
def test_empty_foreground_is_warned_of(
    recipe: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], bias: float
) -> None:
    network = fcn(classes=2, hidden=16)
    for name, tensor in network.named_parameters():
        if name.startswith("score"):
            torch.nn.init.zeros_(tensor)
    network.score32.bias.data[1] = bias
    save_file(network.state_dict(), tmp_path / "s.safetensors")
    settings = [f"network.start={tmp_path / 's.safetensors'}", "schedule.epochs=1"]
    settings += ["schedule.rate=0.0", "schedule.backbone_rate=0.0"]
    train(recipe, settings, tmp_path / "out", resume=False)
    lines = (tmp_path / "out/log.jsonl").read_text()
    assert json.loads(lines.splitlines()[-1])["predicted_foreground"] == float(bias > 0)
    assert ("almost nothing is predicted" in capsys.readouterr().err) == (bias < 0)


def test_a_second_run_needs_resume_or_another_folder(recipe: str, tmp_path: Path) -> None:
    train(recipe, ["schedule.epochs=1"], tmp_path / "out", resume=False)
    with pytest.raises(InputError, match="holds a run already; use --resume"):
        train(recipe, [], tmp_path / "out", resume=False)


@pytest.mark.parametrize("content", [b"", b"garbage", b"PK\x03\x04"])
def test_damaged_checkpoint_is_refused(recipe: str, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/checkpoint.pt").write_bytes(content)
    with pytest.raises(InputError, match="not a checkpoint, or damaged"):
        train(recipe, [], tmp_path / "out", resume=True)


def test_checkpoint_that_runs_code_is_refused(recipe: str, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "owned",)

    (tmp_path / "out").mkdir()
    torch.save({"network": Evil()}, tmp_path / "out/checkpoint.pt")
    with pytest.raises(InputError, match="not a checkpoint"):
        train(recipe, [], tmp_path / "out", resume=True)
    assert not (tmp_path / "owned").exists()


def test_checkpoint_of_another_recipe_is_refused(recipe: str, tmp_path: Path) -> None:
    train(recipe, ["schedule.epochs=1"], tmp_path / "out", resume=False)
    with pytest.raises(InputError, match="does not fit this recipe"):
        train(recipe, ["network.hidden=8"], tmp_path / "out", resume=True)


def test_batch_larger_than_the_set(recipe: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="more than the 4 samples"):
        train(recipe, ["schedule.batch=5"], tmp_path / "out", resume=False)


@pytest.mark.parametrize("head", ["full", "largefov"])
def test_stems_that_cannot_be_cached(recipe: str, tmp_path: Path, head: str) -> None:
    settings = ["network.backbone=vgg16", f"network.head={head}", "stem_cache.views=1"]
    with pytest.raises(InputError, match=r"stem_cache: only .* head='light'"):
        train(recipe, settings, tmp_path / "out", resume=False)


def test_parts_that_do_not_divide_the_batch(recipe: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a divisor of the batch 2, got 3"):
        train(recipe, ["schedule.parts=3"], tmp_path / "out", resume=False)


def test_parts_of_a_batch_give_its_step(recipe: str, tmp_path: Path) -> None:
    settings = ["network.dropout=0.0", "schedule.batch=4", "schedule.warm_up=0"]
    # Plain SGD, so that a difference is the gradient's and not blown up where that is near zero.
    settings += ["schedule.optimiser=sgd", "schedule.rate=0.05", "schedule.backbone_rate=0.01"]
    results = []
    for parts in (1, 2, 4):
        out = tmp_path / str(parts)
        train(recipe, [*settings, f"schedule.parts={parts}"], out, resume=False)
        results.append(weights(out))
    for other in results[1:]:
        for name, tensor in results[0].items():
            torch.testing.assert_close(other[name], tensor, rtol=0, atol=1e-6, msg=name)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_mixed_precision_learns_much_the_same(recipe: str, tmp_path: Path, precision: str) -> None:
    losses = {}
    for name in ("float32", precision):
        settings = [f"precision={name}", "schedule.warm_up=0", "device=cpu"]
        train(recipe, settings, tmp_path / name, resume=False)
        lines = (tmp_path / name / "log.jsonl").read_text().splitlines()
        losses[name] = [json.loads(line)["loss"] for line in lines[1:]]
        assert all(tensor.dtype == torch.float32 for tensor in weights(tmp_path / name).values())
    assert losses[precision] == pytest.approx(losses["float32"], rel=0.1)


def test_mixed_precision_resumes_bit_for_bit(recipe: str, tmp_path: Path) -> None:
    settings = ["precision=float16", "schedule.power=0.0", "device=cpu"]
    train(recipe, settings, tmp_path / "whole", resume=False)
    train(recipe, [*settings, "schedule.epochs=1"], tmp_path / "parts", resume=False)
    train(recipe, settings, tmp_path / "parts", resume=True)
    ours, theirs = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert [name for name in ours if not torch.equal(ours[name], theirs[name])] == []


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("precision=float8", "precision: 'float8' is none of float32, bfloat16, float16"),
        ("device=tpu", "device: 'tpu' is none of auto, cpu, cuda"),
        ("loss.sharing=tversky", "sharing: 'tversky' is none of log, dice, lovasz"),
    ],
)
def test_unknown_settings_are_named(
    recipe: str, tmp_path: Path, setting: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        train(recipe, [setting], tmp_path / "out", resume=False)


@pytest.mark.parametrize(("setting", "fix"), [("views.crop=70", 96), ("views.label_every=5", 65)])
def test_crop_that_does_not_fit(recipe: str, tmp_path: Path, setting: str, fix: int) -> None:
    with pytest.raises(InputError, match=rf"views\.crop: .* try {fix}"):
        train(recipe, [setting], tmp_path / "out", resume=False)


@pytest.mark.slow
def test_vgg_in_stages_by_the_published_recipe(recipe: str, tmp_path: Path) -> None:
    settings = ["network.backbone=vgg16", "schedule.optimiser=sgd", "schedule.epochs=1"]
    settings += ["loss.reduction=image", "schedule.bias_rate_factor=2", "schedule.rate=1e-6"]
    train(recipe, [*settings, "network.stride=32"], tmp_path / "32", resume=False)
    start = f"network.start={tmp_path / '32/network.safetensors'}"
    train(recipe, [*settings, "network.stride=16", start], tmp_path / "16", resume=False)
    network = open_network(tmp_path / "16/network.safetensors")
    assert network(np.zeros((33, 47, 3), np.uint8)).shape == (2, 33, 47)


def test_stage_from_another_network_is_refused(recipe: str, tmp_path: Path) -> None:
    save_file({"nothing": torch.zeros(1)}, tmp_path / "s.safetensors")
    for key, message in (("start", "start: lacks"), ("backbone_weights", "are not MobileNetV2")):
        with pytest.raises(InputError, match=message):
            train(recipe, [f"network.{key}={tmp_path / 's.safetensors'}"], tmp_path / "o", False)
    (tmp_path / "s.safetensors").write_bytes(b"\xff" * 99)
    with pytest.raises(InputError, match="not safetensors, or damaged"):
        train(recipe, [f"network.start={tmp_path / 's.safetensors'}"], tmp_path / "o", False)
