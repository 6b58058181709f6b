"""Writing an ONNX graph node by node."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto, TensorProto, ValueInfoProto

__all__ = ["Graph", "Value"]

Value = str
"""The name of an array in a graph."""


class Graph:
    """A graph that grows by a node with each call.

    Attributes:
        nodes: In the order in which they are computed.
        constants: Arrays that are stored in the file. A branch shares those of the graph around it.
    """

    def __init__(self, outer: Graph | None = None) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, TensorProto] = {} if outer is None else outer.constants
        self._prefix: str = "" if outer is None else f"{outer._prefix}inner_"

    def __call__(
        self, kind: str, *inputs: Value, name: str | None = None, **settings: Any
    ) -> Value:
        """Add a node and return its output.

        Args:
            kind: Operator of ONNX.
            inputs: Its inputs; "" leaves an optional one out.
            name: Of the output; by default one is made up.
            settings: The operator's attributes.
        """
        import onnx

        output = name or self.name(kind)
        self.nodes.append(
            onnx.helper.make_node(kind, list(inputs), [output], name=output, **settings)
        )
        return output

    def name(self, kind: str) -> Value:
        """Return a name for the output of the next node."""
        return f"{self._prefix}{kind.lower()}_{len(self.nodes)}"

    def constant(self, value: object, dtype: npt.DTypeLike = np.float64, name: str = "") -> Value:
        """Return an array, stored once for equal content."""
        import onnx

        array = np.asarray(value, dtype)
        content = f"{array.dtype} {array.shape} ".encode() + array.tobytes()
        name = name or f"constant_{zlib.crc32(content):08x}"
        if name not in self.constants:
            self.constants[name] = onnx.numpy_helper.from_array(array, name)
        return name

    def cast(self, value: Value, dtype: npt.DTypeLike) -> Value:
        """Convert an array to another type."""
        import onnx

        return self("Cast", value, to=onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def finish(
        self, name: str, inputs: Iterable[ValueInfoProto], outputs: Iterable[ValueInfoProto]
    ) -> GraphProto:
        """Return the graph with its constants."""
        import onnx

        return onnx.helper.make_graph(
            self.nodes, name, list(inputs), list(outputs), list(self.constants.values())
        )

    def branch(self, name: str, output: Value) -> GraphProto:
        """Return the graph as a branch, which uses the constants of the graph around it."""
        import onnx

        # Its type is inferred.
        return onnx.helper.make_graph(self.nodes, name, [], [onnx.ValueInfoProto(name=output)])
