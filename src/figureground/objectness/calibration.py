"""What a network's log odds, and the maps beside them, are worth: two small regressions.

A network is more or less sure of itself than it should be, and how much differs from network to
network. Four numbers say it; they are fitted on labelled photos that the network was not trained
on.
"""

import json
import os
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from figureground.errors import InputError
from figureground.files import atomic
from figureground.objectness.regions import Values

RIDGE = 1e-3
"""Keeps the coefficients finite where the classes can be parted without error."""

NEWTON_STEPS = 25

MOST_EVIDENCE = 6.0
"""Evidence is at most so many nats, and never negative: like the paper's votes it only lifts the
foreground. To take foreground away too harmed one network, and did little for two others."""


@dataclass(frozen=True)
class Calibration:
    """What the log odds of a network and of the image-only map are worth.

    Attributes:
        slope, offset: the true log odds of foreground are slope · o + offset where the network
            says o.
        weight, constant: with the image-only map's log odds m they are the same multiple of
            o + weight · m + constant.
    """

    slope: float
    offset: float
    weight: float
    constant: float

    def start(self, network: Values) -> Values:
        """The network's log odds, calibrated: where the network-aware scorer starts from."""
        return np.asarray(self.slope * network + self.offset, np.float32)

    def image_evidence(self, odds: Values) -> Values:
        """Nats to add to the network's foreground, from the image-only map's log odds."""
        return _kept(self.weight * odds + self.constant)

    def network_evidence(self, odds: Values, network: Values) -> Values:
        """The same from the network-aware map: with them the network's own say what it says."""
        return _kept(odds / self.slope - network)

    def numbers(self) -> NDArray[np.float64]:
        """The four numbers as an array, for a scorer's file."""
        return np.array(astuple(self))

    @classmethod
    def of(cls, numbers: NDArray[np.float64]) -> "Calibration":
        """From four numbers; InputError where they cannot be a calibration."""
        values = np.asarray(numbers, np.float64)
        if values.shape != (4,) or not np.isfinite(values).all() or values[0] <= 0:
            raise InputError("calibration: expected four finite numbers, the slope above 0")
        return cls(*values.tolist())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a JSON file."""
        with atomic(path) as temporary:
            temporary.write_text(json.dumps(asdict(self), indent=1) + "\n")


UNCALIBRATED = Calibration(1.0, 0.0, 1.0, 0.0)
"""Takes a network at its word."""


def load_calibration(path: str | os.PathLike[str]) -> Calibration:
    """Read a calibration that `figureground calibrate` wrote."""
    path = Path(path)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        names = ("slope", "offset", "weight", "constant")
        return Calibration.of(np.array([float(values[name]) for name in names]))
    except (OSError, ValueError, TypeError, KeyError, InputError) as error:
        raise InputError(f"{path}: not a calibration ({error})") from None


def calibrate(network: Values, odds: Values, foreground: Values, counted: Values) -> Calibration:
    """Fit a calibration to superpixels of photos that nothing else was trained on.

    Args:
        network: (S,) mean log odds of foreground by the network.
        odds: (S,) log odds of the image-only map.
        foreground: (S,) pixels of objects.
        counted: (S,) pixels whose label is known.
    """
    ones = np.ones_like(network)
    slope, offset = logistic_regression(np.stack([network, ones]), foreground, counted)
    first, second, last = logistic_regression(np.stack([network, odds, ones]), foreground, counted)
    if slope <= 0 or first <= 0:
        raise InputError("calibrate: the network says nothing about the foreground of these photos")
    return Calibration(float(slope), float(offset), float(second / first), float(last / first))


def log_loss(odds: Values, foreground: Values, counted: Values) -> float:
    """Nats a pixel that log odds of foreground cost; all arrays are (S,)."""
    wrong = foreground * np.logaddexp(0, -odds) + (counted - foreground) * np.logaddexp(0, odds)
    return float(wrong.sum(dtype=np.float64) / counted.sum(dtype=np.float64))


def logistic_regression(inputs: Values, successes: Values, trials: Values) -> NDArray[np.float64]:
    """Coefficients (K,) of a binomial regression by Newton's method.

    Args:
        inputs: (K, N).
        successes: (N,) how many of the trials succeeded.
        trials: (N,).
    """
    inputs, scale = inputs.astype(np.float64), trials.sum(dtype=np.float64)
    coefficients = np.zeros(len(inputs))
    for _ in range(NEWTON_STEPS):
        p = 1 / (1 + np.exp(-np.clip(coefficients @ inputs, -50, 50)))
        gradient = inputs @ (successes - trials * p) / scale - RIDGE * coefficients
        curvature = (inputs * (trials * p * (1 - p) / scale)) @ inputs.T
        curvature += RIDGE * np.eye(len(inputs))
        coefficients = coefficients + np.linalg.solve(curvature, gradient)
    return coefficients


def _kept(nats: Values) -> Values:
    return np.asarray(np.clip(nats, 0, MOST_EVIDENCE), np.float32)
