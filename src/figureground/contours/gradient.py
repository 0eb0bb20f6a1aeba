"""The gradient detector: colour differences between neighbouring half-windows.

The boundary strength of Geodesic Object Proposals (Krähenbühl & Koltun, ECCV 2014) without a
learned detector: gradients in CIE LUV at three scales, divided by the local contrast. A tent
filter's derivative is the difference of two boxes, so an integral image gives every scale at the
price of a few subtractions.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from figureground.threads import map_in_order, thread_count

Planes = NDArray[np.float32]
"""(C, H, W) float32."""

RADII = (4, 8, 16)
CONTRAST_RADIUS = 5
CONTRAST_FLOOR = 0.1


def gradient_map(image: NDArray[np.uint8], threads: int | None = None) -> NDArray[np.float32]:
    """Return the strength of boundaries in an (H, W, 3) image, (H, W) in [0, 1], 1 its strongest.

    An image of a single colour has no boundary: its map is 0 everywhere. The number of threads,
    None for all cores, changes nothing in the map.
    """
    planes = luv(image)
    # Sums that start near zero keep their precision; a single colour becomes exactly zero.
    planes -= planes[:, :1, :1]
    strength = np.zeros(planes.shape[1:], np.float32)

    def squared(windows: tuple[int, int]) -> Planes:
        difference = _difference(planes, *windows)
        summed: Planes = np.einsum("chw,chw->hw", difference, difference)
        return summed

    parts = map_in_order(squared, product(RADII, (1, 2)), thread_count(threads))
    for down, right in zip(parts, parts, strict=True):
        strength += np.sqrt(down + right) / len(RADII)
    contrast = strength[None] ** 2
    for axis in (1, 2, 1, 2):
        contrast = _box(contrast, CONTRAST_RADIUS, axis)
    # Running sums can end a little below zero where the image is flat.
    strength /= np.sqrt(np.maximum(contrast[0], 0)) + CONTRAST_FLOOR
    highest = strength.max()
    return strength / highest if highest > 1e-6 else np.zeros_like(strength)


def luv(image: NDArray[np.uint8]) -> Planes:
    """Return CIE LUV (D65) over 100, so that lightness lies in [0, 1]."""
    xyz = _XYZ @ _LINEAR[image].reshape(-1, 3).T
    x, y, z = xyz
    lightness = np.where(y > 0.008856, 1.16 * np.cbrt(y) - 0.16, 9.033 * y)
    total = np.maximum(x + 15 * y + 3 * z, 1e-6)
    u = 13 * lightness * (4 * x / total - 0.19784)
    v = 13 * lightness * (9 * y / total - 0.46834)
    planes = np.stack([lightness, u, v]).astype(np.float32, copy=False)
    return planes.reshape(3, *image.shape[:2])


def _difference(planes: Planes, radius: int, axis: int) -> Planes:
    """Mean of the half-window after each pixel minus that before it, along an axis."""
    smooth = _box(planes, radius // 2, axis=3 - axis)
    sums = _running_sum(smooth, radius + 1, radius, axis)
    before, middle, after = (
        _window(sums, start, planes.shape, axis) for start in (0, radius, 2 * radius)
    )
    # In place: fresh arrays of this size cost more than the sums.
    difference = before + after
    difference -= 2 * middle
    difference /= np.float32(radius)
    return difference


def _box(planes: Planes, radius: int, axis: int) -> Planes:
    """Mean over 2 radius + 1 pixels along an axis; the border is repeated outwards."""
    sums = _running_sum(planes, radius + 1, radius, axis)
    size = 2 * radius + 1
    width = _window(sums, size, planes.shape, axis) - _window(sums, 0, planes.shape, axis)
    width /= np.float32(size)
    return width


def _running_sum(planes: Planes, before: int, after: int, axis: int) -> Planes:
    pad = [(0, 0)] * 3
    pad[axis] = (before, after)
    padded = np.pad(planes, pad, mode="edge")
    return np.cumsum(padded, axis=axis, out=padded)


def _window(sums: Planes, start: int, shape: tuple[int, ...], axis: int) -> Planes:
    return sums[:, start : start + shape[1]] if axis == 1 else sums[:, :, start : start + shape[2]]


def _linear() -> NDArray[np.float32]:
    value = np.arange(256) / 255
    curve = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return curve.astype(np.float32)


_LINEAR = _linear()
_XYZ = np.array(
    [[0.41246, 0.35758, 0.18044], [0.21267, 0.71515, 0.07217], [0.01933, 0.11919, 0.95030]],
    np.float32,
)
