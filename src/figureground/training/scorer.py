"""Fitting the scorer of `figureground.objectness.scorer` with torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from figureground.objectness.calibration import Calibration
from figureground.objectness.regions import Values
from figureground.objectness.scorer import LAYERS, LEAST_SHARE, MOST_WEIGHT, SPREAD, Scorer


@dataclass(frozen=True)
class Example:
    """A photo, as one network sees it or none.

    Attributes:
        segments: (P, F) features.
        members: (P, S) bool.
        superpixels: (S, K) features.
        start: (S,) log odds that the scorer corrects.
        overlaps: (P,) IoU of every segment with the best object.
        foreground: (S,) pixels of objects.
        counted: (S,) pixels whose label is known.
    """

    segments: Values
    members: NDArray[np.bool_]
    superpixels: Values
    start: Values
    overlaps: Values
    foreground: Values
    counted: Values


class SegmentScorer(nn.Module):
    """The scorer as a torch module; its arithmetic is that of `Scorer`."""

    def __init__(self, examples: Sequence[Example], hidden: int, joint: int, heads: int) -> None:
        super().__init__()
        for part in ("segment", "superpixel"):
            rows = np.concatenate([getattr(example, f"{part}s") for example in examples])
            self.register_buffer(f"{part}_mean", torch.from_numpy(rows.mean(axis=0)))
            self.register_buffer(f"{part}_deviation", torch.from_numpy(rows.std(axis=0) + 1e-6))
        features, parts = examples[0].segments.shape[1], examples[0].superpixels.shape[1]
        self.first, self.second = nn.Linear(features, hidden), nn.Linear(hidden, hidden)
        self.weight, self.value = nn.Linear(hidden, heads), nn.Linear(hidden, heads)
        self.overlap = nn.Linear(hidden, 1)
        self.joint, self.last = nn.Linear(parts + 2 * heads, joint), nn.Linear(joint, 1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, photo: "Prepared") -> tuple[Tensor, Tensor]:
        """Log odds of the superpixels, (S,), and logits of the segments' overlaps, (P,)."""
        hidden = functional.relu(self.second(functional.relu(self.first(photo.segments))))
        weights = self.weight(hidden).clamp(-MOST_WEIGHT, MOST_WEIGHT).exp()
        members = photo.members.float().T
        held, said = members @ weights, members @ (weights * self.value(hidden))
        total = weights.sum(0) + 1e-9
        share = (held / total).clamp(0, 1)
        odds = torch.log((share + LEAST_SHARE) / (1 - share + LEAST_SHARE))
        seen = torch.cat([photo.superpixels, odds, said / (held + 1e-6 * total)], 1)
        own = self.last(functional.relu(self.joint(seen)))[:, 0]
        return photo.start + own, self.overlap(hidden)[:, 0]

    def prepared(self, example: Example) -> "Prepared":
        """The example as tensors, its features normalised."""

        def normalised(part: str) -> Tensor:
            rows = torch.from_numpy(getattr(example, f"{part}s"))
            mean, deviation = self.get_buffer(f"{part}_mean"), self.get_buffer(f"{part}_deviation")
            return ((rows - mean) / deviation).clamp(-SPREAD, SPREAD)

        return Prepared(
            normalised("segment"),
            torch.from_numpy(example.members),
            normalised("superpixel"),
            torch.from_numpy(example.start),
            torch.from_numpy(example.overlaps),
            torch.from_numpy(example.foreground),
            torch.from_numpy(example.counted),
        )

    def exported(self, calibration: Calibration) -> Scorer:
        """The scorer that runs without torch."""
        arrays = {name: tensor.numpy().copy() for name, tensor in self.state_dict().items()}
        assert set(arrays) >= {f"{layer}.weight" for layer in LAYERS}
        return Scorer(arrays, calibration)


class Prepared(NamedTuple):
    """An `Example` as tensors."""

    segments: Tensor
    members: Tensor
    superpixels: Tensor
    start: Tensor
    overlaps: Tensor
    foreground: Tensor
    counted: Tensor


def fit_scorer(examples: Sequence[Example], settings: dict[str, Any], seed: int) -> SegmentScorer:
    """Fit the log odds of all photos' pixels, and with a smaller weight the overlaps.

    Both losses are binary cross-entropies with soft targets; every photo counts the same.
    """
    torch.manual_seed(seed)
    scorer = SegmentScorer(examples, settings["hidden"], settings["joint"], settings["heads"])
    photos = [scorer.prepared(example) for example in examples]
    optimiser = torch.optim.AdamW(
        scorer.parameters(), settings["rate"], weight_decay=settings["weight_decay"]
    )
    batches = list(_batches(len(photos), settings["batch"], settings["epochs"], seed))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings["rate"], total_steps=len(batches) + 1, pct_start=0.1
    )
    for batch in batches:
        loss = torch.stack([_loss(scorer, photos[i], settings["overlap"]) for i in batch]).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    return scorer


def _batches(count: int, size: int, epochs: int, seed: int) -> list[NDArray[np.int64]]:
    rng, size = np.random.default_rng(seed), min(size, count)
    orders = [rng.permutation(count)[: count - count % size] for _ in range(epochs)]
    return [batch for order in orders for batch in order.reshape(-1, size)]


def _loss(scorer: SegmentScorer, photo: Prepared, overlap: float) -> Tensor:
    odds, logits = scorer(photo)
    missed = photo.foreground * functional.softplus(-odds)
    wrong = (photo.counted - photo.foreground) * functional.softplus(odds)
    segments = functional.binary_cross_entropy_with_logits(logits, photo.overlaps)
    return (missed + wrong).sum() / photo.counted.sum() + overlap * segments
