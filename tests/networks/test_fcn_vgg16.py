import pytest
import torch
from torch.nn import functional

from figureground.errors import InputError
from figureground.networks.torch.fcn_vgg16 import FCNVGG16, bilinear
from figureground.networks.torch.grid import Grid, add_aligned
from figureground.networks.torch.vgg16 import TORCHVISION, VGG16, load_vgg16

THIN = 64


@pytest.mark.parametrize(("stride", "offsets"), [(32, [19]), (16, [5, 27]), (8, [5, 9, 31])])
def test_offsets_are_the_published_ones(stride: int, offsets: list[int]) -> None:
    network = FCNVGG16(stride, 2, thinner=THIN)
    grid, found = network.deep_grid, []
    for skip, pool in ((16, 3), (8, 2)):
        if stride <= skip:
            grid = grid.upsample(4, 2)
            found.append(network.backbone.grids[pool].cells_until(grid))
    found.append(grid.upsample(2 * stride, stride).cells_until(Grid()))
    assert found == offsets


def at_cells(grid: Grid, count: int) -> torch.Tensor:
    """Where the cells of a map lie in the image."""
    return torch.arange(count) * grid.scale + grid.shift


def between(values: torch.Tensor, grid: Grid, points: torch.Tensor) -> torch.Tensor:
    """Linear interpolation at points of the image, towards zero beyond the outer cells."""
    apart = (points[:, None] - at_cells(grid, len(values))).abs() / grid.scale
    return (1 - apart).clamp(min=0) @ values


@pytest.mark.parametrize("head", ["full", "light"])
@pytest.mark.parametrize("stride", [32, 16, 8])
def test_every_size_keeps_its_pixels(stride: int, head: str) -> None:
    """Sizes 1..70: every pixel's score is what interpolation at its place in the image gives.

    With skips at zero, the deepest scores are interpolated to the cells of the skips, and from
    there to the pixels; where each cell lies is all that the expected values are made from.
    """
    torch.manual_seed(0)
    network = FCNVGG16(stride, 2, head, thinner=THIN).eval()
    for size in (*range(1, 71), 133, 200):
        with torch.no_grad():
            maps = network.backbone(torch.zeros(1, 3, size, 160))
            deep = network.fc(maps[2])
            values, grid = torch.randn(deep.shape[2]), network.deep_grid
            column = values[None, None, :, None].expand(1, 2, -1, deep.shape[3]).contiguous()
            network.score32.forward = lambda _, column=column: column  # type: ignore[method-assign]
            scores = network(torch.zeros(1, 3, size, 160))
        assert scores.shape == (1, 2, size, 160)
        for skip, pool in ((16, 3), (8, 2)):
            if stride <= skip:
                finer = network.backbone.grids[pool]
                values = between(values, grid, at_cells(finer, maps[pool - 2].shape[2]))
                grid = finer
        expected = between(values, grid, at_cells(Grid(), size))
        torch.testing.assert_close(
            scores[0, 0, :, 80], expected, rtol=0, atol=1e-5, msg=f"size {size}"
        )


@pytest.mark.parametrize("learned", [True, False])
def test_upsampling_is_learned_or_fixed(learned: bool) -> None:
    network = FCNVGG16(8, 2, learn_upsampling=learned, thinner=THIN)
    network(torch.zeros(1, 3, 40, 40)).sum().backward()
    moved = {name for name, p in network.named_parameters() if p.grad is not None}
    assert "enlarge.weight" not in moved
    for name in ("double16.weight", "double8.weight"):
        assert (name in moved) == learned


@pytest.mark.parametrize("factor", [2, 8, 16, 32])
def test_upsampling_starts_bilinear(factor: int) -> None:
    scores = torch.randn(1, 3, 5, 6)
    ours = bilinear(3, factor, learned=True)(scores)
    half = factor // 2
    theirs = functional.interpolate(scores, scale_factor=factor, mode="bilinear")
    inner = slice(factor, -factor)
    torch.testing.assert_close(
        ours[:, :, half:-half, half:-half][:, :, inner, inner], theirs[:, :, inner, inner]
    )


def test_maps_are_added_where_cells_coincide() -> None:
    a, b = torch.arange(6.0), torch.arange(4.0)
    a, b = (x[None, None, :, None] * torch.ones(1, 1, 1, len(x)) for x in (a, b))
    total, grid = add_aligned(a, Grid(8, -16), b, Grid(8, 0))
    assert grid == Grid(8, 0)
    assert total[0, 0, :, 0].tolist() == [2, 4, 6, 8]
    with pytest.raises(ValueError, match="share no cells"):
        Grid(8, 1).cells_until(Grid(8, 0))


@pytest.mark.parametrize("stride", [32, 16, 8])
def test_scores_follow_from_the_stems_maps(stride: int) -> None:
    torch.manual_seed(0)
    network = FCNVGG16(stride, 3, "light", thinner=THIN).eval()
    image = torch.randn(1, 3, 64, 48)
    stem = network.backbone.stem(image)
    assert stem.shape == (1, network.backbone.stem_channels, 8, 6)
    assert torch.equal(network.from_stem(stem), network(image))


def test_stages_start_from_the_coarser_one() -> None:
    torch.manual_seed(0)
    image = torch.randn(1, 3, 45, 60)
    coarse = FCNVGG16(32, 3, thinner=THIN).eval()
    middle = FCNVGG16(16, 3, thinner=THIN).eval()
    fine = FCNVGG16(8, 3, thinner=THIN).eval()
    middle.start_from(coarse.state_dict())
    fine.start_from(middle.state_dict())
    for name, tensor in coarse.state_dict().items():
        if not name.startswith("enlarge"):
            assert torch.equal(tensor, fine.state_dict()[name]), name
    assert fine(image).shape == coarse(image).shape
    with pytest.raises(InputError, match="lacks"):
        middle.start_from({})


@pytest.mark.parametrize("torchvision", [True, False])
def test_weights_load_by_either_name(torchvision: bool) -> None:
    source, target = VGG16(thinner=THIN), VGG16(thinner=THIN)
    tensors = {}
    for index, (name, layer) in zip(TORCHVISION, source.convolutions().items(), strict=True):
        prefix = f"features.{index}" if torchvision else name
        tensors |= {f"{prefix}.weight": layer.weight.data, f"{prefix}.bias": layer.bias.data}
    load_vgg16(target, tensors)
    for ours, theirs in zip(source.parameters(), target.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    tensors.popitem()
    with pytest.raises(InputError, match=r"lack conv5_3\.bias"):
        load_vgg16(target, tensors)


def test_weights_of_another_shape_are_refused() -> None:
    wide = {f"{n}.weight": layer.weight for n, layer in VGG16(thinner=32).convolutions().items()}
    with pytest.raises(InputError, match=r"conv1_1\.weight is"):
        load_vgg16(VGG16(thinner=THIN), wide)


def test_a_classifiers_layers_become_convolutions() -> None:
    """On a map of 7x7, fc6 and fc7 give what the classifier's layers give its features."""
    torch.manual_seed(0)
    network = FCNVGG16(32, 2, thinner=THIN).eval()
    deep = network.backbone.channels[-1]
    fc6, fc7 = torch.nn.Linear(deep * 49, 4096 // THIN), torch.nn.Linear(64, 64)
    tensors = {f"classifier.0.{name}": value for name, value in fc6.state_dict().items()}
    tensors |= {f"classifier.3.{name}": value for name, value in fc7.state_dict().items()}
    network.take_classifier(tensors)
    features = torch.randn(1, deep, 7, 7)
    expected = fc7(fc6(features.flatten(1)).relu()).relu()
    torch.testing.assert_close(network.fc(features).flatten(1), expected)
    before = network.fc[0].weight.clone()
    network.take_classifier({})
    assert torch.equal(network.fc[0].weight, before)
    with pytest.raises(InputError, match=r"classifier\.3\.bias is not VGG-16's"):
        network.take_classifier({**tensors, "classifier.3.bias": torch.zeros(1)})


def test_a_light_head_leaves_the_classifier() -> None:
    network = FCNVGG16(32, 2, "light", thinner=THIN)
    before = network.fc[0].weight.clone()
    network.take_classifier({"classifier.0.weight": torch.zeros(1)})
    assert torch.equal(network.fc[0].weight, before)
