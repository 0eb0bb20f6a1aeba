"""How steep and how high the contour map serves proposals best, on photos not for measuring.

    python benchmarks/contour_calibration.py [--settings 1:0,0.7:0.5] [--every 2] [--weights FILE]

A setting SOFTNESS:LIFT turns the network's log-odds x into the map sigmoid(SOFTNESS · x + LIFT);
the maps of the embedded file, which has a setting of its own, are turned back first. Photos and
objects are those of proposal_settings.py, the preset is baseline-200.
"""

import argparse
from pathlib import Path

import numpy as np
from proposal_settings import others
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
    parser.add_argument("--every", type=int, default=1, help="every n-th photo alone")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    given = parser.parse_args()
    settings = {s: [float(part) for part in s.split(":")] for s in given.settings.split(",")}
    figures = {name: ProposalFigures() for name in settings}
    for read in progress(others()[:: given.every], "photos"):
        sample = read()
        strength = network_map(sample.image, weights=given.weights).astype(np.float64)
        odds = (logit(np.clip(strength, 1e-4, 1 - 1e-4)) - LIFT) / SOFTNESS
        for name, (softness, lift) in settings.items():
            changed = expit(softness * odds + lift).astype(np.float32)
            figures[name].add(sample, propose(sample.image, changed), 0.0)
    for name, gathered in figures.items():
        row = gathered.summary()
        print(
            f"{name:<10} {row['proposals']:6.0f} segments  ABO {row['abo']:.3f}  "
            f"covering {row['covering']:.3f}  AUC {row['auc']:.3f}"
        )


if __name__ == "__main__":
    main()
