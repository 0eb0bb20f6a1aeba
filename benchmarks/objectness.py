"""What the learned objectness costs beside the proposals, and the paper's votes.

    figureground benchmark objectness

Photos of PASCAL VOC train of 500 x 375 in $FIGUREGROUND_DATA (default ../shared). Times are medians
of several runs on two threads; the embedded network and the proposals are not counted.
"""

import os
import time
from collections.abc import Callable
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
SIZE, PHOTOS, RUNS, THREADS = (375, 500), 12, 9, 2

Work = Callable[[np.ndarray, Proposals, np.ndarray], object]
WORK: dict[str, Work] = {
    "votes": lambda _, proposals, __: pixel_objectness(proposals),
    "scores of the segments": lambda image, proposals, _: segment_scores(
        image, proposals, threads=THREADS
    ),
    "evidence, image only": lambda image, proposals, _: ScoredProposals(
        image, proposals, THREADS
    ).evidence(),
    "evidence, asking a network": lambda image, proposals, foreground: ScoredProposals(
        image, proposals, THREADS
    ).evidence(foreground),
}


def median_ms(work: Callable[[], object]) -> float:
    """Return the median time of several runs, after one that is not counted."""
    work()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1e3 * float(np.median(times))


def main() -> None:
    """Print the table."""
    if not DATA.is_dir():
        raise SystemExit(f"{DATA}: no such folder; set FIGUREGROUND_DATA")
    images = (sample.image() for sample in open_samples(DATA, "train"))
    chosen = [image for image in images if image.shape[:2] == SIZE][:PHOTOS]
    network = load_network(threads=THREADS)
    photos = [(image, propose(image), 1 - network(image)[0]) for image in chosen]
    table = Table(title=f"objectness of {len(photos)} photos of 500 x 375, {THREADS} threads")
    table.add_column("what")
    table.add_column("ms", justify="right")
    for name, work in WORK.items():
        times = [median_ms(lambda p=photo, w=work: w(*p)) for photo in photos]
        table.add_row(name, f"{np.mean(times):.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
