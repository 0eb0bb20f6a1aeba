"""The dense CRF against pydensecrf: time, memory, and error against all pairs in float64.

    figureground benchmark crf

Photos are training images of voc2012-animals in $FIGUREGROUND_DATA (default ../shared); the unary
is that of a weak network (a blurred, noisy ground truth, where noise supports every class
somewhere), and in the rows "embedded" what the embedded network gives. Times are the least of
several runs, lattice building included, the programs taking turns. Errors are of photos shrunk to
80 pixels, and of 80-pixel pieces of photos at full size, where the exact result can be had:
"filter" is the relative L2 error of one bilateral message, centred over the classes, since only
differences of classes matter; "labels" the share of pixels with another label than exact mean
field.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydensecrf.densecrf as peer
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.table import Table
from scipy.ndimage import gaussian_filter

from figureground.crf import Bilateral, DenseCRF, ExactCRF, Gaussian, unary
from figureground.data.voc import voc
from figureground.networks import load_network

DATA = Path(os.environ.get("FIGUREGROUND_DATA", Path(__file__).parents[1] / ".." / "shared"))
SETTINGS = {  # name: Gaussian sxy; bilateral sxy, srgb, compat (the Gaussian's compat is 3)
    "A10": (3, 80, 13, 10),
    "D1": (1, 67, 3, 4),
    "D2": (3, 121, 5, 4),
}
CLASSES, ITERATIONS, RUNS = 21, 10, 7
TIMED, SMALL = (3, 40, 80), (21, 55, 90, 130)  # 0, 3, 7 and 11 served to fit the lattice
SIDE = 80


def sample(index: int, side: int | None = None, piece: bool = False):
    """Return a photo and its labels, whole, shrunk to a longest side, or a piece of that side."""
    picture, labels = voc(DATA / "data" / "voc2012-animals", "train")[index].pair()
    if side is None:
        return picture, labels
    height, width = labels.shape
    if piece:
        top, left = (height - side) // 2, (width - side) // 2
        part = slice(top, top + side * 3 // 4), slice(left, left + side)
        return np.ascontiguousarray(picture[part]), labels[part]
    size = (round(width * side / max(height, width)), round(height * side / max(height, width)))
    small = Image.fromarray(picture).resize(size, Image.Resampling.BOX)
    return np.array(small), np.array(Image.fromarray(labels).resize(size, Image.Resampling.NEAREST))


def noisy(labels: NDArray[np.uint8], classes: int = CLASSES, blur: float = 4.0):
    """Return probabilities as of a weak network: the truth blurred, with smooth noise."""
    rng = np.random.default_rng(0)
    truth = np.where(labels == 255, 0, labels) % classes
    scores = np.empty((classes, *labels.shape), np.float32)
    for c in range(classes):
        noise = gaussian_filter(rng.normal(size=labels.shape), blur)
        scores[c] = 4 * gaussian_filter((truth == c).astype(np.float32), blur) + noise / noise.std()
    p = np.exp(scores - scores.max(axis=0))
    return (p / p.sum(axis=0)).astype(np.float32)


def ours(image, u, setting, threads=None, iterations=ITERATIONS, **options):
    """Run figureground's CRF from nothing."""
    narrow, wide, colour, weight = setting
    kernels = [Gaussian(narrow, 3), Bilateral(wide, colour, weight)]
    return DenseCRF(image, kernels, threads)(u, iterations, **options)


def theirs(image, u, setting, iterations=ITERATIONS):
    """Run pydensecrf from nothing."""
    narrow, wide, colour, weight = setting
    field = peer.DenseCRF2D(image.shape[1], image.shape[0], len(u))
    field.setUnaryEnergy(u.reshape(len(u), -1))
    field.addPairwiseGaussian(sxy=narrow, compat=3)
    field.addPairwiseBilateral(sxy=wide, srgb=colour, rgbim=image, compat=weight)
    return np.array(field.inference(iterations)).reshape(u.shape)


def least(*runs: Callable[[], object]) -> list[float]:
    """Return the least milliseconds of each, taking turns."""
    times: list[list[float]] = [[] for _ in runs]
    for _ in range(RUNS):
        for run, taken in zip(runs, times, strict=True):
            began = time.perf_counter()
            run()
            taken.append(1e3 * (time.perf_counter() - began))
    return [min(taken) for taken in times]


def speed(table: Table) -> None:
    """Time the three settings on whole photos, the unary of a weak and of the embedded network."""
    network = load_network()
    for name, setting in SETTINGS.items():
        memory = [extra_megabytes(name, who) for who in ("theirs", "ours")]
        rows: dict[str, list[list[float]]] = {"weak": [], "embedded": []}
        for index in TIMED:
            image, labels = sample(index)
            for source, p in (("weak", noisy(labels)), ("embedded", network(image))):
                rows[source].append(turns(image.copy(), unary(p), setting))
        for source, taken in rows.items():
            peer_ms, one, two, dropped = np.mean(taken, axis=0)
            table.add_row(
                f"{name} {source}",
                f"{peer_ms:.0f}",
                f"{one:.0f} ({peer_ms / one:.1f}x)",
                f"{two:.0f} ({peer_ms / two:.1f}x)",
                f"{dropped:.0f} ({peer_ms / dropped:.1f}x)",
                f"{memory[0]:.0f}",
                f"{memory[1]:.0f} ({memory[1] / memory[0]:.2f})",
            )


def turns(image, u, setting) -> list[float]:
    """Return the milliseconds of theirs, and of ours on one thread, two, and two with `drop`."""
    return least(
        lambda: theirs(image, u, setting),
        lambda: ours(image, u, setting, 1),
        lambda: ours(image, u, setting, 2),
        lambda: ours(image, u, setting, 2, drop=1e-3),
    )


def extra_megabytes(name: str, who: str) -> float:
    """Return how much a run of its own process adds to the peak memory."""
    command = [sys.executable, __file__, "--memory", name, who]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure_memory(name: str, who: str) -> None:
    """Print the growth of this process's peak by one run, the result's own size left out."""
    image, labels = sample(TIMED[0])
    u = unary(noisy(labels))
    run = {"ours": ours, "theirs": theirs}[who]
    image = image.copy()
    run(image[:8, :8].copy(), np.ascontiguousarray(u[:, :8, :8]), SETTINGS[name])
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew (Linux)
    before = peak_bytes()
    q = run(image, u, SETTINGS[name])
    print((peak_bytes() - before - q.nbytes) / 1e6)


def peak_bytes() -> int:
    """Return the most memory that this process has held at once."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(re.search(r"VmHWM:\s+(\d+)", status)[1])


def message(q: NDArray[np.float32], u: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return what one iteration added to the energies, centred over the classes."""
    added = np.log(np.maximum(q, 1e-30).astype(np.float64)) + u
    return added - added.mean(axis=0)


def errors(image, u, setting) -> list[float]:
    """Return filter error and label disagreement, theirs and ours."""
    narrow, wide, colour, weight = setting
    kernels = [Gaussian(narrow, 3), Bilateral(wide, colour, weight)]
    exact = ExactCRF(image, kernels)
    labels = exact(u, ITERATIONS).argmax(axis=0)
    q = np.exp(-u.astype(np.float64))
    q /= q.sum(axis=0)
    own = q - q.mean(axis=0)
    wanted = exact.filter(1, q)
    wanted -= wanted.mean(axis=0)
    result = []
    for run in (theirs, ours):
        # A Gaussian of no width adds 3 Q of the pixel itself: take it off.
        once = run(image.copy(), u, (0.01, wide, colour, 1), iterations=1)
        got = message(once, u) - 3 * own
        q = run(image.copy(), u, setting)
        result += [
            float(np.linalg.norm(got - wanted) / np.linalg.norm(wanted)),
            float((q.argmax(axis=0) != labels).mean()),
        ]
    return result


def accuracy(table: Table) -> None:
    """Compare with exact mean field on small photos and pieces of photos."""
    for kind, piece in (("shrunk", False), ("piece", True)):
        for name, setting in SETTINGS.items():
            rows = []
            for index in SMALL:
                image, labels = sample(index, SIDE, piece)
                rows.append(errors(image, unary(noisy(labels)), setting))
            f0, l0, f1, l1 = np.mean(rows, axis=0)
            table.add_row(
                f"{name} {kind}",
                f"{f0:.2%}",
                f"{f1:.2%} ({f1 / f0:.2f})",
                f"{l0:.2%}",
                f"{l1:.2%} ({l1 / max(l0, 1e-9):.2f})",
            )


def scaling(table: Table) -> None:
    """Time other numbers of classes, and a photo of 12 megapixels."""
    image, labels = sample(TIMED[0])
    for classes in (2, 5, 21, 64, 150):
        u = unary(noisy(labels, classes))
        add_scaling(table, f"{classes} classes", image, u)
    large = np.array(Image.fromarray(image).resize((4000, 3000), Image.Resampling.BICUBIC))
    coarse = Image.fromarray(labels).resize((4000, 3000), Image.Resampling.NEAREST)
    add_scaling(table, "12 megapixels, 5 classes", large, unary(noisy(np.array(coarse), 5, 2.0)), 1)


def add_scaling(table: Table, name: str, image, u, runs: int = RUNS) -> None:
    """Add a row of the scaling table."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        ours(image, u, SETTINGS["D1"])
        times.append(1e3 * (time.perf_counter() - began))
    megapixels = image.shape[0] * image.shape[1] / 1e6
    table.add_row(name, f"{min(times):.0f}", f"{min(times) / megapixels / len(u):.1f}")


def main() -> None:
    """Print the three tables."""
    if not (DATA / "data" / "voc2012-animals").is_dir():
        sys.exit(f"benchmark: no photos at {DATA}; set FIGUREGROUND_DATA")
    console = Console(width=120)
    parts = {
        "Time and memory, 21 classes, 10 iterations": (
            speed,
            ["", "pydensecrf ms", "1 thread", "2 threads", "2, drop=1e-3", "their MB", "our MB"],
        ),
        "Error against exact mean field (ours / theirs in brackets)": (
            accuracy,
            ["", "filter, theirs", "filter, ours", "labels, theirs", "labels, ours"],
        ),
        "Scaling at D1, all threads": (scaling, ["", "ms", "ms per megapixel and class"]),
    }
    for title, (fill, columns) in parts.items():
        table = Table(*columns, title=title)
        fill(table)
        console.print(table)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--memory"]:
        measure_memory(*sys.argv[2:4])
    else:
        main()
