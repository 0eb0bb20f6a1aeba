"""Boundary map → superpixels → seeds → signed geodesic distances → segments."""

from figureground.proposals.generate import propose
from figureground.proposals.presets import PRESETS, Preset
from figureground.proposals.result import Proposals, SuperpixelGraph

__all__ = ["PRESETS", "Preset", "Proposals", "SuperpixelGraph", "propose"]
