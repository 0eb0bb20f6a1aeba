"""The training loop against the bare network: what loading and augmenting the photos costs.

    python benchmarks/training.py

Trains FCN-8s on MobileNetV2 in batches of 8 views of 320 pixels, on one thread of torch, first on
one batch over and over (forward, loss, backward, step), then on views drawn from JPEG files as
the trainer does. Prints images a second and the ratio.
"""

import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from figureground.data import Sample
from figureground.losses import fused_loss
from figureground.networks import fcn
from figureground.photos import PHOTOS
from figureground.training.precision import Precision
from figureground.training.segmentation import DEFAULTS, at_labels
from figureground.training.source import Photos, ahead
from figureground.training.state import State
from figureground.training.views import Augmentation

BATCH, STEPS, WARM = 8, 12, 2


def samples(folder: Path) -> list[Sample]:
    """The bundled photos at 384 pixels, with masks of two classes."""
    made = []
    for path in PHOTOS:
        photo, mask = folder / path.name, folder / f"{path.stem}.png"
        with Image.open(path) as image:
            image.thumbnail((384, 384))
            image.save(photo, quality=75)
            Image.fromarray((np.asarray(image.convert("L")) > 99).astype(np.uint8)).save(mask)
        made.append(Sample(path.stem, photo, mask, 21))
    return made


def images_a_second(state: State, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    """Train on the batches, the first few untimed."""
    for step, (inputs, labels) in enumerate(batches):
        if step == WARM:
            began = time.perf_counter()
        loss = fused_loss(at_labels(state.network.coarse(inputs), labels), labels)
        loss.backward()
        state.advance()
    return BATCH * STEPS / (time.perf_counter() - began)


def main() -> None:
    """Print a line for each."""
    torch.set_num_threads(1)
    network = fcn().to(memory_format=torch.channels_last).train()
    how = Augmentation(**DEFAULTS["views"])
    schedule = DEFAULTS["schedule"] | {"epochs": 10}
    precision = Precision("float32", torch.device("cpu"))
    state = State(network, schedule, per_epoch=1000, precision=precision)
    with tempfile.TemporaryDirectory() as folder:
        photos = samples(Path(folder))
        source = Photos(network, photos, how, seed=0)
        plan = [(k, [i % len(photos) for i in range(BATCH)]) for k in range(STEPS + WARM)]
        same = source.batch(*plan[0])
        bare = images_a_second(state, [same] * len(plan))
        whole = images_a_second(state, ahead(source, plan))
    print(f"bare network {bare:6.2f} images/s")
    print(f"whole loop   {whole:6.2f} images/s  {whole / bare:5.3f} x")


if __name__ == "__main__":
    main()
