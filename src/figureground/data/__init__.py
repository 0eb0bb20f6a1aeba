"""Data sets: photos with the labels of their pixels."""

from figureground.data.folder import folder
from figureground.data.samples import Sample, Samples, open_samples
from figureground.data.voc import VOC_CLASSES, voc

__all__ = ["VOC_CLASSES", "Sample", "Samples", "folder", "open_samples", "voc"]
