"""Networks in ONNX files, run by onnxruntime: no torch is needed.

The file says in its metadata what `figureground export` put there: the class names and how an
image is prepared.
"""

import json
import os
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from figureground.arrays import as_image
from figureground.errors import InputError
from figureground.networks.preparation import Preparation, probabilities, scores_at

CLASSES_KEY, INPUT_KEY = "figureground.classes", "figureground.input"
"""Metadata: a JSON list of names, and `Preparation.to_json`."""

MAX_BYTES = 1 << 30


class OnnxNetwork:
    """An exported network; photo in, class probabilities at the photo's size out."""

    def __init__(self, path: str | os.PathLike[str], *, threads: int | None = None) -> None:
        self.path = Path(path)
        self._session = open_session(self.path, threads)
        metadata = self._session.get_modelmeta().custom_metadata_map
        for key in (CLASSES_KEY, INPUT_KEY):
            if key not in metadata:
                raise InputError(
                    f"{path}: lacks the metadata {key!r}; write the file with `figureground export`"
                )
        self.classes = _classes(metadata[CLASSES_KEY], self.path)
        self.preparation = Preparation.from_json(metadata[INPUT_KEY], name=f"{path}: {INPUT_KEY}")
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or len(self._session.get_outputs()) != 1:
            raise InputError(f"{path}: expected one input and one output")
        self._input = inputs[0].name

    def scores(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(H, W, 3) uint8 → logits (C, H, W)."""
        image = as_image(image)
        size = (image.shape[0], image.shape[1])
        prepared = self.preparation.apply(image)
        padded = (prepared.shape[2], prepared.shape[3])
        try:
            (coarse,) = self._session.run(None, {self._input: prepared})
        except Exception as error:
            raise InputError(f"{self.path}: cannot be run ({_first_line(error)})") from None
        if coarse.ndim != 4 or coarse.shape[:2] != (1, len(self.classes)):
            raise InputError(
                f"{self.path}: gives {coarse.shape}, expected (1, {len(self.classes)}, h, w)"
            )
        return scores_at(
            np.asarray(coarse[0], np.float32), padded, self.preparation.size(size), size
        )

    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(H, W, 3) uint8 → probabilities (C, H, W)."""
        return probabilities(self.scores(image))


def open_session(path: Path, threads: int | None) -> onnxruntime.InferenceSession:
    """Open an ONNX file to be run on the CPU; InputError where it cannot be."""
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"{path}: is larger than {MAX_BYTES >> 20} MB")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads or 0
    try:
        # From bytes: a file that points to tensors in other files is refused.
        return onnxruntime.InferenceSession(
            path.read_bytes(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        reason = _first_line(error)
        raise InputError(f"{path}: not an ONNX network that can be run ({reason})") from None


def _classes(text: str, path: Path) -> tuple[str, ...]:
    try:
        names = json.loads(text)
    except ValueError:
        names = None
    if not isinstance(names, list) or len(names) < 2 or not all(isinstance(n, str) for n in names):
        raise InputError(f"{path}: {CLASSES_KEY} is no list of two or more names; export it again")
    return tuple(names)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200]
