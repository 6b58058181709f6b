"""ONNX: pictures of ink go in, digits come out, and nothing has to be rebuilt around it.

The model normalises the ink, asks its network again where it is not sure, calibrates, and rejects
what is not a digit, as `digitrec.Recognizer` does.

=================== ======= ===============================================================
input ``ink``       uint8   (N, height, width): N pictures, 0 where there is no ink; the
                            largest number of each stands for its full ink
=================== ======= ===============================================================
``digit``           int64   (N,): -1 where it is not a digit
``confidence``      float32 (N,): of the digit, or of the most probable class
``probabilities``   float32 (N, 10), calibrated
``digit_probability`` float32 (N,): that the ink is any digit; 1 where the checkpoint's
                            rejection threshold is 0
``image``           float32 (N, 28, 28): what the network saw
=================== ======= ===============================================================

Its metadata holds the contract, one JSON value for each key.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from digitrec.export_formats.contract import contract
from digitrec.export_formats.layers import PlainNetwork, plain_network
from digitrec.export_formats.onnx_graph import Graph, Value
from digitrec.export_formats.onnx_network import network_nodes, reading_nodes
from digitrec.export_formats.onnx_normalisation import normalise
from digitrec.imaging.normalise import SIZE
from digitrec.models.architectures.digits import DIGITS
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.onnx_runtime.without_telemetry import import_onnxruntime
from digitrec.storage import atomic
from digitrec.storage.optional_packages import need
from digitrec.storage.temporary_folder import temporary_folder

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto

    from digitrec.arrays import Float32Array

__all__ = ["write_onnx", "write_onnx_int8"]

OPSET, IR_VERSION = 17, 8  # of 2022: old enough for any runtime
CALIBRATION_IMAGES = 500


def write_onnx(path: Path, trained: Checkpoint) -> None:
    """Write a checkpoint as an ONNX model in float32.

    Raises:
        DigitrecError: if the package onnx is missing, or the network has an unknown layer.
        OSError: if the file cannot be written.
    """
    need("--onnx", "onnx", "onnx")
    network = plain_network(trained.network)
    _write(path, trained, lambda g, images: network_nodes(g, network, images))


def write_onnx_int8(path: Path, trained: Checkpoint) -> None:
    """Write a checkpoint as an ONNX model whose convolutions and dense layers compute in int8.

    The ranges of the features are measured on synthetic drawings (static quantisation; Jacob et
    al. 2018, "Quantization and training of neural networks for efficient integer-arithmetic-only
    inference").

    Raises:
        DigitrecError: if the package onnx or onnxruntime is missing, or the network has an unknown
            layer.
        OSError: if the file cannot be written.
    """
    need("--onnx", "onnx", "onnx", "onnxruntime")
    quantised = _quantised(plain_network(trained.network)).graph
    _write(path, trained, lambda g, images: _copied(g, quantised, images))


def _write(path: Path, trained: Checkpoint, network: Any) -> None:
    from onnx import TensorProto
    from onnx.helper import make_tensor_value_info as array

    g = Graph()
    images = g("Identity", normalise(g, "ink"), name="image")
    reading_nodes(g, images, network, trained)
    ink = array("ink", TensorProto.UINT8, ["N", "height", "width"])
    outputs = [
        array("digit", TensorProto.INT64, ["N"]),
        array("confidence", TensorProto.FLOAT, ["N"]),
        array("probabilities", TensorProto.FLOAT, ["N", DIGITS]),
        array("digit_probability", TensorProto.FLOAT, ["N"]),
        array("image", TensorProto.FLOAT, ["N", SIZE, SIZE]),
    ]
    model = _model(g.finish("digitrec", [ink], outputs))
    for name, value in contract(trained).items():
        text = value if isinstance(value, str) else json.dumps(value)
        model.metadata_props.add(key=name, value=text)
    atomic.write_bytes(path, model.SerializeToString(deterministic=True))


def _model(graph: GraphProto) -> ModelProto:
    import onnx

    model = onnx.helper.make_model(
        graph,
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="digitrec",
    )
    onnx.checker.check_model(model, full_check=True)
    return model


# --- int8 --------------------------------------------------------------------------------------


def _quantised(network: PlainNetwork) -> ModelProto:
    """Return a model from ``images`` (N, 1, 28, 28) to ``logits`` (N, 10) that computes in int8."""
    import onnx
    from onnx import TensorProto
    from onnx.helper import make_tensor_value_info as array

    quantization = import_onnxruntime("onnxruntime.quantization")
    g = Graph()
    g("Identity", network_nodes(g, network, "images"), name="logits")
    images = array("images", TensorProto.FLOAT, ["N", 1, SIZE, SIZE])
    logits = array("logits", TensorProto.FLOAT, ["N", DIGITS])
    with temporary_folder() as folder:
        plain, quantised = folder / "plain.onnx", folder / "int8.onnx"
        onnx.save(_model(g.finish("network", [images], [logits])), plain)
        logging.disable(logging.WARNING)  # it advises steps that this graph does not need
        try:
            quantization.quantize_static(
                plain,
                quantised,
                _Calibration(),
                quant_format=quantization.QuantFormat.QDQ,
                op_types_to_quantize=["Conv", "Gemm", "MaxPool"],
                per_channel=True,
                activation_type=quantization.QuantType.QUInt8,
                weight_type=quantization.QuantType.QInt8,
                # Without it, sums of pairs overflow on processors without VNNI.
                reduce_range=True,
            )
        finally:
            logging.disable(logging.NOTSET)
        return onnx.load(quantised)


class _Calibration:
    """Hands images to the quantiser, in batches; the interface is onnxruntime's."""

    def __init__(self) -> None:
        from digitrec.data.synthetic import digits, nondigits

        images = np.concatenate(
            [
                digits.generate(CALIBRATION_IMAGES // 2, seed=0)[0],
                nondigits.generate(CALIBRATION_IMAGES // 2, seed=0),
            ]
        )
        scaled: Float32Array = images[:, None].astype(np.float32) / np.float32(255)
        self._batches = iter(np.split(scaled, len(scaled) // 50))

    def get_next(self) -> dict[str, Float32Array] | None:
        batch = next(self._batches, None)
        return None if batch is None else {"images": batch}


def _copied(g: Graph, network: GraphProto, images: Value) -> Value:
    """Add a network that is given as a graph; its constants are shared by all copies."""
    import onnx

    for constant in network.initializer:
        g.constants[constant.name] = constant
    names = {"images": images}
    for node in network.node:
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        inputs = [names.get(name, name) for name in node.input]
        del copy.input[:]
        copy.input.extend(inputs)
        (output,) = node.output
        names[output] = copy.output[0] = copy.name = g.name(node.op_type)
        g.nodes.append(copy)
    return names["logits"]
