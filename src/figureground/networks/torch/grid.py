"""Where the cells of a map lie in the image, so that maps are cropped right to the pixel."""

from dataclasses import dataclass

from torch import Tensor

from figureground.arrays import Size


@dataclass(frozen=True)
class Grid:
    """Cell i of a map is centred at image coordinate `scale * i + shift`, on both axes."""

    scale: float = 1.0
    shift: float = 0.0

    def convolve(self, kernel: int, stride: int = 1, padding: int = 0) -> "Grid":
        """The grid after a convolution or a pooling."""
        reach = (kernel - 1) / 2 - padding
        return Grid(self.scale * stride, self.shift + self.scale * reach)

    def upsample(self, kernel: int, stride: int) -> "Grid":
        """The grid after a transposed convolution without padding."""
        scale = self.scale / stride
        return Grid(scale, self.shift - scale * (kernel - 1) / 2)

    def cells_until(self, other: "Grid") -> int:
        """How many cells this grid begins before `other`, of the same scale."""
        cells = (other.shift - self.shift) / self.scale
        if other.scale != self.scale or cells != int(cells):
            raise ValueError(f"{self} and {other} share no cells")
        return int(cells)


def crop(scores: Tensor, offset: int, size: Size) -> Tensor:
    """The window of `size` (H, W) that begins at (offset, offset)."""
    return scores[:, :, offset : offset + size[0], offset : offset + size[1]]


def add_aligned(a: Tensor, of_a: Grid, b: Tensor, of_b: Grid) -> tuple[Tensor, Grid]:
    """Add two maps where their cells coincide; the map that begins earlier is cropped."""
    ahead = of_a.cells_until(of_b)
    skip_a, skip_b = max(ahead, 0), max(-ahead, 0)
    size = (
        min(a.shape[2] - skip_a, b.shape[2] - skip_b),
        min(a.shape[3] - skip_a, b.shape[3] - skip_b),
    )
    return crop(a, skip_a, size) + crop(b, skip_b, size), (of_b if ahead > 0 else of_a)
