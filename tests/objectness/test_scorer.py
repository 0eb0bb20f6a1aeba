import numpy as np
import pytest
import torch

from figureground.errors import InputError
from figureground.objectness.calibration import Calibration
from figureground.objectness.scorer import LAYERS, Scorer, embedded_scorer, load_scorer
from figureground.training.scorer import Example, fit_scorer

SETTINGS = {"hidden": 8, "joint": 6, "heads": 2, "epochs": 30, "batch": 2}
SETTINGS |= {"rate": 1e-2, "weight_decay": 0.0, "overlap": 0.3}
CALIBRATION = Calibration(0.8, -0.2, 0.5, 0.1)


def example(seed: int) -> Example:
    """Twelve superpixels, the first four the object; the first feature tells good segments."""
    rng = np.random.default_rng(seed)
    inside = np.arange(12) < 4
    members = rng.random((40, 12)) < 0.4
    members[:10] = inside ^ (rng.random((10, 12)) < 0.05)
    overlaps = (members & inside).sum(1) / (members | inside).sum(1)
    segments = np.column_stack([overlaps + rng.normal(0, 0.05, 40), rng.random(40)])
    return Example(
        segments.astype(np.float32),
        members,
        rng.random((12, 3)).astype(np.float32),
        np.zeros(12, np.float32),
        overlaps.astype(np.float32),
        np.where(inside, 90, 0).astype(np.float32),
        np.full(12, 90, np.float32),
    )


@pytest.fixture(scope="module")
def fitted():
    return fit_scorer([example(seed) for seed in range(20)], SETTINGS, seed=0)


def test_good_segments_tell_the_object(fitted) -> None:
    new = example(99)
    scored = fitted.exported(CALIBRATION)(new.segments, new.members, new.superpixels)
    assert scored.odds[:4].min() > 0 > scored.odds[4:].max()
    assert np.abs(scored.overlaps - new.overlaps).mean() < 0.15


def test_without_torch_it_says_the_same(fitted) -> None:
    new = example(99)
    start = np.linspace(-1, 1, 12, dtype=np.float32)
    ours = fitted.exported(CALIBRATION)(new.segments, new.members, new.superpixels, start)
    with torch.no_grad():
        odds, logits = fitted(fitted.prepared(Example(**{**vars(new), "start": start})))
    np.testing.assert_allclose(ours.odds, odds.numpy(), rtol=1e-3)
    np.testing.assert_allclose(ours.overlaps, logits.sigmoid().numpy(), atol=1e-5)


def test_the_seed_decides_the_weights() -> None:
    short = SETTINGS | {"epochs": 2}
    first, second = (fit_scorer([example(0), example(1)], short, seed=3) for _ in range(2))
    for a, b in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_a_written_scorer_is_read_back(fitted, tmp_path) -> None:
    scorer = fitted.exported(CALIBRATION)
    scorer.save(tmp_path / "a.npz")
    read = load_scorer(tmp_path / "a.npz")
    assert read.calibration == CALIBRATION
    for name, array in scorer.arrays.items():
        np.testing.assert_array_equal(read.arrays[name], array)


def damaged(scorer, path) -> None:
    path.write_bytes(b"PK nothing")


def lacking(scorer, path) -> None:
    arrays = {name: a for name, a in scorer.arrays.items() if name != "joint.bias"}
    np.savez(path, calibration=scorer.calibration.numbers(), **arrays)


def misshapen(scorer, path) -> None:
    Scorer(scorer.arrays | {"value.weight": np.zeros((2, 5), np.float32)}, CALIBRATION).save(path)


def infinite(scorer, path) -> None:
    Scorer(scorer.arrays | {"last.bias": np.array([np.inf], np.float32)}, CALIBRATION).save(path)


def pickled(scorer, path) -> None:
    arrays = dict(scorer.arrays, **{"last.bias": np.array([print], object)})
    np.savez(path, calibration=scorer.calibration.numbers(), **arrays)


def uncalibrated(scorer, path) -> None:
    np.savez(path, calibration=np.zeros(4), **scorer.arrays)


@pytest.mark.parametrize(
    "spoil",
    [damaged, lacking, misshapen, infinite, pickled, uncalibrated, lambda scorer, path: None],
)
def test_files_that_are_no_scorer_are_refused(fitted, tmp_path, spoil) -> None:
    spoil(fitted.exported(CALIBRATION), tmp_path / "scorer.npz")
    with pytest.raises(InputError, match=r"scorer\.npz"):
        load_scorer(tmp_path / "scorer.npz")


@pytest.mark.parametrize(("kind", "features"), [("image", 23), ("network", 35)])
def test_the_embedded_scorers_fit_the_features(kind, features) -> None:
    scorer = embedded_scorer(kind)
    assert scorer.arrays["segment_mean"].shape == (features,)
    assert {name.partition(".")[0] for name in scorer.arrays} >= set(LAYERS)
