"""Data sets: photos with the labels of their pixels."""

from figureground.classes import VOC_CLASSES
from figureground.data.coco import coco
from figureground.data.folder import folder
from figureground.data.opening import open_samples
from figureground.data.samples import Sample, Samples
from figureground.data.sbd import sbd
from figureground.data.voc import voc

__all__ = ["VOC_CLASSES", "Sample", "Samples", "coco", "folder", "open_samples", "sbd", "voc"]
