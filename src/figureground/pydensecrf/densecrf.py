"""DenseCRF and DenseCRF2D as pydensecrf has them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figureground.crf import DenseCRF as Field
from figureground.crf.kernels import Bilateral, Compatibility, Features, Gaussian, Kernel
from figureground.crf.kernels import Normalization as Mode
from figureground.errors import InputError

CONST_KERNEL, DIAG_KERNEL, FULL_KERNEL = 0, 1, 2
NO_NORMALIZATION, NORMALIZE_BEFORE, NORMALIZE_AFTER, NORMALIZE_SYMMETRIC = 0, 1, 2, 3

_MODES: tuple[Mode, ...] = ("none", "before", "after", "symmetric")


class DenseCRF:
    """A CRF over `nvar` points with `nlabels` labels; kernels are added one by one.

    Kernel types other than CONST_KERNEL are accepted and, as in pydensecrf's inference, change
    nothing.
    """

    def __init__(self, nvar: int, nlabels: int) -> None:
        self._shape: tuple[int, ...] = (nvar,)
        self._labels = nlabels
        self._unary: NDArray[np.float32] | None = None
        self._kernels: list[Kernel] = []
        self._image: NDArray[Any] | None = None
        self._field: Field | None = None

    def npixels(self) -> int:
        """Return the number of points."""
        return int(np.prod(self._shape))

    def nlabels(self) -> int:
        """Return the number of labels."""
        return self._labels

    def setUnaryEnergy(self, u: Any) -> None:  # noqa: N802
        """Set the energies, (labels, points)."""
        array = np.asarray(u, dtype=np.float32)
        if array.shape != (self._labels, self.npixels()):
            raise InputError(
                f"setUnaryEnergy: expected ({self._labels}, {self.npixels()}), got {array.shape}"
            )
        self._unary = array

    def addPairwiseEnergy(  # noqa: N802
        self,
        features: Any,
        compat: Any,
        kernel: int = DIAG_KERNEL,  # noqa: ARG002
        normalization: int = NORMALIZE_SYMMETRIC,
    ) -> None:
        """Add a kernel over features, (dimensions, points), in units of their scale."""
        array = np.asarray(features)
        array = array.reshape(array.shape[0], *self._shape)
        self._add(Features(array, 1.0, _compat(compat), _MODES[normalization]))

    def startInference(self) -> tuple["Marginals", None, None]:  # noqa: N802
        """Return (Q, None, None), Q the softmax of minus the unary."""
        return Marginals(self._run(0, None)), None, None

    def stepInference(self, q: "Marginals", _first: Any, _second: Any) -> None:  # noqa: N802
        """Replace Q by its mean-field update."""
        q.values = self._run(1, q.values)

    def inference(self, iterations: int) -> "Marginals":
        """Return Q after so many updates."""
        return Marginals(self._run(iterations, None))

    def klDivergence(self, q: "Marginals") -> float:  # noqa: N802
        """Return the KL divergence of Q from the CRF, up to a constant."""
        unary = self._energies().reshape(self._labels, *self._shape)
        return self._prepared().energy(unary, q.values.reshape(unary.shape))

    def _run(self, iterations: int, start: NDArray[np.float32] | None) -> NDArray[np.float32]:
        shape = (self._labels, *self._shape)
        initial = None if start is None else start.reshape(shape)
        q = self._prepared()(self._energies().reshape(shape), iterations, initial=initial)
        return q.reshape(self._labels, -1)

    def _energies(self) -> NDArray[np.float32]:
        if self._unary is None:
            raise InputError("setUnaryEnergy: was not called")
        return self._unary

    def _add(self, kernel: Kernel) -> None:
        self._kernels.append(kernel)
        self._field = None

    def _prepared(self) -> Field:
        if self._field is None:
            self._field = Field(self._image, self._kernels, shape=self._shape)
        return self._field


class DenseCRF2D(DenseCRF):
    """A CRF over an image; the width comes first, as in pydensecrf."""

    def __init__(self, w: int, h: int, nlabels: int) -> None:
        super().__init__(w * h, nlabels)
        self._shape = (h, w)

    def addPairwiseGaussian(  # noqa: N802
        self,
        sxy: float | Sequence[float],
        compat: Any,
        kernel: int = DIAG_KERNEL,  # noqa: ARG002
        normalization: int = NORMALIZE_SYMMETRIC,
    ) -> None:
        """Add the smoothness kernel."""
        self._add(Gaussian(_scale(sxy), _compat(compat), _MODES[normalization]))

    def addPairwiseBilateral(  # noqa: N802
        self,
        sxy: float | Sequence[float],
        srgb: float | Sequence[float],
        rgbim: Any,
        compat: Any,
        kernel: int = DIAG_KERNEL,  # noqa: ARG002
        normalization: int = NORMALIZE_SYMMETRIC,
    ) -> None:
        """Add the appearance kernel; `rgbim` is (H, W, 3) uint8."""
        kernel_ = Bilateral(_scale(sxy), _scale(srgb), _compat(compat), _MODES[normalization])
        features = kernel_.features(np.asarray(rgbim), self._shape)
        self._add(Features(features, 1.0, kernel_.compat, kernel_.normalization))


class Marginals:
    """What inference returns: numpy.array(q) is (labels, points) float32."""

    def __init__(self, values: NDArray[np.float32]) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.values, dtype=dtype, copy=copy)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def shape(self) -> tuple[int, ...]:
        """(labels, points)."""
        return self.values.shape


def _scale(value: float | Sequence[float]) -> float | tuple[float, ...]:
    return float(value) if isinstance(value, int | float) else tuple(float(v) for v in value)


def _compat(compat: Any) -> Compatibility:
    """Turn pydensecrf's signs into ours: there a number smooths, an array is added to the energy.

    An asymmetric matrix is made symmetric, as pydensecrf does.
    """
    array = np.asarray(compat, dtype=np.float32)
    if array.ndim == 0:
        return float(array)
    return -array if array.ndim == 1 else (array + array.T) / 2
