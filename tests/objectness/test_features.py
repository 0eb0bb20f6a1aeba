import numpy as np
import pytest

from figureground.files import read_image
from figureground.objectness import _native
from figureground.objectness.features import (
    IMAGE_FEATURES,
    NETWORK_FEATURES,
    SUPERPIXEL_FEATURES,
    WEAK,
    image_features,
    log_odds,
    network_features,
    superpixel_features,
    unlikeness,
)
from figureground.objectness.regions import WORDS, foreground_means, lab, regions
from figureground.objectness.sums import segment_sums
from figureground.photos import PHOTOS
from figureground.proposals import propose


@pytest.fixture(scope="module")
def scene():
    photo = read_image(PHOTOS[1])[::2, ::2]
    proposals = propose(photo, preset="baseline-130")
    return photo, proposals, regions(photo, proposals.superpixels)


def test_regions_are_means_over_their_pixels(scene) -> None:
    photo, proposals, parts = scene
    inside = proposals.superpixels == 7
    rows, columns = np.nonzero(inside)
    height, width = inside.shape
    assert parts.pixels[7] == inside.sum()
    assert parts.centre[7] == pytest.approx(
        [(columns + 0.5).mean() / width, (rows + 0.5).mean() / height], rel=1e-5
    )
    np.testing.assert_allclose(
        parts.lab[7], lab(photo[inside].mean(axis=0, dtype=np.float64)[None])[0], rtol=1e-4
    )


def test_border_counts_the_sides_of_the_photo(scene) -> None:
    photo, _, parts = scene
    assert parts.border.sum() == 2 * (photo.shape[0] + photo.shape[1])


def test_white_black_and_grey_have_no_hue() -> None:
    colours = lab(np.array([[255, 255, 255], [0, 0, 0], [99, 99, 99]], np.float32))
    np.testing.assert_allclose(colours[:, 1:], 0, atol=1e-3)
    np.testing.assert_allclose(colours[:2, 0], [1, 0], atol=1e-3)


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_sums_equal_plain_loops(scene, threads) -> None:
    _, proposals, _ = scene
    rng = np.random.default_rng(0)
    graph, superpixels = proposals.graph, proposals.segments.shape[1]
    members, ring = rng.random((superpixels, 3)), rng.random((superpixels, 2))
    contour = rng.random((len(graph.edges), 2))
    sums = segment_sums(proposals, members, contour, ring, threads)
    for k in (0, len(proposals) // 2, len(proposals) - 1):
        inside = proposals.segments[k]
        crossed = [e for e, (a, b) in enumerate(graph.edges) if inside[a] != inside[b]]
        outer = [b if inside[a] else a for a, b in graph.edges[crossed]]
        weights = graph.lengths[crossed]
        np.testing.assert_allclose(sums.members[k], members[inside].sum(0), rtol=1e-4)
        np.testing.assert_allclose(sums.contour[k], contour[crossed].sum(0), rtol=1e-4)
        np.testing.assert_allclose(sums.ring[k], weights @ ring[outer], rtol=1e-4)


def test_image_features_are_what_their_names_say(scene) -> None:
    _, proposals, parts = scene
    rows = image_features(proposals, parts)
    assert rows.shape == (len(proposals), len(IMAGE_FEATURES))
    assert np.isfinite(rows).all()
    k = len(proposals) // 3
    mask, graph = proposals.mask(k), proposals.graph
    inside = proposals.segments[k]
    ends = inside[graph.edges]
    crossed, within = ends[:, 0] != ends[:, 1], ends.all(axis=1)
    lengths, strengths = graph.lengths, graph.strengths
    named = dict(zip(IMAGE_FEATURES, rows[k], strict=True))
    assert named["log share of the image"] == pytest.approx(np.log(mask.mean()), abs=1e-4)
    assert named["boundary strength on the contour"] == pytest.approx(
        np.average(strengths[crossed], weights=lengths[crossed]), rel=1e-3
    )
    assert named["boundary strength inside"] == pytest.approx(
        np.average(strengths[within], weights=lengths[within]), rel=1e-3
    )
    assert named["share of the contour that is weak"] == pytest.approx(
        np.average(strengths[crossed] < WEAK, weights=lengths[crossed]), abs=1e-4
    )
    rows_of_mask = np.nonzero(mask)[0]
    assert named["height of the centre"] == pytest.approx(
        (rows_of_mask + 0.5).mean() / mask.shape[0], rel=1e-4
    )


def test_colours_and_boxes_of_a_segment(scene) -> None:
    photo, proposals, parts = scene
    k = len(proposals) // 4
    named = dict(zip(IMAGE_FEATURES, image_features(proposals, parts)[k], strict=True))
    mask = proposals.mask(k)
    rows, columns = np.nonzero(mask)
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert named["share of the box that is filled"] == pytest.approx(
        mask.sum() / (height * width), 1e-4
    )
    assert named["log width over height"] == pytest.approx(np.log(width / height), abs=1e-4)
    assert named["bottom of the image touched"] == mask[-1].any()
    coarse = (photo.astype(int) >> 6) @ [16, 4, 1]
    commonest = np.argsort(-np.bincount(coarse.ravel(), minlength=64), kind="stable")[:WORDS]
    words = np.where(np.isin(coarse, commonest), coarse, 64)
    inside, outside = (np.bincount(words[m], minlength=65) / m.sum() for m in (mask, ~mask))
    both = np.maximum(inside + outside, 1e-6)
    assert named["colour words unlike the rest's"] == pytest.approx(
        ((inside - outside) ** 2 / both).sum() / 2, rel=1e-3
    )


def test_unlike_histograms_are_one_apart() -> None:
    ours = np.array([[0.5, 0.5, 0], [1, 0, 0]], np.float32)
    theirs = np.array([[0.5, 0.5, 0], [0, 0.5, 0.5]], np.float32)
    np.testing.assert_allclose(unlikeness(ours, theirs), [0, 1])


def test_superpixels_have_their_features(scene) -> None:
    _, proposals, parts = scene
    rows = superpixel_features(proposals, parts)
    assert rows.shape == (len(parts.pixels), len(SUPERPIXEL_FEATURES))
    named = dict(zip(SUPERPIXEL_FEATURES, rows[5], strict=True))
    assert named["log share of the image"] == pytest.approx(
        np.log((proposals.superpixels == 5).mean()), abs=1e-4
    )
    assert named["log odds of the votes"] == pytest.approx(
        log_odds(proposals.segments[:, 5].mean()), abs=1e-3
    )


def test_network_features_are_what_their_names_say(scene) -> None:
    photo, proposals, parts = scene
    foreground = np.random.default_rng(0).random(photo.shape[:2]).astype(np.float32)
    means = foreground_means(foreground, proposals.superpixels, parts.pixels)
    rows = network_features(means, proposals, parts)
    k = len(proposals) // 3
    named = dict(zip(NETWORK_FEATURES, rows[k], strict=True))
    mask = proposals.mask(k)
    assert named["foreground probability inside"] == pytest.approx(foreground[mask].mean(), 1e-3)
    assert named["share inside that is called foreground"] == pytest.approx(
        (foreground[mask] > 0.5).mean(), 1e-3
    )
    assert named["foreground log odds inside"] == pytest.approx(
        log_odds(foreground)[mask].mean(), abs=1e-3
    )
    called = foreground > 0.5
    assert named["overlap with what is called foreground"] == pytest.approx(
        (mask & called).sum() / (mask | called).sum(), 1e-3
    )
    assert named["share of the image's foreground probability"] == pytest.approx(
        foreground[mask].sum() / foreground.sum(), 1e-3
    )


def test_foreground_means_are_those_of_the_pixels(scene) -> None:
    photo, proposals, parts = scene
    foreground = photo[..., 0] / np.float32(255)
    means = foreground_means(foreground, proposals.superpixels, parts.pixels)
    inside = foreground[proposals.superpixels == 3]
    expected = [inside, log_odds(inside), inside > 0.5, log_odds(inside) ** 2]
    for mean, values in zip(means, expected, strict=True):
        assert mean[3] == pytest.approx(values.mean(), rel=1e-4)


def test_labels_without_a_row_are_refused() -> None:
    labels, image = np.full((2, 2), 5, np.int32), np.zeros((2, 2, 3), np.uint8)
    with pytest.raises(ValueError, match="no row"):
        _native.sum_regions(labels, image, np.zeros((5, 7)), np.zeros((5, 64), np.int32))
    with pytest.raises(ValueError, match="no row"):
        _native.sum_foreground(-labels, *np.zeros((2, 2, 2), np.float32), np.zeros((5, 4)))


def test_a_photo_of_one_superpixel_has_finite_features() -> None:
    photo = np.full((1, 1, 3), 90, np.uint8)
    proposals = propose(photo)
    parts = regions(photo, proposals.superpixels)
    assert np.isfinite(image_features(proposals, parts)).all()
