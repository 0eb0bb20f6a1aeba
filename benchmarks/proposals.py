"""Object proposals: speed and quality beside the method's authors' program and selective search.

    figureground benchmark proposals

Photos, boundary maps, objects and the recorded figures of the authors' program (one thread) are
those of coco-mini-proposals in $FIGUREGROUND_DATA (default ../shared). Quality is measured at the
photos' own size. Times are of maps at 500 x 375, the least of several runs, superpixels included:
wall clock on two threads, and processor time on one. OpenCV's selective search (fast) gives boxes
only; AR(n) of its boxes stands beside ours.
"""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from figureground.evaluation.instances import ObjectSample, object_samples
from figureground.evaluation.proposals import best_box_overlaps, evaluate_proposals
from figureground.proposals import PRESETS, load_model, propose

SHARED = Path(os.environ.get("FIGUREGROUND_DATA", Path(__file__).parents[1] / ".." / "shared"))
DATA = SHARED / "data" / "coco-mini-proposals"
ORIGINAL = {"B130": "baseline-130", "B200": "baseline-200", "L180": "learned-180"}
WIDTH, HEIGHT = 500, 375
TIMED, RUNS, SEARCHED, COUNTS = 6, 3, 8, (100, 1000)


def resized(sample: ObjectSample):
    """Return the photo and its boundary map at 500 x 375."""
    strength = Image.fromarray(sample.boundaries).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)
    return np.asarray(Image.fromarray(sample.image).resize((WIDTH, HEIGHT))), np.asarray(strength)


def least_ms(work: Callable[[], object], clock: Callable[[], float]) -> float:
    """Return the least time of several runs."""
    times = []
    for _ in range(RUNS):
        start = clock()
        work()
        times.append(clock() - start)
    return 1e3 * min(times)


def speed(preset: str, photos: list) -> tuple[float, float]:
    """Return the mean times of a preset: wall clock on two threads, processor time on one."""
    wall = [least_ms(lambda p=p: propose(*p, preset, threads=2), time.perf_counter) for p in photos]
    cpu = [least_ms(lambda p=p: propose(*p, preset, threads=1), time.process_time) for p in photos]
    return float(np.mean(wall)), float(np.mean(cpu))


def presets_table(samples: list[ObjectSample]) -> Table:
    """Quality and speed of every preset, the original's recorded figures below."""
    table = Table(title="proposals on coco-mini-proposals (objects of at least 1 %; all objects)")
    columns = ("proposals", "ABO", "covering", "R .5", "R .7", "ABO all", "AUC", "AP")
    for column in ("preset", *columns, "ms, 2 threads", "CPU ms, 1 thread"):
        table.add_column(column, justify="left" if column == "preset" else "right")
    photos = [resized(sample) for sample in samples[:TIMED]]
    for row in evaluate_proposals(DATA, presets=PRESETS)["rows"]:
        figures = [row[c] for c in ("abo", "covering", "recall50", "recall70")]
        figures += [row["all"]["abo"], row["auc"], row["ap"]]
        add_row(table, row["preset"], row["proposals"], figures, speed(row["preset"], photos))
    recorded = json.loads((DATA / "original_gop.json").read_text())["presets"]
    for name, ours in ORIGINAL.items():
        average = recorded[name]["average"]
        figures = [average["large"][c] for c in ("abo", "covering", "recall50", "recall70")]
        figures += [average["all"]["abo"], *(average["objectness"][c] for c in ("auc", "ap"))]
        seconds, cpu = average["seconds"], average["cpu_seconds"]
        title = f"original of {ours}, own size, 1 thread"
        add_row(table, title, average["proposals"], figures, (1e3 * seconds, 1e3 * cpu))
    return table


def add_row(table: Table, name: str, count: float, figures: list, times: tuple) -> None:
    """Add a line of figures to four digits and times to one."""
    table.add_row(
        name, f"{count:.0f}", *(f"{f:.4f}" for f in figures), *(f"{t:.1f}" for t in times)
    )


def selective_search(image: np.ndarray) -> np.ndarray:
    """Return OpenCV's boxes, x0 y0 x1 y1, in its order."""
    search = cv2.ximgproc.segmentation.createSelectiveSearchSegmentation()
    search.setBaseImage(np.ascontiguousarray(image[..., ::-1]))
    search.switchToSelectiveSearchFast()
    x, y, width, height = search.process().T
    return np.stack([x, y, x + width, y + height], axis=1).astype(np.int32)


def peers_table(samples: list[ObjectSample]) -> Table:
    """Average recall of boxes and time of selective search and of ours on the first photos."""
    table = Table(title=f"boxes, {SEARCHED} photos at their own size, all objects")
    for column in ("method", "boxes", *(f"AR({n})" for n in COUNTS), "AR(all)", "ms"):
        table.add_column(column, justify="left" if column == "method" else "right")
    methods = {
        "OpenCV selective search, fast": lambda s: selective_search(s.image),
        "ours, baseline-200": lambda s: propose(s.image, s.boundaries).boxes,
        "ours, fine-180": lambda s: propose(s.image, s.boundaries, "fine-180").boxes,
    }
    for name, method in methods.items():
        boxes, recalls, seconds = [], [], []
        for sample in samples[:SEARCHED]:
            start = time.perf_counter()
            found = method(sample)
            seconds.append(time.perf_counter() - start)
            boxes.append(len(found))
            best = np.maximum(2 * best_box_overlaps(found, sample.objects) - 1, 0)
            at = [min(n, len(found)) - 1 for n in (*COUNTS, len(found))]
            recalls.append(best[:, at])
        average = np.concatenate(recalls).mean(axis=0)
        times = (1e3 * np.mean(seconds),)
        add_row(table, name, np.mean(boxes), list(average), times)
    return table


def main() -> None:
    """Print both tables."""
    if not DATA.is_dir():
        raise SystemExit(f"{DATA}: no such folder; set FIGUREGROUND_DATA")
    load_model()  # once, so that no time holds it
    samples = [read() for read in object_samples(DATA)[1][: max(TIMED, SEARCHED)]]
    console = Console(width=170)
    console.print(presets_table(samples))
    console.print(peers_table(samples))


if __name__ == "__main__":
    main()
