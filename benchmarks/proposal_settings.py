"""Settings of the proposals compared on photos that are not used for measuring.

python benchmarks/proposal_settings.py [PHOTOS]

Takes coco-mini without the photos of coco-mini-proposals, with our own contours; objects are the
connected parts of its class masks.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

from figureground.console import progress
from figureground.contours import contours
from figureground.data import open_samples
from figureground.data.samples import read_names
from figureground.evaluation.instances import object_samples
from figureground.evaluation.proposals import ProposalFigures
from figureground.proposals import PRESETS, load_model, propose

ROOT = Path(os.environ.get("FIGUREGROUND_DATA", "../shared"))
BASELINE, LEARNED, FINE = (PRESETS[name] for name in ("baseline-200", "learned-180", "fine-180"))


def main(photos: int) -> None:
    """Print a line a setting."""
    ours, authors = load_model(), load_model(ROOT / "weights" / "gop")
    settings = {
        **{f"baseline-200, smallest {k}": (replace(BASELINE, smallest=k), ours) for k in (1, 3, 4)},
        **{f"learned-180, smallest {k}": (replace(LEARNED, smallest=k), ours) for k in (1, 2, 3)},
        "learned-180, authors' model": (LEARNED, authors),
        **{f"fine-180, {k}": (replace(FINE, superpixels=k), ours) for k in (1500, 1800, 2200)},
        "fine-180, authors' model": (FINE, authors),
    }
    figures = {name: ProposalFigures() for name in settings}
    for read in progress(others(photos), "photos"):
        sample = read()
        strength = contours(sample.image)
        for name, (preset, model) in settings.items():
            figures[name].add(sample, propose(sample.image, strength, preset, model=model), 0.0)
    for name, gathered in figures.items():
        row = gathered.summary()
        print(
            f"{name:<28} {row['proposals']:6.0f} segments  ABO {row['abo']:.3f}  "
            f"all {row['all']['abo']:.3f}  R.5 {row['recall50']:.3f}  R.7 {row['recall70']:.3f}"
        )


def others(photos: int | None = None) -> list:
    """Readers of the photos of coco-mini that are not for measuring."""
    measured = set(read_names(ROOT / "data" / "coco-mini-proposals" / "eval_list.txt"))
    samples = open_samples(ROOT / "data" / "coco-mini")
    _, sources = object_samples(ROOT / "data" / "coco-mini")
    named = zip(samples, sources, strict=True)
    return [source for sample, source in named if sample.name not in measured][:photos]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 215)
