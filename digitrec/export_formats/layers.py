"""A network as a list of plain layers, from which other formats are written.

Batch normalisations are fused into the convolutions before them, so the list is what has to be
computed to use a network, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from torch import Tensor, nn

from digitrec.arrays import Float32Array
from digitrec.errors import DigitrecError
from digitrec.models.layers import GlobalAverage, MeanLogits
from digitrec.models.network import Network, fuse_batch_norm

__all__ = [
    "Activation",
    "Convolution",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "Mean",
    "PlainNetwork",
    "Pool",
    "SideBySide",
    "in_one_row",
    "plain_network",
]

Pair = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Convolution:
    """A convolution with zero padding, of features (N, C, H, W).

    Attributes:
        weights: (outputs, C, height, width).
        bias: (outputs,).
        stride: Rows and columns from one place to the next.
        padding: Rows and columns of zeros on each side.
    """

    weights: Float32Array
    bias: Float32Array
    stride: Pair
    padding: Pair


@dataclass(frozen=True, eq=False)
class Dense:
    """A linear layer of features (N, C).

    Attributes:
        weights: (outputs, C).
        bias: (outputs,).
    """

    weights: Float32Array
    bias: Float32Array


@dataclass(frozen=True)
class Pool:
    """The maximum or the mean over windows; a window that does not fit whole is left out."""

    kind: Literal["max", "average"]
    size: Pair
    stride: Pair


@dataclass(frozen=True)
class Activation:
    """A function of each number."""

    kind: Literal["relu", "tanh"]


@dataclass(frozen=True)
class Mean:
    """The mean over all places: (N, C, H, W) to (N, C)."""


@dataclass(frozen=True)
class Flatten:
    """All features in one row: (N, C, H, W) to (N, C · H · W)."""


@dataclass(frozen=True)
class Dropout:
    """Does nothing where a network is used; a network that is trained on needs its rate."""

    rate: float


@dataclass(frozen=True, eq=False)
class SideBySide:
    """The mean of the logits of several networks for the same images."""

    members: tuple[PlainNetwork, ...]


Layer = Convolution | Dense | Pool | Activation | Mean | Flatten | Dropout | SideBySide


@dataclass(frozen=True, eq=False)
class PlainNetwork:
    """A network for single digits: images (N, 1, 28, 28) in [0, 1] to logits (N, 10).

    Attributes:
        mean: What is subtracted from each pixel, before the first layer.
        std: What the difference is divided by.
        layers: From the first to the last.
    """

    mean: float
    std: float
    layers: tuple[Layer, ...]


def plain_network(network: Network) -> PlainNetwork:
    """Write a network as a list of layers.

    Args:
        network: In evaluation mode, on the CPU. It is not changed.

    Raises:
        DigitrecError: if it has a layer of another kind than those above, or its layers do not
            follow each other in one row.
    """
    fused = fuse_batch_norm(network)
    layers = tuple(_layers(fused.layers))
    return PlainNetwork(float(fused.mean), float(fused.std), layers)


def in_one_row(network: PlainNetwork, option: str) -> PlainNetwork:
    """Return a network for a format whose layers all follow one another.

    Raises:
        DigitrecError: if it is several side by side.
    """
    if any(isinstance(layer, SideBySide) for layer in network.layers):
        raise DigitrecError(
            f"{option} cannot write an ensemble; --onnx, --torch-export and --h5 can, and {option} "
            "can write each of its members by itself"
        )
    return network


def _layers(module: nn.Module) -> Iterator[Layer]:
    if type(module) is nn.Sequential:
        for inner in module:
            yield from _layers(inner)
    elif not isinstance(module, nn.Identity):
        yield _layer(module)


def _layer(module: nn.Module) -> Layer:
    if isinstance(module, nn.Conv2d):
        _check(module, groups=1, dilation=(1, 1), padding_mode="zeros")
        if not isinstance(module.padding, str):
            padding = _pair(module.padding)
            return Convolution(*_weights(module), _pair(module.stride), padding)
    if isinstance(module, nn.Linear):
        return Dense(*_weights(module))
    if isinstance(module, nn.MaxPool2d | nn.AvgPool2d):
        _check(module, padding=0, ceil_mode=False, dilation=1, divisor_override=None)
        kind: Literal["max", "average"] = "max" if isinstance(module, nn.MaxPool2d) else "average"
        size = _pair(module.kernel_size)
        return Pool(kind, size, size if module.stride is None else _pair(module.stride))
    if isinstance(module, nn.ReLU):
        return Activation("relu")
    if isinstance(module, nn.Tanh):
        return Activation("tanh")
    if isinstance(module, GlobalAverage):
        return Mean()
    if isinstance(module, nn.Flatten):
        _check(module, start_dim=1, end_dim=-1)
        return Flatten()
    if isinstance(module, nn.Dropout):
        return Dropout(module.p)
    if isinstance(module, MeanLogits):
        members = [cast(Network, member) for member in module.members]
        return SideBySide(tuple(plain_network(member) for member in members))
    raise _unknown(module)


def _check(module: nn.Module, **expected: object) -> None:
    """Check the arguments of a layer, as far as it has them."""
    for name, value in expected.items():
        given = getattr(module, name, value)
        if given != value and given != (value, value):
            raise _unknown(module)


def _unknown(module: nn.Module) -> DigitrecError:
    return DigitrecError(
        f"the network has a layer that only --torch-export can write: {type(module).__name__}"
        f"({module.extra_repr()})"
    )


def _weights(module: nn.Conv2d | nn.Linear) -> tuple[Float32Array, Float32Array]:
    weights = _array(module.weight)
    none = np.zeros(len(weights), np.float32)
    return weights, none if module.bias is None else _array(module.bias)


def _array(tensor: Tensor) -> Float32Array:
    array: Float32Array = np.ascontiguousarray(tensor.numpy(force=True), np.float32)
    return array


def _pair(value: Any) -> Pair:
    first, second = (value, value) if isinstance(value, int) else value
    return int(first), int(second)
