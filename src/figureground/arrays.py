"""The one place where images, probabilities, labels and maps are checked and converted.

Conventions everywhere: images (H, W, 3) uint8 RGB; probabilities, scores and unaries (C, H, W)
float32 with class 0 = background; labels (H, W) with 255 = void; x is the column and y the row;
sizes are written (H, W).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from figureground.errors import InputError

VOID = 255
"""The label of pixels that no loss and no metric counts."""

Size = tuple[int, int]
"""(H, W)."""


def as_image(image: Any, *, name: str = "image") -> NDArray[np.uint8]:
    """Return an RGB image, (H, W, 3) uint8, C-contiguous.

    Takes a PIL image of any mode, an (H, W, 3) uint8 array, or an (H, W) uint8 array, whose gray
    is repeated. Raises InputError for anything else.
    """
    if isinstance(image, Image.Image):
        image = image.convert("RGB")
    array = np.asarray(image)
    if array.dtype != np.uint8:
        fix = "multiply by 255 and cast" if array.dtype.kind == "f" else "cast"
        raise InputError(f"{name}: expected uint8 in 0..255, got {array.dtype}; {fix} to uint8")
    if array.ndim == 2:
        array = np.repeat(array[:, :, None], 3, axis=2)
    if array.ndim != 3 or array.shape[2] != 3:
        raise InputError(
            f"{name}: expected (H, W, 3) RGB or (H, W) gray, got shape {array.shape}"
            + _axes_hint(array.shape)
        )
    if 0 in array.shape:
        raise InputError(f"{name}: has no pixels, its shape is {array.shape}")
    return np.ascontiguousarray(array)


def as_scores(
    scores: Any, size: Size | None = None, *, name: str = "scores"
) -> NDArray[np.float32]:
    """Return per-class scores, (C, H, W) float32, finite, C-contiguous.

    Args:
        scores: any real array of that shape: logits, unaries or probabilities.
        size: the (H, W) that is expected, or None for any.
        name: what the error message calls it.
    """
    array = np.asarray(scores)
    if array.dtype.kind not in "fiu":
        raise InputError(f"{name}: expected real numbers, got {array.dtype}")
    if array.ndim != 3:
        raise InputError(f"{name}: expected (C, H, W), got shape {array.shape}")
    if 0 in array.shape:
        raise InputError(f"{name}: is empty, its shape is {array.shape}")
    if size is not None and array.shape[1:] != tuple(size):
        hint = ""
        if array.shape[:2] == tuple(size):
            hint = "; it looks like (H, W, C): use .transpose(2, 0, 1)"
        elif array.shape[1:] == tuple(size)[::-1]:
            hint = "; it looks like (C, W, H): use .transpose(0, 2, 1)"
        raise InputError(
            f"{name}: expected (C, {size[0]}, {size[1]}) for this image, "
            f"got shape {array.shape}{hint}"
        )
    array = np.ascontiguousarray(array, dtype=np.float32)
    _require_finite(array, name)
    return array


def as_probabilities(
    probabilities: Any, size: Size | None = None, *, name: str = "probabilities"
) -> NDArray[np.float32]:
    """Return class probabilities, (C, H, W) float32 in [0, 1] whose classes sum to 1.

    A sum may be off by 1e-2 (half precision, quantised networks). Raises InputError with the fix
    where the array is shaped otherwise, holds logits, or is not finite.
    """
    array = as_scores(probabilities, size, name=name)
    low, high = float(array.min()), float(array.max())
    if low < 0 or high > 1 + 1e-3:
        raise InputError(
            f"{name}: expected values in [0, 1], got {low:.4g} to {high:.4g}; "
            "if these are logits, take their softmax over axis 0"
        )
    off = float(np.abs(array.sum(axis=0) - 1).max())
    if off > 1e-2:
        raise InputError(f"{name}: the classes of a pixel must sum to 1, one is off by {off:.3g}")
    return array


def as_labels(
    labels: Any, size: Size | None = None, *, classes: int | None = None, name: str = "labels"
) -> NDArray[np.uint8]:
    """Return labels, (H, W) uint8 with 255 = void.

    Args:
        labels: an integer array or a PIL image of mode P or L.
        size: the (H, W) that is expected, or None for any.
        classes: where given, every label but void must be below it.
        name: what the error message calls it.
    """
    if isinstance(labels, Image.Image) and labels.mode not in ("P", "L"):
        narrow = labels.mode == "1" or labels.mode.startswith("I")
        fix = "save it with 8 bits a pixel" if narrow else "turn the colours into indices first"
        raise InputError(
            f"{name}: expected class indices (a palette or gray image of 8 bits), "
            f"got mode {labels.mode}; {fix}"
        )
    array = np.asarray(labels)
    if array.dtype.kind not in "iu":
        raise InputError(f"{name}: expected integers, got {array.dtype}")
    if array.ndim != 2 or 0 in array.shape:
        raise InputError(f"{name}: expected (H, W), got shape {array.shape}")
    if size is not None and array.shape != tuple(size):
        raise InputError(f"{name}: expected shape {tuple(size)}, got {array.shape}")
    if array.min() < 0 or array.max() > VOID:
        raise InputError(f"{name}: expected 0..255, got {array.min()}..{array.max()}")
    if classes is not None:
        worst = int(array[array != VOID].max(initial=0))
        if worst >= classes:
            raise InputError(f"{name}: label {worst} does not fit {classes} classes (255 is void)")
    return np.ascontiguousarray(array, dtype=np.uint8)


def as_map(
    values: Any,
    size: Size | None = None,
    *,
    low: float = -np.inf,
    high: float = np.inf,
    name: str = "map",
) -> NDArray[np.float32]:
    """Return a map of one number a pixel, (H, W) float32, finite and within [low, high]."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise InputError(f"{name}: expected real numbers, got {array.dtype}")
    if array.ndim != 2 or 0 in array.shape:
        raise InputError(f"{name}: expected (H, W), got shape {array.shape}")
    if size is not None and array.shape != tuple(size):
        raise InputError(f"{name}: expected shape {tuple(size)}, got {array.shape}")
    array = np.ascontiguousarray(array, dtype=np.float32)
    _require_finite(array, name)
    if array.min() < low or array.max() > high:
        raise InputError(
            f"{name}: expected values in [{low:g}, {high:g}], "
            f"got {array.min():.4g} to {array.max():.4g}"
        )
    return array


def all_finite(array: NDArray[Any]) -> bool:
    """Return whether no value is NaN or infinite.

    Their sum tells at once, without an array of truth values; it may only overflow.
    """
    if array.dtype.kind != "f":
        return True
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(array.sum()) or np.isfinite(array).all())


def _require_finite(array: NDArray[np.float32], name: str) -> None:
    if not all_finite(array):
        finite = np.isfinite(array)
        at = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise InputError(f"{name}: {int((~finite).sum())} values are not finite, the first at {at}")


def _axes_hint(shape: tuple[int, ...]) -> str:
    if len(shape) == 3 and shape[0] == 3:
        return "; it looks like (3, H, W): use .transpose(1, 2, 0)"
    if len(shape) == 3 and shape[2] == 4:
        return "; drop the alpha channel: image[..., :3]"
    return ""
