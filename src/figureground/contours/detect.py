"""The one entrance to all detectors of boundaries."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import as_image
from figureground.contours.gradient import gradient_map
from figureground.contours.network import network_map
from figureground.errors import InputError

DETECTORS = ("network", "network-multiscale", "gradient")

MULTISCALE = (0.5, 1.0, 1.5)
"""The scales whose mean "network-multiscale" is."""


def contours(
    image: Any, detector: str = "network", *, threads: int | None = None
) -> NDArray[np.float32]:
    """Return the strength of boundaries at every pixel of an image.

    Args:
        image: (H, W, 3) uint8 RGB, (H, W) uint8 gray, or a PIL image.
        detector: "network", the strength of contours by a small trained network;
            "network-multiscale", its mean over half, the image's own and one and a half size;
            "gradient", differences of colour that need no training.
        threads: threads to use, None for all cores.

    Returns:
        (H, W) float32 in [0, 1]. Boundaries are ridges of this map, not lines one pixel wide.

    Raises:
        InputError: the image or the detector's name cannot be used.

    >>> import numpy as np
    >>> image = np.zeros((40, 60, 3), np.uint8)
    >>> image[:, 30:] = 255
    >>> strength = contours(image, "gradient")
    >>> bool(strength[20, 30] > strength[20, 5])
    True
    """
    array = as_image(image)
    if detector not in DETECTORS:
        known = ", ".join(DETECTORS)
        raise InputError(f"detector: {detector!r} is unknown; known are {known}")
    if detector == "gradient":
        return gradient_map(array, threads)
    scales: Sequence[float] = MULTISCALE if detector == "network-multiscale" else (1.0,)
    maps = [network_map(array, scale, threads) for scale in scales]
    mean: NDArray[np.float32] = np.mean(maps, axis=0, dtype=np.float32)
    return mean
