import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from figureground.errors import InputError
from figureground.networks import load_network
from figureground.networks.onnx import CLASSES_KEY, INPUT_KEY
from figureground.networks.preparation import Preparation
from figureground.networks.torch.export import export_onnx, halve
from figureground.networks.torch.fcn import fcn
from figureground.networks.torch.saved import TorchNetwork, open_network, save_network

NAMES = ("background", "cat", "dog")
IMAGE = np.random.default_rng(0).integers(0, 255, (45, 70, 3), dtype=np.uint8)
PREPARATION = Preparation((0.0,) * 3, (255.0,) * 3, longest=64, multiple=32)


def identity(path: Path, metadata: dict[str, str], op: str = "Relu", domain: str = "") -> Path:
    """A network of one node: its three classes' scores are the image's channels."""
    shape = [1, 3, "h", "w"]
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n in ("image", "scores")]
    node = helper.make_node(op, ["image"], ["scores"], domain=domain)
    graph = helper.make_graph([node], "g", ends[:1], ends[1:])
    opsets = [helper.make_opsetid("", 18)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    helper.set_model_props(model, metadata)
    onnx.save(model, path)
    return path


GOOD = {CLASSES_KEY: json.dumps(NAMES), INPUT_KEY: PREPARATION.to_json()}


def test_onnx_file_gives_probabilities_at_the_images_size(tmp_path: Path) -> None:
    network = load_network(identity(tmp_path / "a.onnx", GOOD))
    result = network(IMAGE)
    assert network.classes == NAMES
    assert result.shape == (3, 45, 70)
    np.testing.assert_allclose(result.sum(axis=0), 1, rtol=1e-5)


@pytest.fixture(scope="module")
def trained() -> TorchNetwork:
    torch.manual_seed(0)
    network = fcn(classes=3)
    for layer in (network.score16, network.score8):
        torch.nn.init.normal_(layer.weight, std=0.05)
    return TorchNetwork(network, NAMES, 64)


@pytest.fixture(scope="module")
def exported(trained: TorchNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "a.onnx"
    export_onnx(trained, path, half=False)
    return path


def test_export_equals_torch(exported: Path, trained: TorchNetwork) -> None:
    network = load_network(exported)
    assert network.classes == NAMES
    for image in (IMAGE, IMAGE.transpose(1, 0, 2)):
        np.testing.assert_allclose(network(image), trained(image), atol=1e-5)


def test_half_weights_are_close_and_half_the_size(
    exported: Path, tmp_path: Path, trained: TorchNetwork
) -> None:
    model, path = onnx.load(exported), tmp_path / "half.onnx"
    halve(model)
    onnx.save(model, path)
    assert path.stat().st_size < 0.55 * exported.stat().st_size
    np.testing.assert_allclose(load_network(path)(IMAGE), trained(IMAGE), atol=1e-3)


def test_saved_network_opens_the_same(tmp_path: Path, trained: TorchNetwork) -> None:
    form = {"backbone": "mobilenet_v2", "stride": 8, "hidden": 256, "dropout": 0.1}
    save_network(tmp_path / "n.safetensors", trained.network, form, NAMES, 64)
    np.testing.assert_array_equal(open_network(tmp_path / "n.safetensors")(IMAGE), trained(IMAGE))


def test_foreign_safetensors_are_refused(tmp_path: Path) -> None:
    (tmp_path / "n.safetensors").write_bytes(b"\xff" * 64)
    with pytest.raises(InputError, match="not a network that `train` wrote"):
        open_network(tmp_path / "n.safetensors")


def test_a_function_needs_its_classes() -> None:
    def uniform(image: np.ndarray) -> np.ndarray:
        return np.full((3, *image.shape[:2]), 1 / 3, np.float32)

    assert load_network(uniform, classes=NAMES)(IMAGE).shape == (3, 45, 70)
    with pytest.raises(InputError, match="needs its class names"):
        load_network(uniform)
    with pytest.raises(InputError, match="3 classes, but classes names 2"):
        load_network(uniform, classes=NAMES[:2])(IMAGE)


def test_unknown_name_lists_the_known() -> None:
    with pytest.raises(InputError, match="known: fcn8s-mobilenetv2"):
        load_network("resnet")


def test_weights_must_be_exported_first() -> None:
    with pytest.raises(InputError, match=r"figureground export runs/n.safetensors --onnx"):
        load_network("runs/n.safetensors")


@pytest.mark.parametrize("lost", GOOD)
def test_missing_metadata_is_named(tmp_path: Path, lost: str) -> None:
    metadata = {key: value for key, value in GOOD.items() if key != lost}
    with pytest.raises(InputError, match=f"lacks the metadata '{lost}'"):
        load_network(identity(tmp_path / "a.onnx", metadata))


@pytest.mark.parametrize("content", [b"", b"not a network", b"\x08\x08" * 500])
def test_files_that_are_no_onnx_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.onnx").write_bytes(content)
    with pytest.raises(InputError, match="not an ONNX network") as refused:
        load_network(tmp_path / "a.onnx")
    assert "\n" not in str(refused.value)


def test_truncated_file_is_refused(tmp_path: Path) -> None:
    path = identity(tmp_path / "a.onnx", GOOD)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError):
        load_network(path)


def test_custom_operators_are_refused(tmp_path: Path) -> None:
    path = identity(tmp_path / "a.onnx", GOOD, op="RunShell", domain="evil")
    with pytest.raises(InputError, match="not an ONNX network"):
        load_network(path)


def test_tensors_in_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\0" * 64)
    path = identity(tmp_path / "a.onnx", GOOD)
    model = onnx.load(path)
    tensor = TensorProto(name="t", data_type=TensorProto.FLOAT, dims=[16], data_location=1)
    tensor.external_data.add(key="location", value="secret")
    model.graph.initializer.append(tensor)
    model.graph.node.append(helper.make_node("Identity", ["t"], ["u"]))
    model.graph.output.append(helper.make_tensor_value_info("u", TensorProto.FLOAT, [16]))
    path.write_bytes(model.SerializeToString())
    with pytest.raises(InputError):
        load_network(path)


def test_classes_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    metadata = GOOD | {CLASSES_KEY: json.dumps(NAMES[:2])}
    with pytest.raises(InputError, match=r"gives \(1, 3, 64, 64\), expected \(1, 2, h, w\)"):
        load_network(identity(tmp_path / "a.onnx", metadata))(IMAGE)


def test_missing_file() -> None:
    with pytest.raises(InputError, match="no such file"):
        load_network("nothing.onnx")
