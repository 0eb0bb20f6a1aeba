"""What a network would say of photos that it knows too well.

A network is surer of the photos that it was trained on than it will ever be again. A scorer that
learns from those trusts it too much. Shown a small, noisy copy of such a photo, the network errs
as it does on new ones, and more.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SCALES = (0.2, 0.5)
"""The copy's share of the photo's size."""

BRIGHTNESS, NOISE, TINT = (0.7, 1.2), 12.0, 8.0
"""Range of the factor on grey levels; deviations of a pixel's and of a channel's shift."""


def degraded(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A photo of the same size, (H, W, 3), that shows less: blurred, noisy, of other colours."""
    height, width = image.shape[:2]
    scale = rng.uniform(*SCALES)
    small = max(2, round(width * scale)), max(2, round(height * scale))
    shrunk = Image.fromarray(image).resize(small, Image.Resampling.BILINEAR)
    blurred = np.asarray(shrunk.resize((width, height), Image.Resampling.BILINEAR), np.float32)
    noise = rng.normal(0, NOISE, image.shape) + rng.normal(0, TINT, 3)
    return np.clip(blurred * rng.uniform(*BRIGHTNESS) + noise, 0, 255).astype(np.uint8)
