"""Two ways of training against each other, over seeds: the paper's loss against softmax.

    python benchmarks/loss_seeds.py DATASET --split val --ours A1 A2 A3 --theirs B1 B2 B3

A1 … are networks that `figureground train` wrote (network.safetensors), in pairs of one seed.
Prints each network's figures, mean and standard deviation over the seeds, and the difference of
the means with its 95 % interval, a paired bootstrap over images; then the same at equal recall:
ours less what the other network of the pair reaches where a constant, added to all of its
foreground, makes it recall as much.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from figureground.console import progress
from figureground.data import Samples, open_samples
from figureground.evaluation import ConfusionMatrix
from figureground.evaluation.bootstrap import Counts, Interval, PairedBootstrap, Statistic
from figureground.evaluation.segmentation import SEVEN
from figureground.networks.torch.saved import open_network

BONUSES = (0.0, -2.0, -1.5, -1.0, -0.75, -0.5, -0.25, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
"""Nats added to all foreground; the first is none."""

SIDES = ("ours", "theirs")

STATISTICS: dict[str, Statistic] = {
    "mIoU-7": lambda matrix: matrix.mean_iou_of(SEVEN),
    "recall": lambda matrix: matrix.recall,
    "foreground recall": lambda matrix: matrix.foreground_recall,
}


def counts_of(path: Path, samples: Samples) -> list[Counts]:
    """Confusion counts of every image, (images, C, C), at every bonus."""
    network = open_network(path)
    gathered: list[list[NDArray[np.int64]]] = [[] for _ in BONUSES]
    for sample in progress(samples, str(path)):
        image, truth = sample.pair()
        scores = network.scores(image)
        best, foreground = scores[1:].max(axis=0), scores[1:].argmax(axis=0) + 1
        for bonus, counts in zip(BONUSES, gathered, strict=True):
            labels = np.where(best + bonus > scores[0], foreground, 0).astype(np.uint8)
            counts.append(ConfusionMatrix(samples.classes).add(labels, truth).counts)
    return [np.stack(counts) for counts in gathered]


def show_side(name: str, matrices: list[ConfusionMatrix]) -> None:
    """Mean, standard deviation and the figures of each seed."""
    for figure, statistic in STATISTICS.items():
        values = [100 * statistic(matrix) for matrix in matrices]
        seeds = ", ".join(f"{value:.2f}" for value in values)
        if len(values) > 1:
            seeds = f"{np.mean(values):.2f} +- {np.std(values, ddof=1):.2f}  {seeds}"
        print(f"{name:7} {figure:18} {seeds}")


def show_gain(name: str, interval: Interval) -> None:
    """A difference in points, with its interval."""
    low, value, high = (100 * v for v in (interval.low, interval.value, interval.high))
    print(f"{name:26} {value:+6.2f} [{low:+.2f}, {high:+.2f}]")


def main() -> None:
    """Measure all networks, then compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--split")
    parser.add_argument("--every", type=int, default=1, help="5 on train: the held-out photos")
    parser.add_argument("--ours", type=Path, nargs="+", required=True)
    parser.add_argument("--theirs", type=Path, nargs="+", required=True)
    parser.add_argument("--resamples", type=int, default=1000)
    given = parser.parse_args()
    torch.set_num_threads(1)
    samples = open_samples(given.dataset, given.split)[:: given.every]
    bootstrap = PairedBootstrap(samples.classes, len(samples), resamples=given.resamples)
    every = np.ones(len(samples), np.int64)
    runs = {side: [counts_of(path, samples) for path in getattr(given, side)] for side in SIDES}
    for side in SIDES:
        show_side(side, [bootstrap.total(run[0], every) for run in runs[side]])
    ours, theirs = ([counts[0] for counts in run] for run in runs.values())
    for name, statistic in STATISTICS.items():
        show_gain(name, bootstrap.mean_difference(ours, theirs, statistic))
    equal = bootstrap.mean_at_equal_recall(ours, runs["theirs"], STATISTICS["mIoU-7"])
    show_gain("mIoU-7 at equal recall", equal)


if __name__ == "__main__":
    main()
