"""Whether shape classes and the positive-sharing loss help contours: short runs, train to val.

    python benchmarks/contour_sharing.py DATA/BSDS500 --out DIR [--arms 1:0,8:0,8:1] [--seeds 3]

An arm is K:λ, the number of shape classes and the weight of the positive-sharing term; K = 1 is
two-class learning. Every arm is trained from ImageNet weights on BSDS500's train photos with the
recipe `contours` on smaller crops and fewer epochs, once for each seed, and measured on every
`--every`-th val photo. Prints each arm's ODS and AP, and the paired difference to the first arm
with its 95 % interval (Student's t over the seeds). A run that DIR holds already is not repeated.
"""

import argparse
import json
from functools import partial
from pathlib import Path

import numpy as np
from scipy import stats

from figureground.contours.network import network_map
from figureground.data.bsds import bsds
from figureground.evaluation.boundaries import evaluate_contours
from figureground.training.kinds import train

FIGURES = ("ods", "ap")


def measure(arm: str, seed: int, options: argparse.Namespace) -> list[float]:
    """Train an arm with a seed, unless that was done; ODS and AP on val."""
    shapes, sharing = arm.split(":")
    out = options.out / f"{shapes}-{sharing}-{seed}"
    done = out / "val.json"
    if not done.exists():
        settings = {
            "seed": seed,
            "data.path": json.dumps(str(options.data.resolve())),
            "data.split": '"train"',
            "views.crop": options.crop,
            "shapes": shapes,
            "loss.positive_sharing": sharing,
            "schedule.epochs": options.epochs,
            "schedule.average": 0.98,
        }
        changes = [f"{key}={value}" for key, value in settings.items()]
        train("contours", changes, out, (out / "checkpoint.pt").exists())
        detector = partial(network_map, threads=1, weights=out / "contours.onnx")
        samples = bsds(options.data, "val")[:: options.every]
        done.write_text(json.dumps(evaluate_contours(samples, detector, threads=1)))
    figures = json.loads(done.read_text())
    return [figures[name] for name in FIGURES]


def main() -> None:
    """Train and measure all arms, seed by seed, and print the table so far after each seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--arms", default="1:0,8:0,8:1")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--crop", type=int, default=192)
    parser.add_argument("--every", type=int, default=2)
    options = parser.parse_args()
    arms = options.arms.split(",")
    measured = []
    for seed in range(options.seeds):
        measured.append([measure(arm, seed, options) for arm in arms])
        report(arms, np.array(measured))


def report(arms: list[str], measured: np.ndarray) -> None:
    """Print means and paired differences of (seeds, arms, figures)."""
    seeds = len(measured)
    print(f"K:λ, {seeds} seeds: mean, difference to {arms[0]} with its 95 % half-width")
    for at, arm in enumerate(arms):
        cells = []
        for figure, name in enumerate(FIGURES):
            difference = measured[:, at, figure] - measured[:, 0, figure]
            cells.append(f"{name} {measured[:, at, figure].mean():.4f} ({difference.mean():+.4f}")
            if seeds > 1:
                error = difference.std(ddof=1) / np.sqrt(seeds)
                cells[-1] += f" ± {stats.t.ppf(0.975, seeds - 1) * error:.4f}"
            cells[-1] += ")"
        print(f"{arm:>6}  " + "  ".join(cells), flush=True)


if __name__ == "__main__":
    main()
