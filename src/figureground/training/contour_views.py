"""Augmented views for contours: a turned, scaled crop and the share of annotators at each pixel.

The annotators' regions are warped, not their lines: contours are drawn anew between the warped
regions, so that they stay connected and thin at any scale and angle.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from figureground.arrays import Size
from figureground.data.bsds import ContourSample
from figureground.training.views import recolour

Pixels = NDArray[np.uint8]
Regions = NDArray[np.int32]


@dataclass(frozen=True)
class ContourAugmentation:
    """How a view is drawn.

    A square of `crop` pixels (even) is cut at a random place after scaling by a factor drawn
    log-uniformly from [smallest, largest], a turn by a multiple of 90° and at most `angle` degrees
    more, and a reflection in half of the cases; brightness, contrast and saturation change by a
    factor within 1 ± colour.
    """

    crop: int
    smallest: float
    largest: float
    angle: float
    colour: float


@dataclass(frozen=True)
class ContourView:
    """image (crop, crop, 3) float32 grey levels; votes (crop/2, crop/2) in [0, 1]; inside, bool.

    A vote is an annotator who drew a contour in that square of two by two pixels. Outside the
    photo neither image nor votes mean anything.
    """

    image: NDArray[np.float32]
    votes: NDArray[np.float32]
    inside: NDArray[np.bool_]


def draw_contour_view(
    image: Pixels, regions: Regions, how: ContourAugmentation, key: Sequence[int]
) -> ContourView:
    """A view of a photo and its annotators' regions (A, H, W); the same key, the same view."""
    rng = np.random.default_rng(list(key))
    matrix = _placement((image.shape[0], image.shape[1]), how, rng)
    warped = Image.fromarray(image).transform(
        (how.crop, how.crop),
        Image.Transform.AFFINE,
        tuple(matrix.ravel()),
        Image.Resampling.BILINEAR,
    )
    # Pixel centres of the view, in the photo's pixels.
    grid = np.arange(how.crop) + 0.5
    x = matrix[0, 0] * grid[None] + matrix[0, 1] * grid[:, None] + matrix[0, 2]
    y = matrix[1, 0] * grid[None] + matrix[1, 1] * grid[:, None] + matrix[1, 2]
    height, width = image.shape[:2]
    columns = np.clip(x.astype(np.int32), 0, width - 1)
    rows = np.clip(y.astype(np.int32), 0, height - 1)
    inside = (x > 2) & (x < width - 2) & (y > 2) & (y < height - 2)
    votes = vote_map(regions[:, rows, columns])
    half = how.crop // 2
    return ContourView(
        recolour(np.asarray(warped, np.float32), how.colour, rng),
        votes,
        inside.reshape(half, 2, half, 2).all(axis=(1, 3)),
    )


def vote_map(regions: Regions) -> NDArray[np.float32]:
    """The share of annotators with a contour in each square of two pixels: (H/2, W/2).

    Args:
        regions: (A, H, W), H and W even. A contour pixel is one whose right or lower neighbour
            lies in another region, as in BSDS500's own contours.
    """
    people, height, width = regions.shape
    edges = np.zeros((people, height, width), bool)
    edges[:, :-1] |= regions[:, :-1] != regions[:, 1:]
    edges[:, :, :-1] |= regions[:, :, :-1] != regions[:, :, 1:]
    squares = edges.reshape(people, height // 2, 2, width // 2, 2)
    share: NDArray[np.float32] = squares.any(axis=(2, 4)).mean(axis=0, dtype=np.float32)
    return share


class ContourPhotos:
    """Photos and regions of a split, kept in memory."""

    def __init__(self, samples: Sequence[ContourSample], how: ContourAugmentation, seed: int):
        self.how, self.seed = how, seed
        self.pairs = [(sample.image(), sample.segmentations()) for sample in samples]

    def __len__(self) -> int:
        return len(self.pairs)

    def view(self, epoch: int, index: int) -> ContourView:
        """The view of a photo that belongs to an epoch."""
        return draw_contour_view(*self.pairs[index], self.how, (self.seed, epoch, index))


def _placement(
    size: Size, how: ContourAugmentation, rng: np.random.Generator
) -> NDArray[np.float64]:
    """(2, 3): from the view's coordinates (x, y) to the photo's."""
    scale = np.exp(rng.uniform(np.log(how.smallest), np.log(how.largest)))
    turn = rng.integers(4)
    angle = np.deg2rad(90 * turn + rng.uniform(-how.angle, how.angle))
    mirror = rng.choice((-1, 1))
    cosine, sine = np.cos(angle) / scale, np.sin(angle) / scale
    linear = np.array([[cosine * mirror, -sine], [sine * mirror, cosine]])
    # The centre lies as far from the photo's border as the view reaches, where there is room.
    reach = np.minimum(how.crop / 2 / scale, np.array(size[::-1]) / 2)
    centre = rng.uniform(reach, np.array(size[::-1]) - reach + 1e-9)
    offset = centre - linear @ np.full(2, how.crop / 2)
    return np.hstack([linear, offset[:, None]])
