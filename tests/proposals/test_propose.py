import numpy as np
import pytest

from figureground.errors import InputError
from figureground.proposals import PRESETS, Preset, propose


def disc_scene(size=(90, 120), centre=(45, 60), radius=25):
    """A photo without texture and the boundary map of a disc in it."""
    y, x = np.mgrid[: size[0], : size[1]]
    distance = np.hypot(y - centre[0], x - centre[1])
    boundaries = np.exp(-0.5 * (distance - radius) ** 2).astype(np.float32)
    return np.full((*size, 3), 128, np.uint8), boundaries, distance < radius


def iou(a, b):
    return (a & b).sum() / (a | b).sum()


SMALL = Preset(seeds=20, levels=5, max_iou=0.8, superpixels=150)


def test_the_disc_is_found():
    image, boundaries, disc = disc_scene()
    proposals = propose(image, boundaries, SMALL)
    assert max(iou(proposals.mask(k), disc) for k in range(len(proposals))) > 0.9


def test_shapes_and_order():
    image, boundaries, _ = disc_scene()
    p = propose(image, boundaries, "baseline-130")
    assert p.superpixels.shape == (90, 120)
    assert p.superpixels.dtype == np.int32
    assert p.segments.shape == (len(p), p.superpixels.max() + 1)
    assert p.segments.dtype == bool
    assert (np.diff(p.scores) <= 0).all()
    assert p.boxes.shape == (len(p), 4)


def test_boxes_enclose_the_masks():
    image, boundaries, _ = disc_scene()
    p = propose(image, boundaries, SMALL)
    for k, (x0, y0, x1, y1) in enumerate(p.boxes):
        rows, columns = np.nonzero(p.mask(k))
        assert (x0, y0) == (columns.min(), rows.min())
        assert (x1, y1) == (columns.max() + 1, rows.max() + 1)


def test_no_two_segments_overlap_more_than_the_preset_says():
    image, boundaries, _ = disc_scene()
    segments = propose(image, boundaries, SMALL).segments.astype(int)
    common = segments @ segments.T
    sizes = segments.sum(1)
    overlap = common / (sizes[:, None] + sizes - common)
    np.fill_diagonal(overlap, 0)
    assert overlap.max() <= SMALL.max_iou


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("threads", [2, 7])
def test_threads_do_not_change_the_result(preset, threads):
    rng = np.random.default_rng(0)
    image, boundaries = np.zeros((60, 80, 3), np.uint8), rng.random((60, 80), np.float32)
    one, many = (propose(image, boundaries, preset, threads=t) for t in (1, threads))
    np.testing.assert_array_equal(one.segments, many.segments)
    np.testing.assert_array_equal(one.scores, many.scores)
    np.testing.assert_array_equal(one.superpixels, many.superpixels)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (2, 3), (3, 700), (17, 23)])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_any_size_of_constant_image(size, value):
    p = propose(np.zeros(size, np.uint8), np.full(size, value, np.float32), threads=2)
    assert p.superpixels.shape == size
    assert np.unique(p.superpixels).tolist() == list(range(p.segments.shape[1]))


@pytest.mark.parametrize("wanted", [1, 2, 10**6])
def test_any_number_of_superpixels(wanted):
    image, boundaries, _ = disc_scene()
    p = propose(image, boundaries, Preset(20, 5, 0.8, superpixels=wanted))
    assert 1 <= p.superpixels.max() + 1 <= boundaries.size


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"boundaries": np.full((90, 120), np.nan, np.float32)}, "boundaries: .*not finite"),
        ({"boundaries": np.full((90, 120), 1.5, np.float32)}, r"boundaries: .*\[0, 1\]"),
        ({"boundaries": np.zeros((120, 90), np.float32)}, "boundaries: expected shape"),
        ({"preset": "best"}, "preset: 'best' is unknown"),
        ({"preset": Preset(0, 5, 0.8)}, r"seeds must be in 1\.\."),
        ({"preset": Preset(5, 5, 0.8, superpixels=10**12)}, "superpixels must be in"),
        ({"preset": Preset(5, 5, 0.0)}, "max_iou"),
        ({"threads": 0}, "threads"),
    ],
)
def test_bad_input_is_named(change, message):
    image, boundaries, _ = disc_scene()
    with pytest.raises(InputError, match=message):
        propose(**{"image": image, "boundaries": boundaries, **change})


def test_a_proposal_that_is_not_there():
    image, boundaries, _ = disc_scene()
    p = propose(image, boundaries, SMALL)
    with pytest.raises(InputError, match="k: there are"):
        p.mask(len(p))
