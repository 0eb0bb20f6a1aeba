import numpy as np
import pytest
import torch
from torch.nn import functional

from figureground.errors import InputError
from figureground.networks.preparation import Preparation, probabilities, scores_at

PREPARED = Preparation((127.5,) * 3, (127.5,) * 3, longest=64, multiple=32)


@pytest.mark.parametrize(
    ("image", "scaled", "padded"),
    [
        ((50, 100), (32, 64), (32, 64)),
        ((100, 75), (64, 48), (64, 64)),
        ((1, 1000), (1, 64), (32, 64)),
    ],
)
def test_sizes(image: tuple[int, int], scaled: tuple[int, int], padded: tuple[int, int]) -> None:
    prepared = PREPARED.apply(np.full((*image, 3), 255, np.uint8))
    assert PREPARED.size(image) == scaled
    assert prepared.shape == (1, 3, *padded)
    assert (prepared[:, :, : scaled[0], : scaled[1]] == 1).all()
    assert prepared.sum() == 3 * scaled[0] * scaled[1]


def test_json_round_trip() -> None:
    assert Preparation.from_json(PREPARED.to_json()) == PREPARED


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}"),
        '{"mean": [0], "deviation": [1, 1, 1], "longest": 9, "multiple": 1}',
        '{"mean": [0, 0, 0], "deviation": [0, 1, 1], "longest": 9, "multiple": 1}',
    ],
)
def test_bad_json_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        Preparation.from_json(text)


@pytest.mark.parametrize("size", [(48, 64), (64, 64)])
def test_scores_equal_torch_bilinear(size: tuple[int, int]) -> None:
    coarse = np.random.default_rng(0).normal(size=(3, 8, 8)).astype(np.float32)
    ours = scores_at(coarse, (64, 64), size, size)
    theirs = functional.interpolate(
        torch.from_numpy(coarse)[None], size=(64, 64), mode="bilinear", align_corners=False
    )[0].numpy()[:, : size[0], : size[1]]
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("image", [(1, 1), (7, 3), (200, 300)])
def test_constant_scores_stay_constant(image: tuple[int, int]) -> None:
    coarse = np.full((2, 1, 4), 3.0, np.float32)
    np.testing.assert_allclose(scores_at(coarse, (32, 128), (30, 120), image), 3.0, rtol=1e-6)


def test_probabilities_sum_to_one() -> None:
    scores = np.random.default_rng(0).normal(size=(4, 5, 6)).astype(np.float32) * 1e3
    np.testing.assert_allclose(probabilities(scores).sum(axis=0), 1, rtol=1e-6)
