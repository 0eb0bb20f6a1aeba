"""The fully connected CRF over the pixels of one image, or the points of any grid."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from figureground.arrays import all_finite, as_image
from figureground.crf import _native
from figureground.crf.energies import (
    Nonfinite,
    as_energies,
    flattened,
    nonfinite_error,
    support,
)
from figureground.crf.kernels import (
    Gaussian,
    Kernel,
    compatibility,
    costs,
    flat_features,
)
from figureground.crf.presets import PRESETS
from figureground.errors import InputError
from figureground.threads import thread_count

ITERATIONS = 10
MAX_GRID_AXES = 3


class DenseCRF:
    """Mean field inference in a dense CRF; the kernels are prepared once, for many unaries.

    Args:
        image: (H, W, 3) uint8 RGB, (H, W) gray, (H, W, N) of any real dtype, a PIL image, or None
            where no kernel needs one.
        kernels: the pairwise terms, or the name of a preset.
        threads: how many to use; None is one a processor. Results do not depend on it.
        shape: the grid, for example (D, H, W), where there is no image or it is a volume
            (D, H, W, N).
        exclude_self: leave out what a pixel says to itself, as the NIPS paper's sums do and most
            programs do not.
    """

    def __init__(
        self,
        image: Any = None,
        kernels: Sequence[Kernel] | str = "default",
        threads: int | None = None,
        *,
        shape: tuple[int, ...] | None = None,
        exclude_self: bool = False,
    ) -> None:
        self.pixels, self.shape = _grid(image, shape)
        self.kernels = _kernels(kernels)
        self.threads = thread_count(threads)
        self._field = _native.MeanField(self.shape, self.threads)
        for kernel in self.kernels:
            self._add(kernel, exclude_self)

    def __call__(
        self,
        unary: Any,
        iterations: int = ITERATIONS,
        *,
        initial: Any | None = None,
        step: float = 1.0,
        tolerance: float | None = None,
        drop: float = 0.0,
        nonfinite: Nonfinite = "error",
    ) -> NDArray[np.float32]:
        """Return the marginals Q, (C, H, W) float32, which sum to 1 over the classes.

        Args:
            unary: (C, H, W) energies in nats, as `figureground.crf.unary` gives, of any real dtype
                and memory layout; or (B, C, H, W), a batch over the same image.
            iterations: at most how many mean-field updates; 0 gives the softmax of -unary.
            initial: marginals to start from; None is the softmax of -unary.
            step: how far to go from Q to its update, in (0, 1]: the regularised Frank-Wolfe step
                (Lê-Huu and Alahari, NeurIPS 2021). 1 is plain mean field, which may oscillate.
            tolerance: stop when no marginal changes by more. Without one, rows of 64 pixels that
                would hardly change, and that damp what others do, leave out some updates; 0 makes
                all of them.
            drop: leave out classes that no pixel gives this share of its best class's probability;
                they get the marginal 0. See `energies.support` for the bound.
            nonfinite: "error", or "ignore" to contain NaN and infinity in their pixel.
        """
        array = np.asarray(unary)
        run = partial(
            self._infer,
            iterations=iterations,
            step=step,
            tolerance=tolerance,
            drop=drop,
            nonfinite=nonfinite,
        )
        if array.ndim != len(self.shape) + 2:
            return run(array, initial)
        starts = [None] * len(array) if initial is None else initial
        return np.stack([run(u, q) for u, q in zip(array, starts, strict=True)])

    def map(self, unary: Any, iterations: int = ITERATIONS, **options: Any) -> NDArray[np.uint8]:
        """Return each pixel's most probable label, (H, W) uint8; arguments as in the call."""
        q = self(unary, iterations, **options)
        if q.shape[-1 - len(self.shape)] > 256:
            raise InputError("map: more than 256 classes do not fit uint8; use the call's argmax")
        labels: NDArray[np.uint8] = q.argmax(axis=-1 - len(self.shape)).astype(np.uint8)
        return labels

    def filter(
        self, kernel: int, values: NDArray[Any], *, transposed: bool = False
    ) -> NDArray[Any]:
        """Return the normalised kernel matrix times (C, H, W) values, float32 or float64.

        float64 values are filtered in float64, on the same lattice.
        """
        dtype = np.float64 if values.dtype == np.float64 else np.float32
        flat: NDArray[Any] = np.ascontiguousarray(values, dtype=dtype).reshape(len(values), -1)
        out = np.empty_like(flat)
        self._field.filter(kernel, flat, out, transposed)
        return out.reshape(values.shape)

    def self_weights(self, kernel: int) -> NDArray[np.float32]:
        """Return the normalised kernel between each pixel and itself, (H, W)."""
        out = np.empty((1, int(np.prod(self.shape))), np.float32)
        self._field.diagonal(kernel, out)
        return out.reshape(self.shape)

    def energy(self, unary: Any, q: NDArray[Any]) -> float:
        """Return what mean field lowers: the KL divergence of Q from the CRF, up to a constant.

        `Σ Q·θ + Σ Q log Q + ½ Σ_m Σ Q·(μ_m K_m Q)`, in nats.
        """
        energies = as_energies(unary, self.shape, "error")
        flat = np.asarray(q, dtype=np.float64).reshape(energies.shape)
        total = float((flat * energies).sum() + (flat * np.log(np.maximum(flat, 1e-300))).sum())
        for index, kernel in enumerate(self.kernels):
            message = self.filter(index, flat.reshape(len(flat), *self.shape)).reshape(flat.shape)
            total += 0.5 * float((flat * (costs(kernel.compat, len(flat)) @ message)).sum())
        return total

    def converge(
        self, unary: Any, iterations: int = 50, tolerance: float = 1e-3
    ) -> tuple[NDArray[np.float32], list[float]]:
        """Return (Q, energies): updates whose energy never rises, to the nearest minimum.

        Each step goes from Q towards its mean-field update as far as the energy falls (Frank-Wolfe
        with backtracking); it ends when no marginal changes by more than `tolerance`.
        """
        q = self(unary, 0)
        found = [self.energy(unary, q)]
        for _ in range(iterations):
            target = self(unary, 1, initial=q)
            step = 1.0
            moved = target
            while step > 1e-3 and self.energy(unary, moved) > found[-1]:
                step /= 2
                moved = q + np.float32(step) * (target - q)
            change = float(np.abs(moved - q).max())
            if step <= 1e-3 or change <= tolerance:
                break
            q = moved
            found.append(self.energy(unary, q))
        return q, found

    def _infer(
        self,
        unary: NDArray[Any],
        initial: Any | None,
        *,
        iterations: int,
        step: float,
        tolerance: float | None,
        drop: float,
        nonfinite: Nonfinite,
    ) -> NDArray[np.float32]:
        if iterations < 0:
            raise InputError(f"iterations: expected 0 or more, got {iterations}")
        if not 0 < step <= 1:
            raise InputError(f"step: expected a number in (0, 1], got {step}")
        if nonfinite == "error":
            energies = flattened(unary, self.shape)  # the core sees whether all are finite
        else:
            energies = as_energies(unary, self.shape, nonfinite)
        classes = len(energies)
        within = support(drop)
        kept = self._field.supported(energies, within) if drop > 0 else list(range(classes))
        q = np.empty_like(energies)
        if initial is not None:
            q[:] = as_energies(initial, self.shape, "error")
        for index, kernel in enumerate(self.kernels):
            matrix = compatibility(kernel.compat, classes)
            matrix = matrix[:, kept] if len(matrix) == 1 else matrix[np.ix_(kept, kept)]
            self._field.set_compatibility(index, np.ascontiguousarray(matrix))
        done = self._field.infer(
            energies,
            q,
            kept,
            iterations,
            step,
            -1.0 if tolerance is None else tolerance,
            initial is not None,
        )
        if done < 0:
            raise nonfinite_error(energies, self.shape)
        return q.reshape(classes, *self.shape)

    def _add(self, kernel: Kernel, exclude_self: bool) -> None:
        normalization = _native.Normalization.__members__.get(kernel.normalization)
        if normalization is None:
            names = ", ".join(_native.Normalization.__members__)
            raise InputError(f"normalization: no {kernel.normalization!r}; there are {names}")
        if isinstance(kernel, Gaussian) and len(self.shape) <= MAX_GRID_AXES:
            sigmas = kernel.sigmas(self.shape)
            self._field.add_grid(sigmas, normalization, exclude_self)
            return
        features = flat_features(kernel, self.pixels, self.shape)
        try:  # the core sees whether all are finite
            self._field.add_features(features, normalization, exclude_self)
        except ValueError as error:
            raise InputError(str(error)) from None


def _grid(image: Any, shape: tuple[int, ...] | None) -> tuple[NDArray[Any] | None, tuple[int, ...]]:
    if image is None:
        if shape is None or 0 in shape:
            raise InputError("shape: is needed where there is no image, with no axis of size 0")
        return None, tuple(shape)
    pixels = as_image(image) if isinstance(image, Image.Image) else np.asarray(image)
    axes = 2 if shape is None else len(shape)
    if pixels.ndim == axes:
        pixels = pixels[..., None]
    if pixels.ndim != axes + 1 or pixels.dtype.kind not in "fiub" or 0 in pixels.shape:
        raise InputError(f"image: expected (H, W) or (H, W, N) numbers, got {pixels.shape}")
    if shape is not None and pixels.shape[:-1] != tuple(shape):
        raise InputError(f"image: expected the shape {tuple(shape)}, got {pixels.shape[:-1]}")
    if not all_finite(pixels):
        raise InputError("image: some values are not finite")
    return pixels, pixels.shape[:-1]


def _kernels(kernels: Sequence[Kernel] | str) -> tuple[Kernel, ...]:
    if not isinstance(kernels, str):
        return tuple(kernels)
    if kernels not in PRESETS:
        raise InputError(f"kernels: no preset {kernels!r}; there are {', '.join(PRESETS)}")
    return PRESETS[kernels]
