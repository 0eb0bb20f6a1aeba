"""Dense CRF: labels that follow the edges of the image.

>>> import numpy as np
>>> from figureground.crf import DenseCRF, unary
>>> image = np.zeros((4, 6, 3), np.uint8)
>>> image[:, 3:] = 255
>>> p = np.full((2, 4, 6), 0.5, np.float32)
>>> p[:, :, 0] = [[0.9], [0.1]]
>>> p[:, :, 5] = [[0.1], [0.9]]
>>> DenseCRF(image)(unary(p)).argmax(axis=0)[0].tolist()
[0, 0, 0, 1, 1, 1]
"""

from figureground.crf.dense_crf import DenseCRF
from figureground.crf.exact import ExactCRF, error_estimate
from figureground.crf.kernels import Bilateral, Features, Gaussian
from figureground.crf.presets import PRESETS
from figureground.crf.unary import unary, unary_from_labels

__all__ = [
    "PRESETS",
    "Bilateral",
    "DenseCRF",
    "ExactCRF",
    "Features",
    "Gaussian",
    "error_estimate",
    "unary",
    "unary_from_labels",
]
