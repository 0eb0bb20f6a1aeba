"""The fully connected CRF over the pixels of one image."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import as_image, as_scores
from figureground.crf import _native
from figureground.crf.kernels import Kernel, potts
from figureground.crf.presets import PRESETS
from figureground.errors import InputError

ITERATIONS = 10


class DenseCRF:
    """Mean field inference in a dense CRF; the kernels are prepared once, for many unaries.

    Args:
        image: (H, W, 3) uint8 RGB, (H, W) gray, or a PIL image.
        kernels: the pairwise terms, or the name of a preset.
        threads: how many to use; None is one a processor. Results do not depend on it.
    """

    def __init__(
        self,
        image: Any,
        kernels: Sequence[Kernel] | str = "default",
        threads: int | None = None,
    ) -> None:
        pixels = as_image(image)
        self.size: tuple[int, int] = pixels.shape[0], pixels.shape[1]
        self.kernels = _kernels(kernels)
        self._field = _native.MeanField(pixels.shape[0] * pixels.shape[1], _threads(threads))
        for kernel in self.kernels:
            features = kernel.features(pixels).reshape(-1, pixels.shape[0] * pixels.shape[1])
            normalization = getattr(_native.Normalization, kernel.normalization)
            self._field.add_kernel(np.ascontiguousarray(features), normalization)

    def __call__(self, unary: Any, iterations: int = ITERATIONS) -> NDArray[np.float32]:
        """Return the marginals Q, (C, H, W) float32, which sum to 1 over the classes.

        Args:
            unary: (C, H, W) energies in nats, as `figureground.crf.unary` gives.
            iterations: how many mean-field updates; 0 gives the softmax of -unary.
        """
        if iterations < 0:
            raise InputError(f"iterations: expected 0 or more, got {iterations}")
        energies = as_scores(unary, self.size, name="unary")
        classes = energies.shape[0]
        for index, kernel in enumerate(self.kernels):
            self._field.set_compatibility(index, potts(kernel.compat, classes))
        q = np.empty_like(energies)
        self._field.infer(energies.reshape(classes, -1), q.reshape(classes, -1), iterations)
        return q

    def map(self, unary: Any, iterations: int = ITERATIONS) -> NDArray[np.uint8]:
        """Return each pixel's most probable label, (H, W) uint8."""
        labels: NDArray[np.uint8] = self(unary, iterations).argmax(axis=0).astype(np.uint8)
        return labels


def _kernels(kernels: Sequence[Kernel] | str) -> tuple[Kernel, ...]:
    if not isinstance(kernels, str):
        return tuple(kernels)
    if kernels not in PRESETS:
        raise InputError(f"kernels: no preset {kernels!r}; there are {', '.join(PRESETS)}")
    return PRESETS[kernels]


def _threads(threads: int | None) -> int:
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if threads < 1:
        raise InputError(f"threads: expected 1 or more, got {threads}")
    return threads
