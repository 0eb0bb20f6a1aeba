"""The contour network, run by onnxruntime: photo in, strength of contours out."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from figureground.networks.onnx import open_session

WEIGHTS = Path(__file__).parents[1] / "weights" / "contours.onnx"

MULTIPLE = 16
"""The sides of the network's input are multiples of this. The photo is mirrored to fill them: where
its border pixels were repeated instead, the network saw lines along the border."""

LONGEST = 1024
"""Larger photos are scaled down to this: memory stays bounded, and the network knows the size."""


def network_map(
    image: NDArray[np.uint8],
    scale: float = 1.0,
    threads: int | None = None,
    weights: Path = WEIGHTS,
) -> NDArray[np.float32]:
    """Return the strength of contours at every pixel of an (H, W, 3) image, (H, W) in [0, 1].

    Args:
        image: uint8 RGB.
        scale: the factor by which the image is resized for the network; the map has the size of
            the image.
        threads: None for all cores.
        weights: the file to run, `contours.onnx` of a training run or the embedded one.
    """
    size = image.shape[:2]
    scale *= min(1.0, LONGEST / (scale * max(size)))
    height, width = (max(1, round(side * scale)) for side in size)
    scaled = _resized(image, height, width)
    padding = [(0, -side % MULTIPLE) for side in (height, width)]
    padded = np.pad(scaled, [*padding, (0, 0)], mode="reflect")
    inputs = padded.astype(np.float32).transpose(2, 0, 1)[None] / np.float32(127.5) - 1
    feed = {"image": np.ascontiguousarray(inputs, np.float32)}
    (strength,) = session(threads, weights).run(None, feed)
    return np.clip(_resized(strength[0, 0, :height, :width], *size), 0, 1)


@lru_cache(maxsize=4)
def session(threads: int | None, weights: Path = WEIGHTS) -> onnxruntime.InferenceSession:
    """Open a network, once for every number of threads."""
    return open_session(weights, threads)


def _resized(values: NDArray[np.generic], height: int, width: int) -> NDArray[np.generic]:
    if values.shape[:2] == (height, width):
        return values
    picture = Image.fromarray(values)
    return np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR))
