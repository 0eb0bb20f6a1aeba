"""From a recipe to the data, the network and the source of batches."""

import hashlib
import json
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from figureground.data import Sample, Samples, open_samples
from figureground.data.samples import read_names
from figureground.errors import InputError
from figureground.networks.torch.embedded import load_embedded
from figureground.networks.torch.fcn import FCN, SegmentationNetwork, fcn
from figureground.networks.torch.fcn_vgg16 import FCNVGG16
from figureground.networks.torch.largefov import LargeFOV
from figureground.networks.torch.mobilenet_v2 import load_mobilenet_v2
from figureground.networks.torch.vgg16 import load_vgg16
from figureground.training.checkpoint import load_checkpoint
from figureground.training.recipe import Recipe, complete
from figureground.training.source import CachedStem, Photos, Source
from figureground.training.team import Team
from figureground.training.views import Augmentation

EMBEDDED = "embedded"
"""The `backbone_weights` that come with the package."""

DATA_SET: Recipe = {"path": str, "split": "", "leave_out": "", "times": 1}


def open_data(given: Recipe, root: Path) -> tuple[Samples, Samples]:
    """The training set, and the part of train that figures on the way are taken from."""
    held = given["held_out"]
    held_out = open_samples(root / held["path"], held["split"] or None)[:: held["every"]]
    names = {sample.name for sample in held_out}
    unknown = set(held["classes"]) - set(held_out.classes)
    if unknown:
        raise InputError(f"recipe.data.held_out.classes: {sorted(unknown)} are no classes here")
    items: list[Sample] = []
    for entry in given["train"]:
        entry = complete(entry, DATA_SET, "recipe.data.train")
        part = open_samples(root / entry["path"], entry["split"] or None, held_out.classes)
        if part.classes != held_out.classes:
            raise InputError(f"{root / entry['path']}: its classes differ from {held['path']}'s")
        if entry["leave_out"]:
            part = part.without(read_names(root / entry["leave_out"]))
        items += list(part.without(names)) * entry["times"]
    return Samples("training", "train", held_out.classes, tuple(items)), held_out


def form_of(network: Recipe) -> Recipe:
    """What `fcn` is called with, less the classes."""
    return {key: network[key] for key in ("backbone", "stride", "hidden", "dropout", "head")}


def build_network(given: Recipe, root: Path, classes: tuple[str, ...]) -> SegmentationNetwork:
    """A network with its backbone's weights, or with those that it starts from.

    `backbone_weights` is a file, or "embedded" for the backbone of the embedded network.
    """
    network = fcn(**form_of(given), classes=len(classes))
    if given["backbone_weights"] == EMBEDDED:
        if not isinstance(network, FCN):
            raise InputError("network.backbone_weights: the embedded network is a mobilenet_v2")
        load_embedded(network.backbone)
    elif given["backbone_weights"]:
        tensors = read_tensors(root / given["backbone_weights"])
        if isinstance(network, FCN):
            load_mobilenet_v2(network.backbone, tensors)
        else:
            load_vgg16(network.backbone, tensors)
            if isinstance(network, FCNVGG16):
                network.take_classifier(tensors)
    if given["start"]:
        network.start_from(read_tensors(Path(given["start"])))
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def build_source(
    recipe: Recipe, network: SegmentationNetwork, train: Samples, out: Path, team: Team
) -> Source:
    """Fresh views of the photos, or the cached maps of a frozen stem, a cache a process."""
    how = Augmentation(**recipe["views"])
    cache = recipe["stem_cache"]
    for what, unit in (
        ("backbone", network.backbone.multiple),
        ("labels", how.label_every),
        ("stem's cached maps", network.backbone.stem_multiple if cache["views"] else 1),
    ):
        if how.crop % unit:
            fix = -(-how.crop // unit) * unit
            raise InputError(
                f"views.crop: {how.crop} is no multiple of {unit}, which the {what} need; try {fix}"
            )
    if not cache["views"]:
        return Photos(network, train, how, recipe["seed"])
    if isinstance(network, LargeFOV) or not network.has_plain_stem:
        raise InputError("stem_cache: only MobileNetV2 and VGG-16 with head='light' can have one")
    stem = network.backbone.stem_layers.requires_grad_(False)
    # Runs of other seeds may share the views: they differ in the head, the order and the dropout.
    photos = Photos(network, train, how, cache["seed"])
    content = [cache["seed"], recipe["views"], [sample.name for sample in train]]
    content += [team.rank] if team.size > 1 else []
    digest = hashlib.sha256(json.dumps(content).encode())
    for tensor in stem.state_dict().values():
        digest.update(tensor.contiguous().cpu().numpy().tobytes())
    folder = Path(cache["folder"]) if cache["folder"] else out / "stem_cache"
    return CachedStem(photos, network, folder / digest.hexdigest()[:16], cache["views"])


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Weights from safetensors, or from torch's own format without running what it holds."""
    if not path.is_file():
        raise InputError(f"{path}: no such weights")
    if path.suffix in (".pt", ".pth"):
        return load_checkpoint(path)
    try:
        tensors: dict[str, Tensor] = load_file(path)
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path}: not safetensors, or damaged ({error})") from None
    return tensors
