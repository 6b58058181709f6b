"""The layers of a network, and what is read in its logits, as parts of an ONNX graph."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F

from digitrec.arrays import Float32Array
from digitrec.export_formats.layers import (
    Activation,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Mean,
    PlainNetwork,
    Pool,
    SideBySide,
)
from digitrec.export_formats.onnx_graph import Graph, Value
from digitrec.imaging.normalise import SIZE
from digitrec.models.checkpoint import Checkpoint
from digitrec.recognition.single_digits.rotation_averaging import (
    AVERAGE_BELOW,
    MAY_BE_NO_DIGIT,
    ROTATIONS,
)

__all__ = ["network_nodes", "reading_nodes"]


def network_nodes(g: Graph, network: PlainNetwork, images: Value, prefix: str = "layer") -> Value:
    """Add a network: float32 images (N, 1, 28, 28) to logits (N, 10).

    Args:
        g: The graph.
        network: To add.
        images: Its input.
        prefix: Of the names of its weights.
    """
    mean, std = (g.constant(one, np.float32) for one in (network.mean, network.std))
    x = g("Div", g("Sub", images, mean), std)
    for number, layer in enumerate(network.layers):
        match layer:
            case Convolution():
                x = g(
                    "Conv", x, *_parameters(g, f"{prefix}_{number}", layer), strides=layer.stride,
                    pads=layer.padding * 2, kernel_shape=layer.weights.shape[2:],
                )  # fmt: skip
            case Dense():
                x = g("Gemm", x, *_parameters(g, f"{prefix}_{number}", layer), transB=1)
            case Pool():
                kind = "MaxPool" if layer.kind == "max" else "AveragePool"
                x = g(kind, x, kernel_shape=layer.size, strides=layer.stride)
            case Activation():
                x = g("Relu" if layer.kind == "relu" else "Tanh", x)
            case Mean():
                x = g("ReduceMean", x, axes=[2, 3], keepdims=0)
            case Flatten():
                x = g("Flatten", x)
            case Dropout():
                pass
            case SideBySide():
                answers = [
                    network_nodes(g, member, x, f"member_{place}")
                    for place, member in enumerate(layer.members)
                ]
                x = g("Mean", *answers)
    return x


def _parameters(g: Graph, name: str, layer: Convolution | Dense) -> tuple[Value, Value]:
    weights = g.constant(layer.weights, np.float32, f"{name}_weights")
    return weights, g.constant(layer.bias, np.float32, f"{name}_bias")


def reading_nodes(
    g: Graph,
    images: Value,
    network: Callable[[Graph, Value], Value],
    trained: Checkpoint,
) -> None:
    """Add what `digitrec.recognition.single_digits.digit_reader.DigitReader` and a `Recognizer` do.

    The outputs are named ``digit``, ``confidence``, ``probabilities`` and ``digit_probability``.

    Args:
        g: The graph.
        images: Normalised images (N, 28, 28).
        network: Adds a network to a graph: images (N, 1, 28, 28) to logits (N, 10).
        trained: Where the temperature and the rejection threshold are.
    """
    f32 = np.float32
    zero, classes = g.constant(0.0, f32), len(trained.class_names)
    channel = g("Unsqueeze", images, g.constant([1], np.int64))
    logits = network(g, channel)
    temperature = g.constant(trained.temperature, f32)
    sure = g("ReduceMax", _softmax(g, logits, temperature), axes=[1], keepdims=0)
    unsure = g("Less", sure, g.constant(AVERAGE_BELOW, f32))
    rejects = trained.rejection_threshold > 0  # else it has not learnt what is not a digit
    if rejects:
        may_be_none = g("Less", _digit_probability(g, logits), g.constant(MAY_BE_NO_DIGIT, f32))
        unsure = g("Or", unsure, may_be_none)
    logits = g(
        "If",
        g("Cast", g("ReduceMax", g.cast(unsure, f32), axes=[0], keepdims=0), to=9),  # any, as bool
        then_branch=_asked_again(g, network, channel, logits, unsure),
        else_branch=_as_before(g, logits),
    )
    probabilities = _softmax(g, logits, temperature)
    any_digit = _digit_probability(g, logits) if rejects else g.constant(1.0, f32)
    # What a network reads in an empty image means nothing.
    ink = g("Greater", g("ReduceMax", images, axes=[1, 2], keepdims=0), zero)
    threshold = g.constant(trained.rejection_threshold, f32)
    digit = g("ArgMax", probabilities, axis=1, keepdims=0)
    accepted = g("And", ink, g("GreaterOrEqual", any_digit, threshold))
    even = g.constant(1 / classes, f32)
    row = g("Unsqueeze", ink, g.constant([1], np.int64))
    g("Where", accepted, digit, g.constant(-1, np.int64), name="digit")
    shown = g("Where", row, probabilities, even, name="probabilities")
    g("ReduceMax", shown, axes=[1], keepdims=0, name="confidence")
    g("Where", ink, any_digit, zero, name="digit_probability")


def _softmax(g: Graph, logits: Value, temperature: Value) -> Value:
    return g("Softmax", g("Div", logits, temperature), axis=1)


def _digit_probability(g: Graph, logits: Value) -> Value:
    return g("Sigmoid", g("ReduceLogSumExp", logits, axes=[1], keepdims=0))


def _as_before(g: Graph, logits: Value) -> object:
    branch = Graph(g)
    return branch.branch("as_before", branch("Identity", logits))


def _asked_again(
    g: Graph,
    network: Callable[[Graph, Value], Value],
    images: Value,
    logits: Value,
    unsure: Value,
) -> object:
    """Read the unsure images rotated too, and take the mean of their logits."""
    branch = Graph(g)
    places = branch("Transpose", branch("NonZero", unsure), perm=[1, 0])  # (K, 1)
    some = branch("GatherND", images, places)
    count = branch("Shape", some, end=1)
    sum_ = branch("GatherND", logits, places)
    for degrees in ROTATIONS:
        grid = _rotation_grid(degrees)
        shape = branch("Concat", count, branch.constant(grid.shape[1:], np.int64), axis=0)
        wide = branch("Expand", branch.constant(grid, np.float32), shape)
        rotated = branch("GridSample", some, wide, align_corners=0, mode="bilinear")
        sum_ = branch("Add", sum_, network(branch, rotated))
    mean = branch("Div", sum_, branch.constant(1.0 + len(ROTATIONS), np.float32))
    return branch.branch("asked_again", branch("ScatterND", logits, places, mean))


def _rotation_grid(degrees: float) -> Float32Array:
    """Return where each pixel of a rotated image comes from, as GridSample takes it.

    Args:
        degrees: Of the rotation about the middle.

    Returns:
        Shape (1, 28, 28, 2): x and y, from -1 to 1.
    """
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    rotation = torch.tensor([[[cos, -sin, 0.0], [sin, cos, 0.0]]])
    grid: Float32Array = F.affine_grid(rotation, [1, 1, SIZE, SIZE], align_corners=False).numpy()
    return grid
