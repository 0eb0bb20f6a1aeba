"""Where the probabilities of a data set's photos come from: a network, or a folder of files."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from figureground.arrays import as_probabilities
from figureground.errors import InputError
from figureground.files import read_array

if TYPE_CHECKING:
    from figureground.data.samples import Sample
    from figureground.evaluation.segmentation import Predictor


def predictor_of(network: str | None, folder: Path | None, classes: tuple[str, ...]) -> "Predictor":
    """A network's predictions, or those of a folder."""
    from figureground.evaluation.segmentation import Predictor
    from figureground.networks import DEFAULT_NETWORK, load_network

    if folder is None:
        name = network or DEFAULT_NETWORK
        loaded = load_network(name, threads=1)
        return Predictor(lambda _, image: loaded(image), loaded.classes, name)

    def read(sample: "Sample", image: NDArray[np.uint8]) -> NDArray[np.float32]:
        path = folder / f"{sample.name}.npy"
        p = as_probabilities(read_array(path), image.shape[:2], name=str(path))
        if len(p) != len(classes):
            raise InputError(f"{path}: has {len(p)} classes, the data set has {len(classes)}")
        return p

    return Predictor(read, classes, str(folder))
