"""Forms of the positive-sharing term that look at whole images: soft Dice and Lovász.

Both are functions of the error e = 1 - P_g(y) of every pixel, the probability of the wrong one of
two groups, which is 1 - exp(-B) with B the group term of `terms`. Their slope in e, times
exp(-B), is all that the kernel needs for the gradient in the scores: no map larger than a pixel's
one value is made. Dice needs three sums an image; Lovász sorts an image's errors.
"""

from collections.abc import Callable

import torch
from torch import Tensor

SMOOTHING = 1.0
"""Pixels added to both sides of the Dice ratio, so that an empty image has one."""


def dice(losses: Tensor, objects: Tensor, counted: Tensor) -> Tensor:
    """Soft Dice of every image: 1 - 2 sum(f g) / (sum f + sum g).

    Source: Milletari et al., "V-Net", 3DV 2016, with plain sums in the denominator.

    Args:
        losses: the group term of every pixel, (N, H, W).
        objects: where an object is, (N, H, W) bool.
        counted: where pixels count, (N, H, W) bool.

    Returns:
        (N,), in [0, 1].
    """
    errors = -torch.expm1(-losses)
    foreground = torch.where(objects, 1 - errors, errors) * counted
    both = (foreground * objects).sum((1, 2))
    either = foreground.sum((1, 2)) + (objects & counted).sum((1, 2))
    return 1 - (2 * both + SMOOTHING) / (either + SMOOTHING)


def lovasz(losses: Tensor, objects: Tensor, counted: Tensor) -> Tensor:
    """The Lovász extension of every image's foreground Jaccard loss; arguments as in `dice`.

    Source: Berman, Triki & Blaschko, "The Lovász-Softmax loss", CVPR 2018, section 2. The errors,
    from the largest down, are weighted by what each adds to 1 - intersection / union.
    """
    errors = -torch.expm1(-losses).flatten(1)
    known, truth = counted.flatten(1), (objects & counted).flatten(1)
    # Pixels that do not count come last, where nothing follows them.
    _, order = torch.where(known, errors.detach(), -1.0).sort(dim=1, descending=True)
    sorted_truth = truth.gather(1, order).to(errors.dtype)
    total = sorted_truth.sum(1, keepdim=True)
    intersection = total - sorted_truth.cumsum(1)
    union = total + (1 - sorted_truth).cumsum(1)
    jaccard = 1 - intersection / union
    steps = torch.diff(jaccard, dim=1, prepend=jaccard.new_zeros(len(jaccard), 1))
    return (errors.gather(1, order) * known.gather(1, order) * steps).sum(1)


PER_IMAGE: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {"dice": dice, "lovasz": lovasz}
