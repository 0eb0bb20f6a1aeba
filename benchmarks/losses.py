"""The fused loss against torch's cross-entropy: time and memory, forward and backward.

    python benchmarks/losses.py

Prints, for scores of (4, 21, 320, 320) in float32 on the CPU, the median of 15 runs in
milliseconds, the ratio to cross-entropy, and the highest memory beyond the scores and their
gradient, in units of the scores.
"""

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional
from torch.profiler import ProfilerActivity, profile

from figureground.losses import fused_loss

SHAPE = (4, 21, 320, 320)
RUNS = 15


def cross_entropy(scores: Tensor, target: Tensor) -> Tensor:
    """What is measured against."""
    return functional.cross_entropy(scores, target, ignore_index=255)


def naive(scores: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy plus the two-class term by two log-sum-exps, left to autograd."""
    margin = scores.logsumexp(1) - torch.where(
        target == 0, scores[:, 0], scores[:, 1:].logsumexp(1)
    )
    known = target != 255
    return 0.5 * cross_entropy(scores, target) + 0.5 * (margin * known).sum() / known.sum()


def peak(loss: Callable[[Tensor, Tensor], Tensor], scores: Tensor, target: Tensor) -> float:
    """The most memory alive at once beyond scores and gradient, in units of the scores."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        torch.autograd.grad(loss(scores, target), scores)
    alive, highest = 0, 0
    for event in record.profiler.kineto_results.events():
        if event.name() == "[memory]":
            alive += event.nbytes()
            highest = max(highest, alive)
    return highest / (scores.numel() * scores.element_size()) - 1


def milliseconds(loss: Callable[[Tensor, Tensor], Tensor], scores: Tensor, target: Tensor) -> float:
    """The median time of forward and backward."""
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        torch.autograd.grad(loss(scores, target), scores)
        times.append(time.perf_counter() - began)
    return 1e3 * statistics.median(times)


def main() -> None:
    """Print a line for each loss."""
    generator = torch.Generator().manual_seed(0)
    scores = (torch.randn(SHAPE, generator=generator) * 3).requires_grad_()
    target = torch.randint(0, SHAPE[1], (SHAPE[0], *SHAPE[2:]), generator=generator)
    target[:, :8] = 255
    reference = milliseconds(cross_entropy, scores, target)
    print(f"threads {torch.get_num_threads()}")
    for name, loss in (("cross-entropy", cross_entropy), ("naive", naive), ("fused", fused_loss)):
        time_ms = milliseconds(loss, scores, target)
        extra = peak(loss, scores, target)
        print(f"{name:14} {time_ms:7.1f} ms  {time_ms / reference:5.2f} x  extra {extra:5.2f}")


if __name__ == "__main__":
    main()
