"""The one entrance to all detectors of boundaries."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import as_image
from figureground.contours.gradient import gradient_map
from figureground.errors import InputError

DETECTORS: dict[str, Callable[[NDArray[np.uint8]], NDArray[np.float32]]] = {
    "gradient": gradient_map,
}


def contours(image: Any, detector: str = "gradient") -> NDArray[np.float32]:
    """Return the strength of boundaries at every pixel of an image.

    Args:
        image: (H, W, 3) uint8 RGB, (H, W) uint8 gray, or a PIL image.
        detector: "gradient", differences of colour that need no training.

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
    return DETECTORS[detector](array)
