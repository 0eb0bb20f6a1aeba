import struct

import numpy as np
import pytest

from figureground.errors import InputError
from figureground.proposals import Preset, ProposalModel, load_model, propose
from figureground.proposals.model import MASK_FEATURES, SEED_FEATURES


def model():
    rng = np.random.default_rng(0)
    return ProposalModel(
        rng.normal(size=(9, SEED_FEATURES)).astype(np.float32),
        rng.normal(size=(2, 2, MASK_FEATURES + 1)).astype(np.float32),
    )


def scene():
    rng = np.random.default_rng(4)
    return rng.integers(0, 256, (48, 64, 3), np.uint8), rng.random((48, 64), np.float32)


def write_authors_files(folder, trained):
    """As the authors' program writes them."""
    rankers = b"".join(struct.pack("<ii", SEED_FEATURES, 1) + r.tobytes() for r in trained.rankers)
    (folder / "seed_final.dat").write_bytes(struct.pack("<i", len(trained.rankers)) + rankers)
    for k, pair in enumerate(trained.masks):
        for side, mask in zip(("fg", "bg"), pair, strict=True):
            head = struct.pack("<Iii", 443, MASK_FEATURES, 1)
            (folder / f"masks_final_{k}_{side}.dat").write_bytes(head + mask.tobytes())


def test_a_saved_model_comes_back(tmp_path):
    model().save(tmp_path / "m.npz")
    loaded = load_model(tmp_path / "m.npz")
    np.testing.assert_array_equal(loaded.rankers, model().rankers)
    np.testing.assert_array_equal(loaded.masks, model().masks)


def test_the_authors_files_are_read(tmp_path):
    write_authors_files(tmp_path, model())
    loaded = load_model(tmp_path)
    np.testing.assert_array_equal(loaded.rankers, model().rankers)
    np.testing.assert_array_equal(loaded.masks, model().masks)


@pytest.mark.shared
def test_the_authors_own_files(shared):
    loaded = load_model(shared / "weights" / "gop")
    assert loaded.rankers.shape == (200, SEED_FEATURES)
    assert loaded.masks.shape == (3, 2, MASK_FEATURES + 1)


@pytest.mark.parametrize("damage", ["truncated", "other features", "missing mask", "two seeds"])
def test_damaged_authors_files_are_refused(tmp_path, damage):
    write_authors_files(tmp_path, model())
    seeds, mask = tmp_path / "seed_final.dat", tmp_path / "masks_final_1_bg.dat"
    if damage == "truncated":
        seeds.write_bytes(seeds.read_bytes()[:-3])
    elif damage == "other features":
        mask.write_bytes(struct.pack("<Iii", 511, MASK_FEATURES, 1) + mask.read_bytes()[12:])
    elif damage == "missing mask":
        mask.unlink()
    else:
        (tmp_path / "other_seed_final.dat").write_bytes(seeds.read_bytes())
    with pytest.raises(InputError):
        load_model(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip file at all"])
def test_a_file_that_is_no_model_is_refused(tmp_path, content):
    path = tmp_path / "m.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"m\.npz"):
        load_model(path)


def test_wrong_shapes_and_values_are_refused():
    good = model()
    with pytest.raises(InputError, match="rankers: expected"):
        ProposalModel(good.rankers[:, 1:], good.masks)
    with pytest.raises(InputError, match="masks: holds"):
        ProposalModel(good.rankers, good.masks * np.float32(np.nan))


def test_first_seed_is_what_the_first_ranker_likes_best():
    image, boundaries = scene()
    rankers = np.zeros((1, SEED_FEATURES), np.float32)
    rankers[0, 0] = 1  # the mean x
    chosen = ProposalModel(rankers, model().masks)
    p = propose(image, boundaries, Preset(1, 5, 0.8, 60, seed_kind="learned"), model=chosen)
    x = np.broadcast_to(np.arange(64), (48, 64))
    means = np.bincount(p.superpixels.ravel(), x.ravel()) / np.bincount(p.superpixels.ravel())
    assert p.seeds.tolist() == [means.argmax()]


@pytest.mark.parametrize("kind", ["geodesic", "regular", "random", "segmentation", "learned"])
@pytest.mark.parametrize("masks", ["border", "learned"])
def test_every_kind_of_seed_and_mask_gives_segments(kind, masks):
    image, boundaries = scene()
    preset = Preset(12, 5, 0.8, 60, seed_kind=kind, masks=masks)
    one, many = (
        propose(image, boundaries, preset, model=model(), random_seed=3, threads=t) for t in (1, 3)
    )
    assert len(one) > 0
    assert len(set(one.seeds.tolist())) == len(one.seeds) <= 12
    np.testing.assert_array_equal(one.segments, many.segments)


def test_random_seeds_follow_their_seed():
    image, boundaries = scene()
    preset = Preset(12, 5, 0.8, 60, seed_kind="random")
    first, again, other = (
        propose(image, boundaries, preset, random_seed=s).seeds for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert first.tolist() != other.tolist()


def test_single_superpixels_can_be_segments():
    image, boundaries = scene()
    p = propose(image, boundaries, Preset(12, 5, 0.8, 60, singles=True))
    assert (p.segments.sum(axis=1) == 1).sum() == 12


def test_unknown_kinds_are_named():
    image, boundaries = scene()
    with pytest.raises(InputError, match="seed_kind 'best'"):
        propose(image, boundaries, Preset(12, 5, 0.8, seed_kind="best"))
