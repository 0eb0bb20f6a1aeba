"""Where the loop's batches come from: views of the photos, or the stem's cached maps."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from figureground.data import Sample
from figureground.networks.preparation import standardise
from figureground.networks.torch.fcn import FCN, SegmentationNetwork
from figureground.networks.torch.fcn_vgg16 import FCNVGG16
from figureground.threads import map_in_order, thread_count
from figureground.training.views import Augmentation, draw_view


class Source(Protocol):
    """Gives the network's inputs, and labels at the pixels that the loss looks at."""

    def batch(self, epoch: int, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Inputs, and labels (N, h, w) int64, of these samples in this epoch."""

    def scores(self, inputs: Tensor) -> Tensor:
        """The network's coarse scores of the inputs."""


def ahead(
    source: Source, plan: Iterable[tuple[int, Sequence[int]]]
) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of a plan of (epoch, indices), made while those before are used."""
    return map_in_order(lambda planned: source.batch(*planned), plan, threads=1)


class Photos:
    """Fresh views in every epoch; the whole network is trained."""

    def __init__(
        self, network: SegmentationNetwork, samples: Sequence[Sample], how: Augmentation, seed: int
    ) -> None:
        self.network, self.samples, self.how, self.seed = network, samples, how, seed

    def batch(self, epoch: int, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Images (N, 3, crop, crop), prepared, and labels."""
        views = map_in_order(partial(self._view, epoch), indices, thread_count(None))
        images, labels = zip(*views, strict=True)
        stacked = torch.from_numpy(np.stack(images)).to(memory_format=torch.channels_last)
        return stacked, torch.from_numpy(np.stack(labels)).long()

    def _view(self, epoch: int, index: int) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        backbone, every = self.network.backbone, self.how.label_every
        view, truth = draw_view(*self.samples[index].pair(), self.how, (self.seed, epoch, index))
        values = standardise(view, backbone.mean, backbone.deviation)
        image = np.nan_to_num(values, nan=0.0).transpose(2, 0, 1)
        return image, truth[every // 2 :: every, every // 2 :: every]

    def scores(self, inputs: Tensor) -> Tensor:
        """The network's coarse scores of images."""
        return self.network.coarse(inputs)


class CachedStem:
    """The maps of a frozen stem, kept on disk: each of `views` views is computed once.

    The first epochs fill the cache while they train; later ones take the views in turn.
    """

    def __init__(self, photos: Photos, network: FCN | FCNVGG16, folder: Path, views: int) -> None:
        self.network, self.device = network, next(network.parameters()).device
        self.photos, self.folder, self.views = photos, folder, views
        folder.mkdir(parents=True, exist_ok=True)
        self._open: dict[int, tuple[NDArray[Any], NDArray[Any], NDArray[Any]]] = {}

    def batch(self, epoch: int, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Maps (N, channels of the stem, crop/8, crop/8) and labels."""
        view = epoch % self.views
        maps, labels, known = self._arrays(view)
        rows = np.asarray(indices)
        lost = rows[known[rows] == 0]
        if lost.size:
            images, truth = self.photos.batch(view, lost.tolist())
            with torch.no_grad():
                stem = self.network.backbone.stem(images.to(self.device))
            maps[lost], labels[lost] = stem.half().cpu().numpy(), truth.byte().numpy()
            known[lost] = 1
        inputs = torch.from_numpy(maps[rows]).float().to(memory_format=torch.channels_last)
        return inputs, torch.from_numpy(labels[rows]).long()

    def scores(self, inputs: Tensor) -> Tensor:
        """The network's coarse scores of the stem's maps."""
        return self.network.from_stem(inputs)

    def _arrays(self, view: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        if view not in self._open:
            n, crop = len(self.photos.samples), self.photos.how.crop
            every, backbone = self.photos.how.label_every, self.network.backbone
            side = crop // backbone.stem_stride
            self._open[view] = (
                self._map(f"maps-{view}", (n, backbone.stem_channels, side, side), np.float16),
                self._map(f"labels-{view}", (n, crop // every, crop // every), np.uint8),
                self._map(f"known-{view}", (n,), np.uint8),
            )
        return self._open[view]

    def _map(self, name: str, shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any]:
        path = self.folder / f"{name}.bin"
        if not path.is_file():
            self._make(path, int(np.prod(shape)) * np.dtype(dtype).itemsize)
        return np.memmap(path, dtype, "r+", shape=shape)

    def _make(self, path: Path, size: int) -> None:
        """Zeros, whole before they have their name: runs that share a cache may start together."""
        with NamedTemporaryFile(dir=self.folder) as empty:
            empty.truncate(size)
            with suppress(FileExistsError):
                path.hardlink_to(empty.name)
