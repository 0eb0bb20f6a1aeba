"""Fits the CRF's kernels to a network: scales by random search, weights by gradient steps.

Half of the photos are tuned on; what was gained is reported on the other half.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import VOID
from figureground.console import progress
from figureground.crf.dense_crf import DenseCRF
from figureground.crf.kernels import Bilateral, Gaussian
from figureground.crf.presets import PRESETS
from figureground.crf.unary import unary
from figureground.errors import InputError


@dataclass(frozen=True)
class Example:
    """A photo (H, W, 3), the network's probabilities (C, H, W) and the truth (H, W)."""

    image: NDArray[np.uint8]
    probabilities: NDArray[np.float32]
    labels: NDArray[np.uint8]


@dataclass(frozen=True)
class Setting:
    """The numbers that are tuned: of Gaussian(narrow, weights[0]) and Bilateral(…, weights[1])."""

    narrow: float
    sxy: float
    srgb: float
    weights: tuple[float, float]

    def kernels(self) -> tuple[Gaussian, Bilateral]:
        """Return the kernels, for DenseCRF."""
        return (
            Gaussian(self.narrow, self.weights[0]),
            Bilateral(self.sxy, self.srgb, self.weights[1]),
        )


def _setting(preset: str) -> Setting:
    numbers = [vars(kernel) for kernel in PRESETS[preset]]
    gaussian, bilateral = numbers
    weights = gaussian["compat"], bilateral["compat"]
    return Setting(gaussian["sxy"], bilateral["sxy"], bilateral["srgb"], weights)


DEFAULT, *OTHERS = (_setting(preset) for preset in PRESETS)
"""The presets; "default" is the first of them."""

DROP = 1e-3
"""Classes that no pixel gives this share of its best class are left out: on the photos that were
tried no label changed."""

Pairs = Iterable[tuple[NDArray[np.uint8], NDArray[np.uint8]]]
Score = Callable[[Pairs], float]
"""From (labels, truth) of several photos to a number that is better higher, such as mean IoU."""


@dataclass(frozen=True)
class Report:
    """What tuning found; scores on the half that was not tuned on."""

    setting: Setting
    network: float
    default: float
    tuned: float
    tried: int


def tune(
    examples: Sequence[Example],
    score: Score,
    trials: int = 30,
    seed: int = 0,
    gradient_steps: int = 0,
) -> Report:
    """Search the setting with the best score on every other example.

    Args:
        examples: at least two.
        score: what to raise.
        trials: settings to try; the presets are the first.
        seed: of the search.
        gradient_steps: steps on the weights afterwards, through the CRF (needs torch); kept only
            where they raise the score of the half that is tuned on.
    """
    if len(examples) < 2:
        raise InputError(f"examples: expected 2 or more, got {len(examples)}")
    fit, held = examples[::2], examples[1::2]
    rng = np.random.default_rng(seed)
    candidates = [DEFAULT, *OTHERS, *(_draw(rng) for _ in range(trials))][:trials]
    scores = [score(_results(fit, c)) for c in progress(candidates, "tune")]
    best = candidates[int(np.argmax(scores))]
    if gradient_steps > 0:
        learned = _learn_weights(fit, best, gradient_steps)
        best = learned if score(_results(fit, learned)) > max(scores) else best
    return Report(
        best,
        network=score(_results(held, None)),
        default=score(_results(held, DEFAULT)),
        tuned=score(_results(held, best)),
        tried=len(candidates),
    )


def _results(examples: Sequence[Example], setting: Setting | None) -> Pairs:
    for example in examples:
        yield _labels(example, setting), example.labels


def _labels(example: Example, setting: Setting | None) -> NDArray[np.uint8]:
    if setting is None:
        return np.asarray(example.probabilities.argmax(axis=0), dtype=np.uint8)
    return DenseCRF(example.image, setting.kernels()).map(unary(example.probabilities), drop=DROP)


def _draw(rng: np.random.Generator) -> Setting:
    def between(low: float, high: float) -> float:
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))

    weights = between(0.5, 6), between(1, 12)
    return Setting(between(0.5, 4), between(20, 140), between(2, 20), weights)


def _learn_weights(examples: Sequence[Example], setting: Setting, steps: int) -> Setting:
    import torch

    from figureground.crf.layer import CRFLayer

    layer = CRFLayer(len(examples[0].probabilities), list(setting.weights), iterations=5)
    layer.compatibility.requires_grad_(False)
    optimizer = torch.optim.Adam([layer.weights], lr=0.2)
    fields = [DenseCRF(e.image, setting.kernels()) for e in examples]
    for step in progress(range(steps), "weights"):
        example, crf = examples[step % len(examples)], fields[step % len(examples)]
        q = layer(torch.from_numpy(unary(example.probabilities)), crf)
        target = torch.from_numpy(example.labels.astype(np.int64))
        losses = torch.nn.functional.nll_loss(
            q.clamp_min(1e-6).log()[None], target[None], ignore_index=VOID
        )
        optimizer.zero_grad()
        torch.autograd.backward(losses)
        optimizer.step()
    first, second = (max(float(w), 0.0) for w in layer.weights.detach())
    return replace(setting, weights=(first, second))
