"""figureground demo: the method on photos that come with the package."""

from pathlib import Path

from figureground.cli.options import OutOption
from figureground.cli.segment import segment_photos


def demo(out: OutOption = Path("demo")) -> None:
    """Segment the bundled photos; draw each mask, overlay and the paper's panel."""
    from figureground.photos import PHOTOS
    from figureground.pipeline import Segmenter

    segment_photos(PHOTOS, Segmenter(), out, panel=True, json=False)
