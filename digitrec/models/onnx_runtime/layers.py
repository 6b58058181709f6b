"""Layers of a network as parts of a model for ONNX Runtime: in float32, and in int8."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from digitrec.arrays import Float32Array, Float64Array
from digitrec.models.numpy_network.layers import (
    BatchNorm2d,
    Columns,
    Conv2d,
    Dropout,
    Flatten,
    GlobalAverage,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
)
from digitrec.models.numpy_network.unet import UNet
from digitrec.models.onnx_runtime.model_bytes import ModelBytes, Shape, Value

__all__ = ["Float32Layers", "Int8Layers", "UnknownLayerError"]

# Standard deviations above the mean that a channel reaches. With drawings, those of the network
# that ships reach 8 to 12.
SPREAD = 10
# The largest weight. From 64 on, processors that add products in pairs of 16 bits would overflow.
LARGEST = 63
LEVELS = 255
_SMALLEST_SCALE = 1e-12  # of what is 0 everywhere
# By default the same pixels are found from the middles of pixels, which takes longer.
_EACH_PIXEL_TWICE = {
    "mode": "nearest",
    "coordinate_transformation_mode": "asymmetric",
    "nearest_mode": "floor",
}
_MAX_INT32 = 2**31 - 1


class UnknownLayerError(Exception):
    """A layer that is not supported, or not at this place."""


class Float32Layers:
    """Writes layers one after the other, which compute in float32.

    They are convolutions, ReLU, pooling by maxima, the mean over all places, linear layers, columns
    of one row, and U-Nets. A batch normalisation is fused into the convolution before it; a pooling
    layer may stand between.
    """

    def __init__(self, mean: float, std: float) -> None:
        """Start with the normalisation of the input.

        Args:
            mean: What is subtracted from each pixel.
            std: What the difference is divided by.
        """
        self._g = ModelBytes()
        mean_, std_ = (self._g.constant(one, np.float32) for one in (mean, std))
        self._x: Value = self._g("Div", self._g("Sub", "images", mean_), std_)

    def add(self, rows: list[Layer]) -> None:
        """Add layers that follow each other.

        Raises:
            UnknownLayerError: if there is another one than those above.
        """
        for layer, norm in _with_norms(rows):
            self._add(layer, norm)

    def finish(self, images: Shape, logits: Shape) -> bytes:
        """Return the model, from ``images`` to ``logits``.

        Args:
            images: Their shape without N, which comes first. A side that may be any has a name.
            logits: The same of the logits.

        Raises:
            UnknownLayerError: if the last layers are not complete.
        """
        self._g("Identity", self._floats(), name="logits")
        return self._g.finish(("images", images), ("logits", logits))

    def _add(self, layer: Layer, norm: BatchNorm2d | None) -> None:
        """Add a layer; norm: of a convolution, the batch normalisation that follows it."""
        if isinstance(layer, Conv2d):
            self._convolve(layer, norm)
        elif isinstance(layer, ReLU):
            self._cut()
        elif type(layer) is MaxPool2d:  # and no average
            self._x = self._g("MaxPool", self._x, kernel_shape=layer.size, strides=layer.size)
        elif isinstance(layer, GlobalAverage):
            self._x = self._g("ReduceMean", self._floats(), axes=(2, 3), keepdims=0)
        elif isinstance(layer, Flatten):
            self._x = self._g("Flatten", self._floats())
        elif isinstance(layer, Linear):
            weights, bias = (self._g.constant(w, np.float32) for w in (layer.weight, layer.bias))
            self._x = self._g("Gemm", self._floats(), weights, bias, transB=1)
        elif isinstance(layer, Columns):
            rows = self._g.constant([2], np.int64)
            self._x = self._g("Squeeze", self._floats(), rows)
            self._x = self._g("Transpose", self._x, perm=(0, 2, 1))
        elif isinstance(layer, UNet):
            self._add_unet(layer)
        elif not isinstance(layer, Dropout):
            raise UnknownLayerError

    def _add_unet(self, net: UNet) -> None:
        self._x = self._g("SpaceToDepth", self._floats(), blocksize=2)
        # It gives all channels of a pixel, then those of the next; PyTorch all pixels of a channel.
        order = np.arange(4 * net.inputs).reshape(4, net.inputs).T.ravel()
        self._x = self._g("Gather", self._x, self._g.constant(order, np.int64), axis=1)
        self.add(net.first.rows())
        seen = [self._x]
        for layers in net.down:
            self.add([net.pool, *layers.rows()])
            seen.append(self._x)
        twice = self._g.constant((1, 1, 2, 2), np.float32)
        for above, layers in zip(reversed(seen[:-1]), reversed(net.up), strict=True):
            doubled = self._g("Resize", self._x, "", twice, **_EACH_PIXEL_TWICE)
            self._x = self._g("Concat", doubled, above, axis=1)
            self.add(layers.rows())
        self.add([net.last])
        self._x = self._g("DepthToSpace", self._x, blocksize=2)

    def _convolve(self, layer: Conv2d, norm: BatchNorm2d | None) -> None:
        weights, bias = (self._g.constant(one, np.float32) for one in _fused(layer, norm))
        self._x = self._g("Conv", self._floats(), weights, bias, **_places(layer))

    def _cut(self) -> None:
        self._x = self._g("Relu", self._floats())

    def _floats(self) -> Value:
        """Return the features in float32."""
        return self._x


class Int8Layers(Float32Layers):
    """Writes layers up to the last convolution in int8, and those behind it in float32.

    Each convolution has its weights in steps of a scale for each of its filters, and gives its
    features in steps of one scale (Jacob et al. 2018, "Quantization and training of neural networks
    for efficient integer-arithmetic-only inference"). How high they go, no images have to show: the
    batch normalisation knows the mean and the spread of each channel (Nagel et al. 2019, "Data-free
    quantization through weight equalization and bias correction"). Without one, as behind fixed
    filters, they go as high as the brightest image for a filter makes them. Each convolution needs
    a ReLU, which may stand behind a pooling layer.
    """

    def __init__(self, mean: float, std: float) -> None:
        super().__init__(mean, std)
        # A feature q stands for scale · (q - zero). Of the input, a step is a level of grey.
        self._scale, self._lowest = 1 / (LEVELS * std), -mean / std
        self._steps = self._step_constants(round(min(max(LEVELS * mean, 0), LEVELS)))
        self._x = self._g("QuantizeLinear", self._x, *self._steps)
        self._whole, self._lacks_relu = True, False

    def _convolve(self, layer: Conv2d, norm: BatchNorm2d | None) -> None:
        if self._lacks_relu or not self._whole:
            raise UnknownLayerError
        weights, bias = _fused(layer, norm)
        largest: Float64Array = np.abs(weights).max(axis=(1, 2, 3)).astype(np.float64)
        scales = np.maximum(largest / LARGEST, _SMALLEST_SCALE)
        whole = np.rint(weights / scales[:, None, None, None])
        whole_bias = np.clip(np.rint(bias / (scales * self._scale)), -_MAX_INT32, _MAX_INT32)
        most = self._most(weights, bias) if norm is None else _top(norm)
        self._scale, self._lowest = max(most / LEVELS, _SMALLEST_SCALE), 0.0
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

    def _most(self, weights: Float32Array, bias: Float32Array) -> float:
        """Return the highest number that a convolution can give."""
        highest = self._lowest + LEVELS * self._scale
        most = np.maximum(weights * self._lowest, weights * highest).sum(axis=(1, 2, 3)) + bias
        return float(most.max())

    def _cut(self) -> None:
        if self._whole:
            self._lacks_relu = False
        else:
            super()._cut()

    def _floats(self) -> Value:
        if self._lacks_relu:
            raise UnknownLayerError
        if self._whole:
            self._x, self._whole = self._g("DequantizeLinear", self._x, *self._steps), False
        return self._x

    def _step_constants(self, zero: int) -> tuple[Value, Value]:
        return self._g.constant(self._scale, np.float32), self._g.constant(zero, np.uint8)


def _with_norms(rows: list[Layer]) -> Iterator[tuple[Layer, BatchNorm2d | None]]:
    """Return layers, each convolution with the batch normalisation that is fused into it."""
    rest = list(rows)
    while rest:
        layer, norm = rest.pop(0), None
        if isinstance(layer, Conv2d) and rest:
            place = 1 if type(rest[0]) is MaxPool2d else 0
            next_ = rest[place] if place < len(rest) else None
            # The largest before a negative scale is the smallest behind it.
            if isinstance(next_, BatchNorm2d) and (place == 0 or (next_.weight > 0).all()):
                norm = next_
                del rest[place]
        yield layer, norm


def _top(norm: BatchNorm2d) -> float:
    """Return about the highest number that batch normalisation gives."""
    return float((norm.bias + SPREAD * np.abs(norm.weight)).max())


def _fused(layer: Conv2d, norm: BatchNorm2d | None) -> tuple[Float32Array, Float32Array]:
    """Return weights and bias of a convolution with its batch normalisation."""
    bias = layer.bias if "bias" in layer.shapes else np.zeros(layer.out_channels, np.float32)
    if norm is None:
        return layer.weight, bias
    factor = norm.weight / np.sqrt(norm.running_var + norm.epsilon)
    shift = (bias - norm.running_mean) * factor + norm.bias
    return layer.weight * factor[:, None, None, None], shift


def _places(layer: Conv2d) -> dict[str, Any]:
    """Return where a convolution looks, as ONNX says it."""
    return {
        "kernel_shape": layer.weight.shape[2:],
        "strides": layer.stride,
        "pads": (*layer.padding, *layer.padding),
    }
