"""Layers of PyTorch as parts of a model for ONNX Runtime: in float32, and in int8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import nn

from digitrec.arrays import Float32Array, Float64Array
from digitrec.models.layers import GlobalAverage
from digitrec.models.onnx_runtime.model_bytes import ModelBytes, Value

__all__ = ["Float32Layers", "Int8Layers", "UnknownLayerError"]

# Standard deviations above the mean that a channel reaches. With drawings, those of the network
# that ships reach 8 to 12.
SPREAD = 10
# The largest weight. From 64 on, processors that add products in pairs of 16 bits would overflow.
LARGEST = 63
LEVELS = 255
_SMALLEST_SCALE = 1e-12  # of what is 0 everywhere
_MOST = 2**31 - 1


class UnknownLayerError(Exception):
    """A layer that is not computed, or not at its place."""


class Float32Layers:
    """Writes layers one after the other, which compute in float32.

    They are convolutions, ReLU, pooling by maxima, the mean over all places, and linear layers.
    """

    def __init__(self, mean: float, std: float, norms: Sequence[nn.BatchNorm2d]) -> None:
        """Start with the normalisation of the input.

        Args:
            mean: What is subtracted from each pixel,
            std: and what the difference is divided by.
            norms: The batch normalisations that were fused into the layers.
        """
        del norms  # in float32, nothing has to be known of them
        self._g = ModelBytes()
        mean_, std_ = (self._g.constant(one, np.float32) for one in (mean, std))
        self._x: Value = self._g("Div", self._g("Sub", "images", mean_), std_)

    def add(self, layer: nn.Module) -> None:
        """Add a layer.

        Raises:
            UnknownLayerError: if it is another one than those above.
        """
        if isinstance(layer, nn.Dropout | nn.Identity):
            return
        if isinstance(layer, nn.Conv2d):
            self._convolve(layer)
        elif isinstance(layer, nn.ReLU):
            self._cut()
        elif isinstance(layer, nn.MaxPool2d):
            self._pool(layer)
        elif isinstance(layer, GlobalAverage):
            self._x = self._g("ReduceMean", self._floats(), axes=(2, 3), keepdims=0)
        elif isinstance(layer, nn.Flatten) and (layer.start_dim, layer.end_dim) == (1, -1):
            self._x = self._g("Flatten", self._floats())
        elif isinstance(layer, nn.Linear):
            weights, bias = (self._g.constant(one, np.float32) for one in _parameters(layer))
            self._x = self._g("Gemm", self._floats(), weights, bias, transB=1)
        else:
            raise UnknownLayerError

    def finish(self, image: Sequence[int], classes: int) -> bytes:
        """Return the model, from ``images`` (N, *image) to ``logits`` (N, classes).

        Raises:
            UnknownLayerError: if the last layers are not complete.
        """
        self._g("Identity", self._floats(), name="logits")
        return self._g.finish(("images", image), ("logits", [classes]))

    def _convolve(self, layer: nn.Conv2d) -> None:
        weights, bias = (self._g.constant(one, np.float32) for one in _parameters(layer))
        self._x = self._g("Conv", self._floats(), weights, bias, **_places(layer))

    def _cut(self) -> None:
        self._x = self._g("Relu", self._floats())

    def _pool(self, layer: nn.MaxPool2d) -> None:
        size, stride = _pair(layer.kernel_size), _pair(layer.stride)
        if layer.padding or layer.ceil_mode or layer.dilation != 1:
            raise UnknownLayerError
        self._x = self._g("MaxPool", self._x, kernel_shape=size, strides=stride)

    def _floats(self) -> Value:
        """Return the features in float32."""
        return self._x


class Int8Layers(Float32Layers):
    """Writes layers up to the last convolution in int8, and those behind it in float32.

    Each convolution has its weights in steps of a scale for each of its filters, and gives its
    features in steps of one scale (Jacob et al. 2018, "Quantization and training of neural networks
    for efficient integer-arithmetic-only inference"). How high they go, no images have to show: the
    batch normalisation knows the mean and the spread of each channel (Nagel et al. 2019, "Data-free
    quantization through weight equalization and bias correction"). So there must be one for each
    convolution, and a ReLU, which may stand behind a pooling layer.
    """

    def __init__(self, mean: float, std: float, norms: Sequence[nn.BatchNorm2d]) -> None:
        super().__init__(mean, std, norms)
        self._tops = [_top(norm) for norm in norms]
        # A feature q stands for scale · (q - zero). Of the input, a step is a level of grey.
        self._scale = 1 / (LEVELS * std)
        self._steps = self._step_constants(round(min(max(LEVELS * mean, 0), LEVELS)))
        self._x = self._g("QuantizeLinear", self._x, *self._steps)
        self._whole, self._lacks_relu = True, False

    def _convolve(self, layer: nn.Conv2d) -> None:
        if self._lacks_relu or not self._whole or not self._tops:
            raise UnknownLayerError
        weights, bias = _parameters(layer)
        largest: Float64Array = np.abs(weights).max(axis=(1, 2, 3)).astype(np.float64)
        scales = np.maximum(largest / LARGEST, _SMALLEST_SCALE)
        whole = np.rint(weights / scales[:, None, None, None])
        whole_bias = np.clip(np.rint(bias / (scales * self._scale)), -_MOST, _MOST)
        self._scale = max(self._tops.pop(0) / LEVELS, _SMALLEST_SCALE)
        steps = self._step_constants(0)  # what is below 0 becomes 0, as by a ReLU
        self._x = self._g(
            "QLinearConv",
            *(self._x, *self._steps),
            self._g.constant(whole, np.int8),
            self._g.constant(scales, np.float32),
            self._g.constant(np.zeros(len(scales)), np.int8),
            *steps,
            self._g.constant(whole_bias, np.int32),
            **_places(layer),
        )
        self._steps, self._lacks_relu = steps, True

    def _cut(self) -> None:
        if self._whole:
            self._lacks_relu = False
        else:
            super()._cut()

    def _floats(self) -> Value:
        if self._lacks_relu or self._tops:
            raise UnknownLayerError
        if self._whole:
            self._x, self._whole = self._g("DequantizeLinear", self._x, *self._steps), False
        return self._x

    def _step_constants(self, zero: int) -> tuple[Value, Value]:
        return self._g.constant(self._scale, np.float32), self._g.constant(zero, np.uint8)


def _top(norm: nn.BatchNorm2d) -> float:
    """Return about the highest number that batch normalisation gives."""
    return float((norm.bias + SPREAD * norm.weight.abs()).detach().max())


def _parameters(layer: nn.Conv2d | nn.Linear) -> tuple[Float32Array, Float32Array]:
    weights: Float32Array = layer.weight.numpy(force=True)
    none = np.zeros(len(weights), np.float32)
    return weights, none if layer.bias is None else layer.bias.numpy(force=True)


def _places(layer: nn.Conv2d) -> dict[str, Sequence[int]]:
    """Return where a convolution looks, as ONNX says it."""
    padding = layer.padding
    plain = layer.groups == 1 and layer.dilation == (1, 1) and layer.padding_mode == "zeros"
    if not plain or isinstance(padding, str):
        raise UnknownLayerError
    return {
        "kernel_shape": layer.kernel_size,
        "strides": layer.stride,
        "pads": (*padding, *padding),
    }


def _pair(value: Any) -> tuple[int, int]:
    first, second = (value, value) if isinstance(value, int) else value
    return int(first), int(second)
