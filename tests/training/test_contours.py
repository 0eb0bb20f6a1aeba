import json

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.io import savemat

from figureground.data.bsds import bsds
from figureground.errors import InputError
from figureground.networks.torch.contour import ContourNetwork, log_odds, parameters_of
from figureground.training import contours, state
from figureground.training.checkpoint import load_checkpoint, save_checkpoint
from figureground.training.contour_views import (
    ContourAugmentation,
    ContourPhotos,
    draw_contour_view,
    vote_map,
)
from figureground.training.contours import coarsened, contour_loss, target_of
from figureground.training.kinds import train
from figureground.training.shapes import PATCH, learn_shapes, patches_of, shape_classes

HOW = ContourAugmentation(64, 0.8, 1.3, 10.0, 0.2)
LOSS = {"contour_weight": 4.0, "least_votes": 0.3}


@pytest.fixture
def root(tmp_path):
    """Six photos of a disc, each with three annotators, one of whom saw nothing."""
    for folder in ("images/train", "groundTruth/train"):
        (tmp_path / folder).mkdir(parents=True)
    y, x = np.mgrid[:80, :100]
    rng = np.random.default_rng(0)
    for n in range(6):
        disc = np.hypot(y - 40, x - 50) < 15 + 3 * n
        image = np.where(disc[..., None], [200, 120, 60], [40, 90, 140])
        image = np.clip(image + rng.integers(-9, 9, image.shape), 0, 255).astype(np.uint8)
        Image.fromarray(image).save(tmp_path / f"images/train/{n}.jpg")
        cells = np.empty((1, 3), object)
        for person, regions in enumerate((disc, disc, disc & False)):
            cells[0, person] = {"Segmentation": regions.astype(np.uint16) + 1}
        savemat(tmp_path / f"groundTruth/train/{n}.mat", {"groundTruth": cells})
    return tmp_path


def settings(root):
    return [
        *(f'root="{root}"', 'data.path="."', 'data.split="train"', 'backbone_weights=""'),
        *("views.crop=64", "schedule.batch=2", "shapes=3", "schedule.epochs=2"),
        *("schedule.warm_up=1", "schedule.save_every=1"),
    ]


def test_votes_are_shares_of_annotators_at_half_resolution() -> None:
    regions = np.ones((4, 8, 10), np.int32)
    regions[:3, :, 5:] = 2
    votes = vote_map(regions)
    assert votes.shape == (4, 5)
    np.testing.assert_array_equal(votes, np.float32([[0, 0, 0.75, 0, 0]] * 4))


def test_a_view_is_a_function_of_its_key(root) -> None:
    sample = bsds(root, "train")[2]
    pair = sample.image(), sample.segmentations()
    first, again, other = (draw_contour_view(*pair, HOW, key) for key in ((0, 1), (0, 1), (0, 2)))
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.votes, again.votes)
    assert (first.image != other.image).any()
    assert first.image.shape == (64, 64, 3)
    assert first.votes.shape == first.inside.shape == (32, 32)


def test_votes_lie_where_the_view_changes_colour(root) -> None:
    sample = bsds(root, "train")[3]
    pair = sample.image(), sample.segmentations()
    for key in range(10):
        view = draw_contour_view(*pair, HOW, (key,))
        red = view.image[..., 0].reshape(32, 2, 32, 2).mean(axis=(1, 3))
        across, down = np.abs(np.gradient(red))
        change = np.maximum(across, down)
        marked = (view.votes > 0)[1:-1, 1:-1]
        assert change[1:-1, 1:-1][marked].mean() > 4 * change[1:-1, 1:-1][~marked].mean()


def test_photos_give_other_views_in_another_epoch(root) -> None:
    photos = ContourPhotos(bsds(root, "train"), HOW, 0)
    assert len(photos) == 6
    assert (photos.view(0, 0).image != photos.view(1, 0).image).any()


def test_shapes_tell_directions_apart() -> None:
    votes = torch.zeros(1, 40, 40)
    votes[0, 20, :15] = 1
    votes[0, 25:, 30] = 1
    rows, columns = torch.nonzero(votes[0], as_tuple=True)
    patches = patches_of(votes[0], rows, columns)
    assert patches.shape == (30, PATCH * PATCH)
    centres = learn_shapes(patches, 2, 0)
    classes = shape_classes(votes, centres)[0]
    assert set(classes[20, 5:10].tolist()) | set(classes[30:35, 30].tolist()) == {1, 2}
    assert classes[20, 7] != classes[32, 30]


def test_shape_classes_are_the_nearest_centres() -> None:
    generator = torch.Generator().manual_seed(0)
    votes = torch.rand(1, 12, 13, generator=generator)
    centres = torch.rand(5, PATCH * PATCH, generator=generator)
    rows, columns = torch.meshgrid(torch.arange(12), torch.arange(13), indexing="ij")
    patches = patches_of(votes[0], rows.flatten(), columns.flatten())
    expected = torch.cdist(patches, centres).argmin(1).view(12, 13) + 1
    assert torch.equal(shape_classes(votes, centres)[0], expected)


def test_what_few_marked_is_neither_contour_nor_background() -> None:
    votes = torch.tensor([[[0.0, 0.2, 0.4, 1.0]]])
    inside = torch.ones(1, 1, 4, dtype=torch.bool)
    inside[..., 3] = False
    target = target_of(votes, inside, torch.zeros(1, PATCH * PATCH), LOSS)
    assert target.classes.tolist() == [[[0, 1, 1, 1]]]
    np.testing.assert_allclose(target.weights, [[[1, 0, 1.6, 0]]], atol=1e-6)
    coarse = coarsened(
        target_of(
            votes.expand(1, 4, 4),
            inside.expand(1, 4, 4) | True,
            torch.zeros(1, PATCH * PATCH),
            LOSS,
        ),
        2,
    )
    assert coarse.classes.tolist() == [[[0, 1], [0, 1]]]


def test_the_loss_is_a_weighted_mean() -> None:
    scores = torch.zeros(1, 3, 2, 2)
    target = torch.tensor([[[0, 1], [2, 0]]])
    weights = torch.tensor([[[1.0, 0.0], [3.0, 0.0]]])
    loss = contour_loss(scores, target, weights, sharing=0.0)
    assert float(loss) == pytest.approx(np.log(3))
    shared = contour_loss(scores, target, weights, sharing=1.0)
    two_class = (np.log(3) + 3 * np.log(1.5)) / 4
    assert float(shared) == pytest.approx((np.log(3) + two_class) / 2)


def test_the_network_has_at_most_100_000_parameters() -> None:
    network = ContourNetwork(8).eval()
    assert parameters_of(network) <= 100_000
    scores = network(torch.zeros(1, 3, 48, 64))
    assert scores.shape == (1, 9, 24, 32)
    assert [tuple(s.shape[2:]) for s in network.supervised(torch.zeros(1, 3, 48, 64))] == [
        *((6, 8), (12, 16), (24, 32))
    ]
    p = scores.softmax(1)[:, 1:].sum(1, keepdim=True)
    torch.testing.assert_close(torch.sigmoid(log_odds(scores)), p)


def test_a_run_that_goes_on_ends_as_one_that_never_stopped(root, tmp_path, monkeypatch) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train("contours", settings(root), whole, resume=False)
    with pytest.raises(InputError, match="holds a run already"):
        train("contours", settings(root), whole, resume=False)
    with monkeypatch.context() as patched:
        patched.setattr(contours, "export_contours", lambda *_: None)
        patched.setattr(state, "save_checkpoint", interrupted_at(4))
        with pytest.raises(KeyboardInterrupt):
            train("contours", settings(root), parts, resume=False)
        patched.setattr(state, "save_checkpoint", save_checkpoint)
        train("contours", settings(root), parts, resume=True)
    one, other = (load_checkpoint(out / "checkpoint.pt")["average"] for out in (whole, parts))
    assert all(torch.equal(one[name], other[name]) for name in one)
    events = [json.loads(line) for line in (whole / "log.jsonl").read_text().splitlines()]
    assert events[0]["event"] == "start"
    assert events[-1]["event"] == "exported"
    assert (whole / "contours.onnx").stat().st_size <= 600_000


def interrupted_at(step):
    def save(path, saved) -> None:
        save_checkpoint(path, saved)
        if saved["position"][0] == step:
            raise KeyboardInterrupt

    return save
