"""Boundary map → superpixels → seeds → signed geodesic distances → segments."""

from figureground.proposals.generate import propose
from figureground.proposals.model import ProposalModel, load_model
from figureground.proposals.presets import PRESETS, Preset
from figureground.proposals.result import Proposals, SuperpixelGraph

__all__ = [
    "PRESETS",
    "Preset",
    "ProposalModel",
    "Proposals",
    "SuperpixelGraph",
    "load_model",
    "propose",
]
