"""What the learned objectness costs beside the proposals, and the paper's votes.

    figureground benchmark objectness

Photos of PASCAL VOC train of 500 x 375 in $FIGUREGROUND_DATA (default ../shared). Times are medians
of several runs: wall clock on two threads, and processor time on one. The embedded network and the
proposals are not counted.
"""

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from figureground.data import open_samples
from figureground.networks import load_network
from figureground.objectness import ScoredProposals, pixel_objectness, segment_scores
from figureground.proposals import Proposals, propose

SHARED = Path(os.environ.get("FIGUREGROUND_DATA", Path(__file__).parents[1] / ".." / "shared"))
DATA = SHARED / "data" / "voc2012-animals"
SIZE, PHOTOS, RUNS = (375, 500), 12, 9

Work = Callable[[np.ndarray, Proposals, np.ndarray, int], object]
WORK: dict[str, Work] = {
    "votes": lambda _, proposals, __, ___: pixel_objectness(proposals),
    "scores of the segments": lambda image, proposals, _, threads: segment_scores(
        image, proposals, threads=threads
    ),
    "evidence, image only": lambda image, proposals, _, threads: ScoredProposals(
        image, proposals, threads
    ).evidence(),
    "evidence, asking a network": lambda image, proposals, foreground, threads: ScoredProposals(
        image, proposals, threads
    ).evidence(foreground),
}


def median_ms(work: Callable[[], object], clock: Callable[[], float]) -> float:
    """Return the median time of several runs, after one that is not counted."""
    work()
    times = []
    for _ in range(RUNS):
        start = clock()
        work()
        times.append(clock() - start)
    return 1e3 * float(np.median(times))


def main() -> None:
    """Print the table."""
    if not DATA.is_dir():
        raise SystemExit(f"{DATA}: no such folder; set FIGUREGROUND_DATA")
    images = (sample.image() for sample in open_samples(DATA, "train"))
    chosen = [image for image in images if image.shape[:2] == SIZE][:PHOTOS]
    network = load_network()
    photos = [(image, propose(image), 1 - network(image)[0]) for image in chosen]
    table = Table(title=f"objectness of {len(photos)} photos of 500 x 375")
    table.add_column("what")
    clocks = {"ms, 2 threads": (time.perf_counter, 2), "CPU ms, 1 thread": (time.process_time, 1)}
    for column in clocks:
        table.add_column(column, justify="right")
    for name, work in WORK.items():
        cells = [
            np.mean([median_ms(partial(work, *photo, threads), clock) for photo in photos])
            for clock, threads in clocks.values()
        ]
        table.add_row(name, *(f"{cell:.1f}" for cell in cells))
    Console().print(table)


if __name__ == "__main__":
    main()
