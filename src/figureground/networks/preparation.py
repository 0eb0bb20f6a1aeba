"""What a network wants its image to be, and how its scores come back to the image's pixels."""

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from figureground.arrays import Size
from figureground.errors import InputError


@dataclass(frozen=True)
class Preparation:
    """Size, range and padding of a network's input.

    The image is scaled so that its longest side is `longest` pixels, its shape kept; each channel
    becomes (value - mean) / deviation in grey levels; zeros pad it right and below to a multiple
    of `multiple`.
    """

    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]
    longest: int
    multiple: int

    def size(self, image: Size) -> Size:
        """(H, W) of the scaled image, before padding."""
        scale = self.longest / max(image)
        return max(1, round(image[0] * scale)), max(1, round(image[1] * scale))

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(H, W, 3) uint8 → (1, 3, h, w) float32, padded."""
        height, width = self.size((image.shape[0], image.shape[1]))
        scaled = Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR)
        return self.normalise(np.asarray(scaled))

    def normalise(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(h, w, 3) uint8, already scaled → (1, 3, h, w) float32, padded."""
        values = standardise(image, self.mean, self.deviation)
        pad = [(0, -side % self.multiple) for side in image.shape[:2]]
        return np.ascontiguousarray(
            np.pad(values, [*pad, (0, 0)]).transpose(2, 0, 1)[None], dtype=np.float32
        )

    def to_json(self) -> str:
        """As text, for a file's metadata."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str, *, name: str = "preparation") -> "Preparation":
        """Read `to_json`'s text; InputError where it is not."""
        try:
            values = json.loads(text)
            made = cls(
                _triple(values["mean"]),
                _triple(values["deviation"]),
                int(values["longest"]),
                int(values["multiple"]),
            )
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(f"{name}: cannot be read ({error!r}); export it again") from None
        if not (
            0 < made.multiple <= 1024 and 0 < made.longest <= 16384 and 0 not in made.deviation
        ):
            raise InputError(f"{name}: has values that no network can mean: {text[:200]}")
        return made


def standardise(
    image: NDArray[Any], mean: tuple[float, float, float], deviation: tuple[float, float, float]
) -> NDArray[np.float32]:
    """Grey levels (H, W, 3) → (value - mean) / deviation, a channel at a time."""
    pixels = image.astype(np.float32)
    pixels -= np.asarray(mean, np.float32)
    pixels /= np.asarray(deviation, np.float32)
    return pixels


def scores_at(
    coarse: NDArray[np.float32], padded: Size, scaled: Size, image: Size
) -> NDArray[np.float32]:
    """Sample coarse scores at the pixels of the image, bilinearly.

    Args:
        coarse: (C, h, w), a grid over the padded input.
        padded: (H, W) of the padded input.
        scaled: (H, W) of the scaled image in it.
        image: (H, W) of the image itself.

    One interpolation straight from the network's grid: two matrix products, one a side.
    """
    down = _weights(coarse.shape[1], padded[0], scaled[0], image[0])
    across = _weights(coarse.shape[2], padded[1], scaled[1], image[1])
    scores: NDArray[np.float32] = np.matmul(np.matmul(down, coarse), across.T)
    return scores


def probabilities(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Softmax over the classes, (C, H, W)."""
    exponents: NDArray[np.float32] = np.exp(scores - scores.max(axis=0))
    exponents /= exponents.sum(axis=0)
    return exponents


def _weights(cells: int, padded: int, scaled: int, pixels: int) -> NDArray[np.float32]:
    """Row i holds the weights of the grid's cells at pixel i: (pixels, cells)."""
    at = (np.arange(pixels) + 0.5) * (scaled / pixels) * (cells / padded) - 0.5
    at = np.clip(at, 0, cells - 1)
    low = np.minimum(at.astype(np.int64), max(cells - 2, 0))
    high = np.minimum(low + 1, cells - 1)
    weights = np.zeros((pixels, cells), np.float32)
    rows = np.arange(pixels)
    weights[rows, low] += 1 - (at - low)
    weights[rows, high] += at - low
    return weights


def _triple(values: list[float]) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in values)
    return red, green, blue
