"""Layers computed by NumPy alone, with the names, the arguments and the weights of PyTorch's.

So one description of a network (`digitrec.models.architectures.digits`) makes either. They compute
in float32, and give the same numbers but for rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from digitrec.arrays import Float32Array

__all__ = [
    "BatchNorm2d",
    "Columns",
    "Conv2d",
    "Dropout",
    "Flatten",
    "GlobalAverage",
    "Layer",
    "Linear",
    "MaxPool2d",
    "NumpyLayers",
    "ReLU",
    "Sequential",
    "conv_norm",
]

Pair = tuple[int, int]


class Layer:
    """A layer, whose weights are set by their names in ``shapes``.

    Features are (N, H, W, C), so that a convolution is one product of matrices.
    """

    shapes: Mapping[str, tuple[int, ...]] = {}

    def named(self, prefix: str) -> Iterator[tuple[str, Layer, str]]:
        """Return each weight: its key in a file, its layer, and its name there."""
        for name in self.shapes:
            yield f"{prefix}{name}", self, name

    def rows(self) -> list[Layer]:
        """Return the layers in the order in which they are computed: itself alone."""
        return [self]

    def __call__(self, x: Float32Array) -> Float32Array:
        """Compute the layer's output; what it cannot do to features, it leaves as it is."""
        return x


class Sequential(Layer):
    """Layers that follow each other."""

    def __init__(self, *layers: Layer) -> None:
        self.layers = layers

    def named(self, prefix: str) -> Iterator[tuple[str, Layer, str]]:
        """Return each weight of each layer."""
        for number, layer in enumerate(self.layers):
            yield from layer.named(f"{prefix}{number}.")

    def rows(self) -> list[Layer]:
        """Return the layers of each layer."""
        return [row for layer in self.layers for row in layer.rows()]

    def __call__(self, x: Float32Array) -> Float32Array:
        """Compute the output of x."""
        for layer in self.layers:
            x = layer(x)
        return x


class Conv2d(Layer):
    """A convolution with zero padding."""

    weight: Float32Array
    bias: Float32Array

    def __init__(
        self,
        inputs: int,
        out_channels: int,
        kernel: int | Pair,
        stride: int | Pair = 1,
        padding: int | Pair = 0,
        bias: bool = True,
    ) -> None:
        self.out_channels = out_channels
        self.stride, self.padding = _pair(stride), _pair(padding)
        self.shapes = {"weight": (out_channels, inputs, *_pair(kernel))}
        if bias:
            self.shapes = {**self.shapes, "bias": (out_channels,)}

    def __call__(self, x: Float32Array) -> Float32Array:
        """Compute the output of x."""
        (down, across), (rows, columns) = self.stride, self.padding
        x = np.pad(x, ((0, 0), (rows, rows), (columns, columns), (0, 0)))
        windows = sliding_window_view(x, self.weight.shape[2:], axis=(1, 2))
        windows = windows[:, ::down, ::across]  # (N, H, W, C, height, width)
        count, high, wide = windows.shape[:3]
        flat = windows.transpose(0, 1, 2, 4, 5, 3).reshape(count * high * wide, -1)
        y: Float32Array = flat @ self.weight.transpose(2, 3, 1, 0).reshape(flat.shape[1], -1)
        if "bias" in self.shapes:
            y += self.bias
        return y.reshape(count, high, wide, -1)


class BatchNorm2d(Layer):
    """Batch normalisation in evaluation mode: a factor and a shift for each channel."""

    weight: Float32Array
    bias: Float32Array
    running_mean: Float32Array
    running_var: Float32Array
    epsilon: ClassVar = np.float32(1e-5)

    def __init__(self, channels: int) -> None:
        self.shapes = dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (channels,))

    def __call__(self, x: Float32Array) -> Float32Array:
        """Compute the output of x."""
        factor = self.weight / np.sqrt(self.running_var + self.epsilon)
        y: Float32Array = x * factor + (self.bias - self.running_mean * factor)
        return y


class ReLU(Layer):
    """The rectifier: negative values become 0."""

    def __init__(self, inplace: bool = False) -> None:
        del inplace

    def __call__(self, x: Float32Array) -> Float32Array:
        """Compute the output of x."""
        return np.maximum(x, np.float32(0))


class Tanh(Layer):
    """The hyperbolic tangent."""

    def __call__(self, x: Float32Array) -> Float32Array:
        """Compute the output of x."""
        return np.tanh(x)


class MaxPool2d(Layer):
    """The maximum of rectangles that do not overlap; incomplete ones are left out."""

    def __init__(self, size: int | Pair) -> None:
        self.size = _pair(size)

    def __call__(self, x: Float32Array) -> Float32Array:
        """Compute the output of x."""
        y: Float32Array = self.rectangles(x).max(axis=(2, 4))
        return y

    def rectangles(self, x: Float32Array) -> Float32Array:
        """Split features into rectangles (N, H, rows, W, columns, C)."""
        (count, height, width, channels), (rows, columns) = x.shape, self.size
        high, wide = height // rows, width // columns
        whole = x[:, : high * rows, : wide * columns]
        return whole.reshape(count, high, rows, wide, columns, channels)


class AvgPool2d(MaxPool2d):
    """The mean of such rectangles."""

    def __call__(self, x: Float32Array) -> Float32Array:
        """Compute the output of x."""
        y: Float32Array = self.rectangles(x).mean(axis=(2, 4))
        return y


class GlobalAverage(Layer):
    """Mean over all places: (N, H, W, C) to (N, C)."""

    def __call__(self, x: Float32Array) -> Float32Array:
        """Compute the output of x."""
        y: Float32Array = x.mean(axis=(1, 2))
        return y


class Flatten(Layer):
    """All features in one row, in PyTorch's order: (N, H, W, C) to (N, C · H · W)."""

    def __call__(self, x: Float32Array) -> Float32Array:
        """Compute the output of x."""
        return x.transpose(0, 3, 1, 2).reshape(len(x), -1)


class Columns(Layer):
    """Features of one row, one column after the other: (N, 1, W, C) to (N, W, C)."""

    def __call__(self, x: Float32Array) -> Float32Array:
        """Compute the output of x."""
        return x[:, 0]


class Dropout(Layer):
    """Does nothing in evaluation mode."""

    def __init__(self, rate: float) -> None:
        del rate


class Linear(Layer):
    """A linear layer: (N, inputs) to (N, outputs)."""

    weight: Float32Array
    bias: Float32Array

    def __init__(self, inputs: int, outputs: int) -> None:
        self.shapes = {"weight": (outputs, inputs), "bias": (outputs,)}

    def __call__(self, x: Float32Array) -> Float32Array:
        """Compute the output of x."""
        y: Float32Array = x @ self.weight.T + self.bias
        return y


def conv_norm(
    inputs: int, outputs: int, kernel: int | Pair = 3, stride: int = 1, *, keep_size: bool = True
) -> Sequential:
    """Return a convolution, batch normalisation and ReLU."""
    padding = kernel // 2 if keep_size and isinstance(kernel, int) else 0
    convolution = Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
    return Sequential(convolution, BatchNorm2d(outputs), ReLU())


def conv_pool_norm(inputs: int, outputs: int) -> Sequential:
    """Return a 3×3 convolution without a border, pooling, batch normalisation and ReLU."""
    convolution = Conv2d(inputs, outputs, 3, bias=False)
    return Sequential(convolution, MaxPool2d(2), BatchNorm2d(outputs), ReLU())


def cosine_filters(count: int, kernel: int, stride: int) -> Conv2d:
    """Return a convolution of one channel; its filters are in the files, as if they were learnt."""
    return Conv2d(1, 2 * count, kernel, stride, bias=False)


class NumpyLayers:
    """The layers from which a network is built, like `TorchLayers` for PyTorch."""

    Sequential, Conv2d, ReLU, Tanh = Sequential, Conv2d, ReLU, Tanh
    MaxPool2d, AvgPool2d, GlobalAverage = MaxPool2d, AvgPool2d, GlobalAverage
    Flatten, Dropout, Linear = Flatten, Dropout, Linear
    conv_norm, conv_pool_norm = staticmethod(conv_norm), staticmethod(conv_pool_norm)
    cosine_filters = staticmethod(cosine_filters)


def _pair(value: int | Pair) -> Pair:
    return (value, value) if isinstance(value, int) else value
