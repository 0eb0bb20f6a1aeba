"""The dense CRF as a torch layer: gradients through the iterations, the lattice built once.

Needs the `train` extra. After Zheng et al., "Conditional Random Fields as Recurrent Neural
Networks", ICCV 2015, with the exact transpose of the filter in the backward pass.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from figureground.crf.dense_crf import ITERATIONS, DenseCRF
from figureground.crf.kernels import costs


class _Filter(torch.autograd.Function):
    """A kernel matrix times values; its gradient is the transposed matrix times the gradient."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, crf: DenseCRF, kernel: int) -> Tensor:
        ctx.crf, ctx.kernel = crf, kernel
        return _apply(crf, kernel, values, transposed=False)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return _apply(ctx.crf, ctx.kernel, gradients[0], transposed=True), None, None


class CRFLayer(nn.Module):
    """Mean field whose kernel weights and label compatibility can be learned.

    The message to label a is `Σ_m w_m Σ_b M[a, b] (K_m Q)_b`, subtracted from -unary. `weights`
    start as the kernels' scalar `compat`, `compatibility` as minus the identity (Potts).

    Args:
        classes: how many labels.
        weights: one number a kernel.
        iterations: mean-field updates.
    """

    def __init__(self, classes: int, weights: list[float], iterations: int = ITERATIONS) -> None:
        super().__init__()
        self.iterations = iterations
        self.weights = nn.Parameter(torch.tensor(weights, dtype=torch.float32))
        self.compatibility = nn.Parameter(torch.from_numpy(costs(1.0, classes)))

    def forward(self, unary: Tensor, crf: DenseCRF) -> Tensor:
        """Return the marginals Q, (C, H, W), of the unary's dtype.

        Args:
            unary: (C, H, W) energies on the CPU, float32 or float64.
            crf: the image's kernels, with normalization "symmetric" or "none"; the lattice in it
                serves every call. Its `compat` is not used.
        """
        q = torch.softmax(-unary, dim=0)
        for _ in range(self.iterations):
            messages = torch.stack(
                [_Filter.apply(q, crf, k) for k in range(len(crf.kernels))]  # type: ignore[no-untyped-call]
            )
            weighted = torch.einsum("m,mchw->chw", self.weights.to(q.dtype), messages)
            cost = torch.einsum("ab,bhw->ahw", self.compatibility.to(q.dtype), weighted)
            q = torch.softmax(-unary - cost, dim=0)
        return q


def _apply(crf: DenseCRF, kernel: int, values: Tensor, *, transposed: bool) -> Tensor:
    array: np.ndarray[Any, Any] = values.detach().contiguous().numpy()
    return torch.from_numpy(crf.filter(kernel, array, transposed=transposed))
