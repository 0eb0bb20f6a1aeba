"""Measuring: what the figures mean is defined here, once."""

from figureground.evaluation.confusion import ConfusionMatrix

__all__ = ["ConfusionMatrix"]
