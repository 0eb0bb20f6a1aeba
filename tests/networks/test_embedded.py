from pathlib import Path

import numpy as np
import onnx
import pytest

from figureground.evaluation import ConfusionMatrix
from figureground.files import read_image
from figureground.networks import load_network
from figureground.networks.loading import EMBEDDED, WEIGHTS
from figureground.photos import PHOTOS

ANIMALS = ("background", "cat", "cow", "dog", "horse", "sheep", "person")


@pytest.mark.parametrize("path", EMBEDDED.values(), ids=EMBEDDED.keys())
def test_file_is_small_and_has_a_card(path: Path) -> None:
    assert path.stat().st_size <= 12_000_000
    assert "research use" in path.with_suffix(".md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(WEIGHTS.glob("*.onnx")), ids=lambda path: path.stem)
def test_files_tell_nothing_of_where_they_were_made(path: Path) -> None:
    graph = onnx.load(path).graph
    for part in (graph, *graph.node, *graph.value_info, *graph.input, *graph.output):
        assert not part.metadata_props
        assert not part.doc_string


@pytest.mark.parametrize(("photo", "name"), [("cat", "cat"), ("astronaut", "person")])
def test_main_object_is_found(photo: str, name: str) -> None:
    network = load_network()
    (path,) = (path for path in PHOTOS if path.stem == photo)
    labels = network(read_image(path)).argmax(axis=0)
    share = np.bincount(labels.ravel(), minlength=len(network.classes)) / labels.size
    assert share[network.classes.index(name)] > 0.15
    assert share[network.classes.index(name)] > 0.6 * (1 - share[0])


@pytest.mark.slow
@pytest.mark.shared
def test_mean_iou_on_val(shared: Path) -> None:
    from figureground.data import voc

    network, data = load_network(), voc(shared / "data/voc2012-animals", "val")
    matrix = ConfusionMatrix(data.classes)
    for sample in data:
        image, truth = sample.pair()
        matrix.add(network(image).argmax(axis=0), truth)
    assert matrix.mean_iou_of(ANIMALS) >= 0.60


def test_its_backbone_is_a_start_for_training() -> None:
    """With the head of the same file, the torch network gives the scores of the ONNX one."""
    import torch
    from onnx import numpy_helper

    from figureground.networks import fcn
    from figureground.networks.torch.embedded import load_embedded
    from figureground.networks.torch.saved import TorchNetwork

    network = fcn("mobilenet_v2", stride=8, classes=21)
    load_embedded(network.backbone)
    head = {
        stored.name.removeprefix("network.").removesuffix(".half"): stored
        for stored in onnx.load(EMBEDDED["fcn8s-mobilenetv2"]).graph.initializer
        if stored.name.startswith(("network.fc", "network.score"))
    }
    tensors = {n: torch.tensor(numpy_helper.to_array(s)).float() for n, s in head.items()}
    network.load_state_dict(tensors, strict=False)
    image, embedded = read_image(PHOTOS[0]), load_network()
    ours = TorchNetwork(network, embedded.classes, 384)(image)
    assert np.abs(ours - embedded(image)).max() < 0.01
