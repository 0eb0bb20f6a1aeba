"""Segments → how likely each pixel belongs to an object."""

from figureground.objectness.calibration import Calibration, load_calibration
from figureground.objectness.evidence import (
    ScoredProposals,
    evidence,
    object_probability,
    segment_scores,
)
from figureground.objectness.votes import pixel_objectness

__all__ = [
    "Calibration",
    "ScoredProposals",
    "evidence",
    "load_calibration",
    "object_probability",
    "pixel_objectness",
    "segment_scores",
]
