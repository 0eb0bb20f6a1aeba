"""Presets: how many seeds, how many level sets of each distance, how alike two may be."""

from dataclasses import dataclass
from typing import Literal, get_args, get_type_hints

from figureground.errors import InputError


@dataclass(frozen=True)
class Preset:
    """Settings of the method.

    Attributes:
        seeds: seeds to place (N_S of the paper).
        levels: level sets kept of each signed distance (N_T).
        max_iou: of two segments that overlap more than this, the one with the lower score goes.
        superpixels: superpixels wanted.
        smallest: superpixels that a level set must cover.
        singles: whether each seed's superpixel is a segment of its own.
        seed_kind: how seeds are placed. "geodesic": each as far as possible from those before;
            "regular": on a grid; "random"; "segmentation": the centres of merged regions;
            "learned": by a trained model.
        masks: "border": the background is nothing, or the image's border; "learned": what a
            trained model takes for it.
    """

    seeds: int
    levels: int
    max_iou: float
    superpixels: int = 1000
    smallest: int = 3
    singles: bool = False
    seed_kind: Literal["geodesic", "regular", "random", "segmentation", "learned"] = "geodesic"
    masks: Literal["border", "learned"] = "border"

    @property
    def learned(self) -> bool:
        """Whether a trained model is needed."""
        return "learned" in (self.seed_kind, self.masks)


def _learned(seeds: int, levels: int, max_iou: float) -> Preset:
    return Preset(seeds, levels, max_iou, smallest=2, seed_kind="learned", masks="learned")


def _fine(seeds: int, levels: int, max_iou: float) -> Preset:
    return Preset(seeds, levels, max_iou, superpixels=1800, smallest=1, masks="learned")


PRESETS = {
    "baseline-130": Preset(130, 5, 0.77),
    "baseline-150": Preset(150, 7, 0.82),
    "baseline-200": Preset(200, 10, 0.87),
    "baseline-300": Preset(300, 15, 0.9),
    "learned-140": _learned(140, 4, 0.8),
    "learned-160": _learned(160, 6, 0.85),
    "learned-180": _learned(180, 9, 0.88),
    "learned-200": _learned(200, 15, 0.9),
    "fine-130": _fine(130, 4, 0.77),
    "fine-180": _fine(180, 7, 0.84),
}
"""Named by the kind of seeds and their number.

The baseline presets are those of Krähenbühl and Koltun, ECCV 2014, with a lower `max_iou`, so that
they give no more segments than theirs. The fine ones have more and smaller superpixels and
learned masks, and find more of the small objects.
"""


MOST = 10**9
"""The largest number that a setting may be; far more than any photo can use."""


def preset_of(preset: str | Preset) -> Preset:
    """Return the settings of a name, or the settings that were given, checked."""
    if isinstance(preset, str):
        if preset not in PRESETS:
            raise InputError(f"preset: {preset!r} is unknown; there are {', '.join(PRESETS)}")
        return PRESETS[preset]
    for name in ("seeds", "levels", "superpixels", "smallest"):
        if not 1 <= getattr(preset, name) <= MOST:
            raise InputError(f"preset: {name} must be in 1..{MOST}, got {getattr(preset, name)}")
    for name in ("seed_kind", "masks"):
        allowed = get_args(get_type_hints(Preset)[name])
        if getattr(preset, name) not in allowed:
            raise InputError(
                f"preset: {name} {getattr(preset, name)!r} is none of {', '.join(allowed)}"
            )
    if not 0 < preset.max_iou <= 1:
        raise InputError(f"preset: max_iou must be in (0, 1], got {preset.max_iou}")
    return preset


def preset_for(proposals: int) -> Preset:
    """Return settings that make about that many segments, mostly a few more."""
    if proposals < 1:
        raise InputError(f"preset: the number of proposals must be at least 1, got {proposals}")
    seeds = min(1000, max(20, round(proposals / 5)))
    return Preset(seeds, 12, 0.9)
