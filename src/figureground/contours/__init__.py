"""Contours: an image becomes a map of boundary strength."""

from figureground.contours.detect import contours

__all__ = ["contours"]
