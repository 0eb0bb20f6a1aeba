"""Segments → how likely each pixel belongs to an object."""

from figureground.objectness.votes import pixel_objectness

__all__ = ["pixel_objectness"]
