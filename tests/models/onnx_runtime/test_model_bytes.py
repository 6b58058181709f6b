from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitrec.models.onnx_runtime.model_bytes import ModelBytes


def test_the_package_onnx_reads_what_is_written() -> None:
    g = ModelBytes()
    weights = np.arange(24, dtype=np.float32).reshape(2, 1, 4, 3)
    x = g("Conv", "images", g.constant(weights, np.float32), strides=(2, 1), group=1)
    g("Flatten", x, name="logits")
    model = onnx.load_from_string(g.finish(("images", (1, 6, 300)), ("logits", [1192])))
    onnx.checker.check_model(model, full_check=True)
    (convolution, flatten) = model.graph.node
    assert (convolution.op_type, flatten.op_type) == ("Conv", "Flatten")
    assert list(convolution.input) == ["images", model.graph.initializer[0].name]
    assert list(flatten.input) == list(convolution.output)
    settings = {a.name: onnx.helper.get_attribute_value(a) for a in convolution.attribute}
    assert settings == {"strides": [2, 1], "group": 1}
    np.testing.assert_array_equal(onnx.numpy_helper.to_array(model.graph.initializer[0]), weights)
    shape = model.graph.input[0].type.tensor_type.shape.dim
    assert [side.dim_param or side.dim_value for side in shape] == ["N", 1, 6, 300]


def test_sides_and_settings_may_be_texts_and_inputs_left_out() -> None:
    g = ModelBytes()
    scales = g.constant((1, 1, 2, 2), np.float32)
    g("Resize", "images", "", scales, name="logits", mode="nearest")
    content = g.finish(("images", (1, "H", 3)), ("logits", (1, "height", 6)))
    model = onnx.load_from_string(content)
    onnx.checker.check_model(model, full_check=True)
    (node,) = model.graph.node
    assert list(node.input) == ["images", "", scales]
    assert onnx.helper.get_attribute_value(node.attribute[0]) == b"nearest"
    shape = model.graph.input[0].type.tensor_type.shape.dim
    assert [side.dim_param or side.dim_value for side in shape] == ["N", 1, "H", 3]


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=5), st.integers(0, 2**62))
def test_whole_numbers_of_any_size_are_written(many: list[int], one: int) -> None:
    g = ModelBytes()
    g("Any", "images", many=many, one=one)
    (node,) = onnx.load_from_string(g.finish(("images", [1]), ("logits", [1]))).graph.node
    found = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    assert found == {"many": many, "one": one}


@pytest.mark.parametrize("dtype", [np.float32, np.uint8, np.int8, np.int32])
@pytest.mark.parametrize("shape", [(), (3,), (2, 5)])
def test_constants_keep_type_and_shape(dtype: type, shape: tuple[int, ...]) -> None:
    g = ModelBytes()
    value = np.arange(np.prod(shape, dtype=int)).reshape(shape) - (1 if dtype == np.int8 else 0)
    g.constant(value, dtype)
    content = g.finish(("images", [1]), ("logits", [1]))
    (stored,) = onnx.load_from_string(content).graph.initializer
    array = onnx.numpy_helper.to_array(stored)
    assert array.dtype == dtype
    np.testing.assert_array_equal(array, value.astype(dtype))


def test_onnxruntime_computes_what_is_written() -> None:
    g = ModelBytes()
    g("Mul", "images", g.constant(2.5, np.float32), name="logits")
    session = onnxruntime.InferenceSession(
        g.finish(("images", [3]), ("logits", [3])), providers=["CPUExecutionProvider"]
    )
    images = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
    np.testing.assert_array_equal(session.run(None, {"images": images})[0], 2.5 * images)
