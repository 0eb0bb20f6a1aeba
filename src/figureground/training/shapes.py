"""DeepContour's shape classes: contour pixels clustered by the contours around them.

Source: Shen et al., CVPR 2015, section 3.1: k-means on patches of the annotated contours.
"""

import torch
from torch import Tensor
from torch.nn import functional

PATCH = 9
"""Side of a patch, in cells of two pixels."""

ROUNDS = 20


def learn_shapes(patches: Tensor, count: int, seed: int) -> Tensor:
    """K-means of patches (M, PATCH²) from distinct random starts: centres (count, PATCH²)."""
    generator = torch.Generator().manual_seed(seed)
    centres = patches[torch.randperm(len(patches), generator=generator)[:count]].clone()
    for _ in range(ROUNDS):
        nearest = torch.cdist(patches, centres).argmin(1)
        for shape in range(count):
            members = patches[nearest == shape]
            if len(members):
                centres[shape] = members.mean(0)
    return centres


def patches_of(votes: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """The patches around cells of one vote map (H, W): (M, PATCH²)."""
    margin = PATCH // 2
    padded = functional.pad(votes, (margin, margin, margin, margin))
    windows = padded.unfold(0, PATCH, 1).unfold(1, PATCH, 1)
    return windows[rows, columns].flatten(1)


def shape_classes(votes: Tensor, centres: Tensor) -> Tensor:
    """The nearest centre of the patch around every cell: (N, H, W) votes → classes 1..K, int64."""
    filters = centres.view(-1, 1, PATCH, PATCH)
    likeness = functional.conv2d(votes[:, None], filters, padding=PATCH // 2)
    return (likeness - centres.square().sum(1).view(1, -1, 1, 1) / 2).argmax(1) + 1
