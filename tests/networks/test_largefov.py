import pytest
import torch

from figureground.errors import InputError
from figureground.networks import fcn
from figureground.networks.torch.grid import Grid
from figureground.networks.torch.largefov import LargeFOV

THIN = 64


def test_cells_lie_at_every_eighth_pixel() -> None:
    assert LargeFOV(2, thinner=THIN).backbone.grids[-1] == Grid(8, 0)


def test_every_size_keeps_its_pixels() -> None:
    """Sizes 1..70: scores that are a ramp along the cells are the image coordinate itself."""
    network = LargeFOV(2, thinner=THIN).eval()
    for size in (*range(1, 71), 133, 321):
        with torch.no_grad():
            cells = network.at_stride(torch.zeros(1, 3, size, 24)).shape
            assert cells[2:] == (-(-(size - 1) // 8) + 1, 4)
            ramp = (8.0 * torch.arange(cells[2]))[None, None, :, None].expand(1, 2, -1, 4)
            network.score8.forward = lambda _, ramp=ramp: ramp  # type: ignore[method-assign]
            scores = network(torch.zeros(1, 3, size, 24))
            del network.score8.forward
        assert scores.shape == (1, 2, size, 24)
        expected = torch.arange(size, dtype=torch.float32)
        torch.testing.assert_close(scores[0, 1, :, 5], expected, rtol=0, atol=1e-4)


def test_a_score_sees_224_pixels_beyond_the_backbones_view() -> None:
    """The outer taps of fc6 lie 24 cells apart, 192 pixels; what lies far beyond is not seen."""
    torch.manual_seed(0)
    network = LargeFOV(2, thinner=16).eval().requires_grad_(False)
    image = torch.randn(1, 3, 9, 801).requires_grad_()
    network(image)[0, :, 4, 400].sum().backward()
    seen = image.grad[0].abs().amax((0, 1)).nonzero()[:, 0]
    # 12 cells of 8 pixels to either side, and the backbone's own reach around each.
    assert seen.min() <= 400 - 96
    assert seen.max() >= 400 + 96
    assert seen.min() > 0


def test_by_name() -> None:
    assert isinstance(fcn("vgg16", 8, head="largefov"), LargeFOV)
    with pytest.raises(InputError, match="'largefov' is DeepLab's"):
        fcn("vgg16", 16, head="largefov")
    with pytest.raises(InputError, match="'largefov' is DeepLab's"):
        fcn("mobilenet_v2", 8, head="largefov")
