"""From a name, a file or a function to a network."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import as_probabilities
from figureground.errors import InputError
from figureground.networks.onnx import OnnxNetwork
from figureground.networks.tflite import TFLiteNetwork

DEFAULT_NETWORK = "fcn8s-mobilenetv2"

WEIGHTS = Path(__file__).parents[1] / "weights"
EMBEDDED = {DEFAULT_NETWORK: WEIGHTS / "fcn8s_mobilenetv2.onnx"}


class Network(Protocol):
    """Gives class probabilities for a photo."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names; index 0 is the background."""

    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(H, W, 3) uint8 RGB → probabilities (C, H, W) float32, at the image's own size."""


@dataclass(frozen=True)
class FunctionNetwork:
    """A person's own function, image → probabilities; what it returns is checked."""

    function: Callable[[NDArray[np.uint8]], Any]
    classes: tuple[str, ...]

    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(H, W, 3) uint8 → probabilities (C, H, W)."""
        size = (image.shape[0], image.shape[1])
        result = as_probabilities(self.function(image), size, name="the network's probabilities")
        if len(result) != len(self.classes):
            raise InputError(
                f"the network gives {len(result)} classes, but classes names {len(self.classes)}"
            )
        return result


def load_network(
    network: str | os.PathLike[str] | Callable[[NDArray[np.uint8]], Any] = DEFAULT_NETWORK,
    *,
    classes: Sequence[str] | None = None,
    threads: int | None = None,
) -> Network:
    """Return a network that gives class probabilities for a photo.

    Args:
        network: an embedded network's name ("fcn8s-mobilenetv2"), an ONNX file that
            `figureground export` wrote, a TFLite file, or a function image (H, W, 3) uint8 →
            probabilities (C, H, W).
        classes: class names, index 0 = background; needed for a function, unless it has them as
            an attribute `classes`, and for a TFLite file, unless it has 21, which are VOC's.
        threads: of an ONNX or a TFLite network; None for all cores.
    """
    if callable(network):
        names = classes or getattr(network, "classes", None)
        if not names:
            raise InputError("classes: a function needs its class names, background first")
        return FunctionNetwork(network, tuple(names))
    path = Path(network)
    if path.suffix == ".onnx":
        return OnnxNetwork(path, threads=threads)
    if path.suffix == ".tflite":
        return TFLiteNetwork(path, classes, threads=threads)
    if path.suffix == ".safetensors":
        raise InputError(f"{path}: first `figureground export {path} --onnx FILE.onnx`, which runs")
    if str(network) not in EMBEDDED:
        known = ", ".join(EMBEDDED)
        raise InputError(
            f"network {str(network)!r} is unknown; known: {known}; or a FILE.onnx or .tflite"
        )
    return OnnxNetwork(EMBEDDED[str(network)], threads=threads)
