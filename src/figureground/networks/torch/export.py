"""Export to ONNX, with what the file needs to be used without this package's training half."""

import copy
import json
import logging
import warnings
from pathlib import Path
from typing import cast

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn

from figureground.files import atomic
from figureground.networks.onnx import CLASSES_KEY, INPUT_KEY
from figureground.networks.torch.mobilenet_v2 import ConvNorm
from figureground.networks.torch.saved import TorchNetwork

OPSET = 18


def export_onnx(network: TorchNetwork, path: Path, *, half: bool = True) -> None:
    """Write the network as ONNX: image (1, 3, H, W) → scores (1, C, H/stride, W/stride).

    H and W are free multiples of the backbone's. With `half` the weights are stored in half
    precision and widened when the file is loaded: half the size, and the arithmetic stays
    float32.
    """
    model = to_onnx(network)
    if half:
        halve(model)
    onnx.checker.check_model(model)
    with atomic(path) as temporary:
        temporary.write_bytes(model.SerializeToString())


def to_onnx(network: TorchNetwork) -> onnx.ModelProto:
    """The network as ONNX in float32, its class names and preparation in the metadata."""
    model = trace(_Coarse(network.network), network.preparation.multiple, "scores")
    for key, value in (
        (CLASSES_KEY, json.dumps(network.classes)),
        (INPUT_KEY, network.preparation.to_json()),
    ):
        model.metadata_props.add(key=key, value=value)
    return model


class _Coarse(nn.Module):
    """The part that is exported, its normalisation folded away."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = folded(network)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """The scores before the last upsampling."""
        scores: torch.Tensor = self.network.coarse(image)  # type: ignore[operator]
        return scores


def folded(network: nn.Module) -> nn.Module:
    """A copy whose normalisation is folded into the convolutions."""
    network = copy.deepcopy(network).eval()
    for layer in network.modules():
        if isinstance(layer, ConvNorm):
            layer.fold()
    return network


def trace(network: nn.Module, multiple: int, output: str) -> onnx.ModelProto:
    """A module of one image, (1, 3, H, W) with H and W free multiples, as ONNX in float32."""
    rows, columns = torch.export.Dim("rows", max=512), torch.export.Dim("columns", max=512)
    with warnings.catch_warnings():
        # The exporter's own use of what torch and onnxscript deprecate.
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        program = torch.onnx.export(
            network,
            (torch.zeros(1, 3, 2 * multiple, 3 * multiple),),
            input_names=["image"],
            output_names=[output],
            dynamic_shapes={"image": {2: multiple * rows, 3: multiple * columns}},
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    model = cast(torch.onnx.ONNXProgram, program).model_proto
    model.producer_name, model.producer_version, model.doc_string = "figureground", "", ""
    _forget_origin(model.graph)
    return model


def _forget_origin(graph: onnx.GraphProto) -> None:
    """Drop the exporter's notes: they hold the maker's folders, line by line of the trace."""
    for part in (graph, *graph.node, *graph.value_info, *graph.input, *graph.output):
        del part.metadata_props[:]
        part.doc_string = ""


def halve(model: onnx.ModelProto) -> None:
    """Store float32 weights as float16, each followed by a cast back."""
    graph, casts = model.graph, []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < 64:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
