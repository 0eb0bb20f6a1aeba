"""Which form of the contour map serves proposals best, on photos not for measuring.

    python benchmarks/contour_calibration.py [--settings 1:0,0.7:0.5] [--scales 0.75,1.25]
        [--sharpen 0.5:1.5] [--thicken 3] [--mirror] [--every 2] [--skip 1] [--weights FILE]

A setting SOFTNESS:LIFT turns the network's log-odds x into the map sigmoid(SOFTNESS · x + LIFT);
the maps of the embedded file, which has a setting of its own, are turned back first. Where there
are several scales, or the mirrored photo too, their mean is that map. AMOUNT:RADIUS sharpens a map
by so much of what it differs from itself under a Gaussian. Photos and objects are those of
proposal_settings.py, the preset is baseline-200.
"""

import argparse
from pathlib import Path

import numpy as np
from proposal_settings import others
from scipy.ndimage import gaussian_filter, maximum_filter
from scipy.special import expit, logit

from figureground.console import progress
from figureground.contours.network import WEIGHTS, network_map
from figureground.evaluation.proposals import ProposalFigures
from figureground.networks.torch.contour import LIFT, SOFTNESS
from figureground.proposals import propose

SETTINGS = "1:0,1:1,0.7:0,0.7:0.3,0.7:0.5,0.7:1,0.5:0.5"


def main() -> None:
    """Print a line a setting."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--settings", default=SETTINGS)
    parser.add_argument("--scales", default="1")
    parser.add_argument("--mirror", action="store_true")
    parser.add_argument("--sharpen", default="0:1")
    parser.add_argument("--thicken", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="every n-th photo alone")
    parser.add_argument("--skip", type=int, default=0, help="so many photos first")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    given = parser.parse_args()
    settings = {s: numbers(s, ":") for s in given.settings.split(",")}
    figures = {name: ProposalFigures() for name in settings}
    for read in progress(others()[given.skip :: given.every], "photos"):
        sample = read()
        odds = log_odds(sample.image, numbers(given.scales, ","), given)
        for name, (softness, lift) in settings.items():
            strength = maximum_filter(expit(softness * odds + lift), given.thicken)
            amount, radius = numbers(given.sharpen, ":")
            strength += amount * (strength - gaussian_filter(strength, radius))
            changed = np.clip(strength, 0, 1).astype(np.float32)
            figures[name].add(sample, propose(sample.image, changed), 0.0)
    for name, gathered in figures.items():
        row = gathered.summary()
        print(
            f"{name:<10} {row['proposals']:6.0f} segments  ABO {row['abo']:.3f}  "
            f"covering {row['covering']:.3f}  AUC {row['auc']:.3f}"
        )


def log_odds(image: np.ndarray, scales: list[float], given: argparse.Namespace) -> np.ndarray:
    """The log-odds of the mean of the network's maps, over the scales and the mirrored photo."""
    maps = [network_map(image, scale, weights=given.weights) for scale in scales]
    if given.mirror:
        mirrored = np.ascontiguousarray(image[:, ::-1])
        maps += [network_map(mirrored, s, weights=given.weights)[:, ::-1] for s in scales]
    strength = np.mean(maps, axis=0, dtype=np.float64)
    return (logit(np.clip(strength, 1e-4, 1 - 1e-4)) - LIFT) / SOFTNESS


def numbers(text: str, separator: str) -> list[float]:
    """The numbers of a list."""
    return [float(part) for part in text.split(separator)]


if __name__ == "__main__":
    main()
