import numpy as np
import pytest

from figureground.errors import InputError
from figureground.evaluation.bootstrap import PairedBootstrap
from figureground.evaluation.confusion import ConfusionMatrix

CLASSES = ("background", "thing")


def photos(right: float, n: int = 60, seed: int = 0) -> np.ndarray:
    """Confusion counts of n photos, each with 100 pixels of either class, `right` of them right."""
    rng = np.random.default_rng(seed)
    hits = rng.binomial(100, right, (n, 2))
    counts = np.empty((n, 2, 2), np.int64)
    counts[:, 0, 0], counts[:, 0, 1] = hits[:, 0], 100 - hits[:, 0]
    counts[:, 1, 1], counts[:, 1, 0] = hits[:, 1], 100 - hits[:, 1]
    return counts


def miou(matrix: ConfusionMatrix) -> float:
    return matrix.mean_iou


def recall(matrix: ConfusionMatrix) -> float:
    return matrix.recall


def test_the_value_is_that_of_all_images() -> None:
    counts = photos(0.8)
    whole = ConfusionMatrix(CLASSES)
    whole.counts += counts.sum(0)
    assert PairedBootstrap(CLASSES, 60).figure(counts, miou).value == whole.mean_iou


def test_the_interval_is_that_of_the_normal_approximation() -> None:
    counts = photos(0.8, n=400)
    interval = PairedBootstrap(CLASSES, 400).figure(counts, recall)
    per_image = counts[:, 1, 1] / 100
    half = 1.96 * per_image.std() / np.sqrt(400)
    assert interval.high - interval.low == pytest.approx(2 * half, rel=0.1)


def test_a_difference_with_itself_is_zero() -> None:
    counts = photos(0.8)
    interval = PairedBootstrap(CLASSES, 60).difference(counts, counts, miou)
    assert (interval.value, interval.low, interval.high) == (0, 0, 0)
    assert not interval.excludes_zero


def test_pairing_sees_a_small_but_steady_gain() -> None:
    theirs = photos(0.8)
    ours = theirs.copy()
    moved = np.minimum(ours[:, 1, 0], 1)
    ours[:, 1, 1] += moved
    ours[:, 1, 0] -= moved
    assert PairedBootstrap(CLASSES, 60).difference(ours, theirs, recall).excludes_zero


def test_at_equal_recall_interpolates_between_the_controls() -> None:
    low = np.array([[[90, 10], [40, 60]]] * 5)
    high = np.array([[[70, 30], [20, 80]]] * 5)
    ours = np.array([[[90, 10], [30, 70]]] * 5)
    gain = PairedBootstrap(CLASSES, 5).at_equal_recall(ours, [high, low], miou)
    figure = [ConfusionMatrix(CLASSES) for _ in range(3)]
    for matrix, counts in zip(figure, (low, high, ours), strict=True):
        matrix.counts += counts.sum(0)
    expected = figure[2].mean_iou - (figure[0].mean_iou + figure[1].mean_iou) / 2
    assert gain.value == pytest.approx(expected)


def test_the_seed_decides_the_draws() -> None:
    counts = photos(0.8)
    same = [PairedBootstrap(CLASSES, 60, seed=s).figure(counts, miou) for s in (1, 1, 2)]
    assert same[0] == same[1] != same[2]


def test_one_image_is_refused() -> None:
    with pytest.raises(InputError, match="two images"):
        PairedBootstrap(CLASSES, 1)


def test_over_one_run_the_mean_difference_is_the_difference() -> None:
    ours, theirs = photos(0.8), photos(0.7, seed=1)
    bootstrap = PairedBootstrap(CLASSES, 60, resamples=50)
    one = bootstrap.difference(ours, theirs, miou)
    assert bootstrap.mean_difference([ours], [theirs], miou) == one


def test_over_runs_differences_are_averaged() -> None:
    ours, theirs = [photos(0.8), photos(0.9, seed=1)], [photos(0.7, seed=2), photos(0.8, seed=3)]
    bootstrap = PairedBootstrap(CLASSES, 60, resamples=50)
    values = [bootstrap.difference(a, b, miou).value for a, b in zip(ours, theirs, strict=True)]
    assert bootstrap.mean_difference(ours, theirs, miou).value == pytest.approx(np.mean(values))
