"""Geodesic object proposals: an image and its boundaries in, segments out."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import as_image, as_map
from figureground.contours import contours
from figureground.errors import InputError
from figureground.proposals import _native
from figureground.proposals.model import (
    MASK_FEATURES,
    SEED_FEATURES,
    ProposalModel,
    load_model,
)
from figureground.proposals.presets import Preset, preset_for, preset_of
from figureground.proposals.result import Proposals, SuperpixelGraph
from figureground.threads import thread_count


def propose(
    image: Any,
    boundaries: Any = None,
    preset: str | int | Preset = "baseline-200",
    *,
    model: ProposalModel | None = None,
    random_seed: int = 0,
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
        model: trained seeds and masks, None for ours; only presets with learned parts use it.
        random_seed: what random seeds depend on, 0 to 2**64 - 1.
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
    if not 0 <= random_seed < 2**64:
        raise InputError(f"random_seed: must be in 0..2**64 - 1, got {random_seed}")
    rankers, masks = _weights(settings, model)
    found = _native.propose(
        boundaries,
        image,
        settings.superpixels,
        settings.seeds,
        settings.levels,
        settings.max_iou,
        settings.smallest,
        settings.singles,
        getattr(_native.SeedKind, settings.seed_kind),
        random_seed,
        rankers,
        masks,
        thread_count(threads),
    )
    proposals = Proposals(**{**found, "graph": SuperpixelGraph(*found["graph"])})
    return proposals.best(preset) if isinstance(preset, int) else proposals


def _weights(
    settings: Preset, model: ProposalModel | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The rankers and masks that the settings use; empty where they use none."""
    rankers = np.zeros((0, SEED_FEATURES), np.float32)
    masks = np.zeros((0, 2, MASK_FEATURES + 1), np.float32)
    if settings.learned:
        model = model or _embedded()
        rankers = model.rankers if settings.seed_kind == "learned" else rankers
        masks = model.masks if settings.masks == "learned" else masks
    return rankers, masks


_embedded = cache(load_model)
