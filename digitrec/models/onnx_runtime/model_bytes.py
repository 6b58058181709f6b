"""A model for ONNX Runtime, written byte by byte.

The package onnx would write it too, but importing that takes longer than reading a thousand
pictures. A model is a message of protocol buffers: fields, each a number and a value. Their numbers
are those of ``onnx.proto``, which never change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["ModelBytes", "Shape", "Value", "varint"]

Value = str
"""The name of an array in a model."""
Shape = Sequence[int | str]

OPSET, IR_VERSION = 17, 8  # of 2022: old enough for any runtime
_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7}
_INT, _STRING, _INTS = 2, 3, 7  # what an attribute holds
_VARINT, _BYTES = 0, 2  # how a field is written


class ModelBytes:
    """A model that grows by a node with each call."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []

    def __call__(self, kind: str, *inputs: Value, name: str = "", **settings: Any) -> Value:
        """Add a node and return its output.

        Args:
            kind: Operator of ONNX.
            inputs: Its inputs; "" leaves an optional one out.
            name: Of the output; by default one is made up.
            settings: The operator's attributes: texts, whole numbers or sequences of them.
        """
        output = name or f"{kind.lower()}_{len(self._nodes)}"
        attributes = [_attribute(key, value) for key, value in settings.items()]
        self._nodes.append(
            _fields((1, inputs), (2, output), (3, output), (4, kind), (5, attributes))
        )
        return output

    def constant(self, value: object, dtype: npt.DTypeLike) -> Value:
        """Return an array that is stored in the model."""
        array, name = np.asarray(value, dtype), f"constant_{len(self._constants)}"
        data = array.astype(array.dtype.newbyteorder("<")).tobytes()
        kind = _TYPES[array.dtype.name]
        self._constants.append(_fields((1, array.shape), (2, kind), (8, name), (9, data)))
        return name

    def finish(self, inputs: tuple[Value, Shape], outputs: tuple[Value, Shape]) -> bytes:
        """Return the model.

        Args:
            inputs: Name and shape of the one input, float32; without N, which comes first. A side
                that may be any has a name.
            outputs: The same of the output.
        """
        graph = _fields(
            (1, self._nodes),
            (2, "network"),
            (5, self._constants),
            (11, _array(*inputs)),
            (12, _array(*outputs)),
        )
        return _fields((1, IR_VERSION), (2, "digitrec"), (7, graph), (8, _fields((2, OPSET))))


def _array(name: Value, shape: Shape) -> bytes:
    dimensions = [_fields((2 if isinstance(side, str) else 1, side)) for side in ("N", *shape)]
    tensor = _fields((1, _TYPES["float32"]), (2, _fields((1, dimensions))))
    return _fields((1, name), (2, _fields((1, tensor))))


def _attribute(name: str, value: int | str | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _fields((1, name), (3, value), (20, _INT))
    if isinstance(value, str):
        return _fields((1, name), (4, value), (20, _STRING))
    return _fields((1, name), (8, value), (20, _INTS))


_Content = int | str | bytes


def _fields(*fields: tuple[int, _Content | Sequence[_Content]]) -> bytes:
    """Write fields, each a number and a value, or the values of one that is repeated."""
    return b"".join(
        _field(number, one)
        for number, value in fields
        for one in ([value] if isinstance(value, int | str | bytes) else value)
    )


def _field(number: int, value: _Content) -> bytes:
    if isinstance(value, int):
        return varint(number << 3 | _VARINT) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | _BYTES) + varint(len(content)) + content


def varint(value: int) -> bytes:
    """Write a whole number from 0 on, seven bits a byte, the lowest first: unsigned LEB128."""
    out = []
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
