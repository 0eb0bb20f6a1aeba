"""Geodesic object proposals: an image and its boundaries in, segments out."""

from typing import Any

from figureground.arrays import as_image, as_map
from figureground.contours import contours
from figureground.proposals import _native
from figureground.proposals.presets import Preset, preset_for, preset_of
from figureground.proposals.result import Proposals, SuperpixelGraph
from figureground.threads import thread_count


def propose(
    image: Any,
    boundaries: Any = None,
    preset: str | int | Preset = "baseline-200",
    *,
    threads: int | None = None,
) -> Proposals:
    """Propose segments that may be objects.

    The boundary map is cut into superpixels that follow it. From seeds spread over them, the
    geodesic distance, in which crossing a boundary is far, less the distance to the background,
    is cut where it rises most; each cut is a segment.

    Args:
        image: (H, W, 3) uint8 RGB or a PIL image.
        boundaries: (H, W) boundary strength in [0, 1]; None for our contour detector.
        preset: a name of PRESETS, settings, or the number of proposals wanted at most.
        threads: threads to use, None for all cores; the result is the same for any number.

    Raises:
        InputError: an image or map of the wrong shape, range or size, or an unknown preset.

    Source: Krähenbühl and Koltun, Geodesic Object Proposals, ECCV 2014.
    """
    image = as_image(image)
    if boundaries is None:
        boundaries = contours(image, threads=threads)
    boundaries = as_map(boundaries, image.shape[:2], low=0, high=1, name="boundaries")
    settings = preset_for(preset) if isinstance(preset, int) else preset_of(preset)
    found = _native.propose(
        boundaries,
        settings.superpixels,
        settings.seeds,
        settings.levels,
        settings.max_iou,
        settings.smallest,
        settings.singles,
        thread_count(threads),
    )
    proposals = Proposals(**{**found, "graph": SuperpixelGraph(*found["graph"])})
    return proposals.best(preset) if isinstance(preset, int) else proposals
