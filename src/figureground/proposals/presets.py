"""Presets: how many seeds, how many level sets of each distance, how alike two may be."""

from dataclasses import dataclass

from figureground.errors import InputError


@dataclass(frozen=True)
class Preset:
    """Settings of the method.

    Attributes:
        seeds: seeds to place (N_S of the paper).
        levels: level sets kept of each signed distance (N_T).
        max_iou: of two segments that overlap more than this, the one with the lower score goes.
        superpixels: superpixels wanted.
    """

    seeds: int
    levels: int
    max_iou: float
    superpixels: int = 1000


PRESETS = {
    "baseline-130": Preset(130, 5, 0.8),
    "baseline-150": Preset(150, 7, 0.85),
    "baseline-200": Preset(200, 10, 0.9),
    "baseline-300": Preset(300, 15, 0.9),
}
"""Named as in Krähenbühl and Koltun, ECCV 2014, table 1: the kind of seeds and their number."""


def preset_of(preset: str | Preset) -> Preset:
    """Return the settings of a name, or the settings that were given, checked."""
    if isinstance(preset, str):
        if preset not in PRESETS:
            raise InputError(f"preset: {preset!r} is unknown; there are {', '.join(PRESETS)}")
        return PRESETS[preset]
    for name in ("seeds", "levels", "superpixels"):
        if getattr(preset, name) < 1:
            raise InputError(f"preset: {name} must be at least 1, got {getattr(preset, name)}")
    if not 0 < preset.max_iou <= 1:
        raise InputError(f"preset: max_iou must be in (0, 1], got {preset.max_iou}")
    return preset
