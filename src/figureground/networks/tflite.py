"""Networks in TFLite files, run by LiteRT (the extra `tflite`), such as the published DeepLabv3.

Such a file does not say how its image is prepared. The rules here are those of the segmentation
networks that are published as TFLite: the image, its shape kept, fills a square from the top left
corner; uint8 inputs take grey levels, float inputs [-1, 1]; the rest is mid-gray.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from figureground.arrays import as_image
from figureground.classes import VOC_CLASSES
from figureground.errors import InputError
from figureground.extras import extra
from figureground.networks.preparation import probabilities, scores_at
from figureground.threads import thread_count

GRAY = 127


class TFLiteNetwork:
    """A TFLite segmentation network; photo in, class probabilities at the photo's size out.

    Args:
        path: the file; its output is scores, (1, h, w, C), or their argmax, (1, h, w).
        classes: the names of the C classes, index 0 = background; None for VOC's 21.
        threads: None for all cores.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        classes: Sequence[str] | None = None,
        *,
        threads: int | None = None,
    ) -> None:
        self.path = Path(path)
        self.classes = tuple(classes or VOC_CLASSES)
        self._interpreter = _open(self.path, thread_count(threads))
        self._lock = Lock()
        self._input = self._interpreter.get_input_details()[0]
        shape = tuple(self._input["shape"])
        if len(shape) != 4 or shape[3] != 3 or self._input["dtype"] not in (np.uint8, np.float32):
            raise InputError(f"{path}: expected an input (1, h, w, 3) of uint8 or float32")
        self._side: tuple[int, int] = (int(shape[1]), int(shape[2]))
        self._output = self._scores_tensor()
        found = int(self._output["shape"][3])
        if found != len(self.classes):
            raise InputError(f"{path}: gives {found} classes, but {len(self.classes)} are named")

    def scores(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(H, W, 3) uint8 → logits (C, H, W)."""
        image = as_image(image)
        size = (image.shape[0], image.shape[1])
        scale = min(self._side[0] / size[0], self._side[1] / size[1])
        scaled = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
        prepared = self._prepared(image, scaled)
        with self._lock:
            self._interpreter.set_tensor(self._input["index"], prepared)
            self._interpreter.invoke()
            raw = self._interpreter.get_tensor(self._output["index"])[0]
        grid = np.ascontiguousarray(_dequantised(raw, self._output).transpose(2, 0, 1))
        return scores_at(grid, self._side, scaled, size)

    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(H, W, 3) uint8 → probabilities (C, H, W)."""
        return probabilities(self.scores(image))

    def _prepared(self, image: NDArray[np.uint8], scaled: tuple[int, int]) -> NDArray[Any]:
        canvas = np.full((1, *self._side, 3), GRAY, np.uint8)
        resized = Image.fromarray(image).resize(scaled[::-1], Image.Resampling.BILINEAR)
        canvas[0, : scaled[0], : scaled[1]] = np.asarray(resized)
        return canvas if self._input["dtype"] == np.uint8 else canvas.astype(np.float32) / 127.5 - 1

    def _scores_tensor(self) -> dict[str, Any]:
        """The output, or where that is an argmax, the tensor of its size that it was taken of."""
        output: dict[str, Any] = self._interpreter.get_output_details()[0]
        if len(output["shape"]) == 4:
            return output
        grid = tuple(output["shape"])
        of_size: list[dict[str, Any]] = []
        for tensor in self._interpreter.get_tensor_details():
            shape = tuple(tensor["shape"])
            if len(shape) == 4 and shape[:3] == grid and shape[3] == len(self.classes):
                of_size.append(tensor)
        if not of_size:
            raise InputError(
                f"{self.path}: holds no scores (1, h, w, {len(self.classes)}) behind its output "
                f"{grid}; name as many classes as it has"
            )
        return of_size[-1]


def _open(path: Path, threads: int) -> Any:
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    with extra("tflite"):
        from ai_edge_litert.interpreter import Interpreter, OpResolverType
    # Delegates fuse operations: the scores before an argmax would be lost.
    resolver = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    try:
        interpreter = Interpreter(
            model_content=path.read_bytes(),
            experimental_preserve_all_tensors=True,
            experimental_op_resolver_type=resolver,
            num_threads=threads,
        )
        interpreter.allocate_tensors()
    except Exception as error:
        reason = str(error).splitlines()[0][:200]
        raise InputError(f"{path}: not a TFLite network that can be run ({reason})") from None
    return interpreter


def _dequantised(values: NDArray[Any], tensor: dict[str, Any]) -> NDArray[np.float32]:
    scale, zero = tensor["quantization"]
    floats = values.astype(np.float32)
    return floats if scale == 0 else (floats - np.float32(zero)) * np.float32(scale)
