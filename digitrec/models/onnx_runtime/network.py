"""Networks computed by ONNX Runtime: for single digits in float32 or in int8, others in float32.

It takes less time than PyTorch: much less for a single image, and a third in int8.
"""

from __future__ import annotations

from digitrec.arrays import Float32Array, LogitsFunction
from digitrec.models.architectures.digits import DIGITS
from digitrec.models.numpy_network.network import NumpyNetwork
from digitrec.models.onnx_runtime.layers import Float32Layers, Int8Layers, UnknownLayerError
from digitrec.models.onnx_runtime.model_bytes import Shape
from digitrec.models.onnx_runtime.without_telemetry import import_onnxruntime

__all__ = ["for_any_size", "in_float32", "in_int8"]

IMAGE = (1, 28, 28)
OUTPUTS = ["logits"]


def in_float32(network: NumpyNetwork) -> LogitsFunction | None:
    """Make a function of a network: images (N, 1, 28, 28) to its logits (N, 10).

    Args:
        network: Whose layers and weights they are.

    Returns:
        None where the package onnxruntime is missing, and of a network with other layers than
        those of `Float32Layers`.
    """
    return _in_session(network, Float32Layers, IMAGE, (DIGITS,))


def in_int8(network: NumpyNetwork) -> LogitsFunction | None:
    """Make a function as `in_float32` does, but one that computes in int8.

    Returns:
        None where the package onnxruntime is missing, and of a network with other layers than
        those of `Int8Layers`.
    """
    return _in_session(network, Int8Layers, IMAGE, (DIGITS,))


def for_any_size(
    network: NumpyNetwork, channels: int, dimensions: int, threads: int
) -> LogitsFunction | None:
    """Make a function of a network for images of more than one size.

    It frees all memory after each call, because a page needs a hundred times as much as a digit.

    Args:
        network: Whose layers and weights they are.
        channels: Of an image.
        dimensions: Of its logits.
        threads: Among which an image is shared out.

    Returns:
        A function of images (N, C, H, W) to logits; None as `in_float32`.
    """
    answer = [f"side {number}" for number in range(1, dimensions)]
    image = (channels, "H", "W")
    return _in_session(network, Float32Layers, image, answer, threads, keep_memory=False)


def _in_session(
    network: NumpyNetwork,
    kind: type[Float32Layers],
    image: Shape,
    answer: Shape,
    threads: int = 1,  # beside it, other threads open and normalise pictures
    *,
    keep_memory: bool = True,
) -> LogitsFunction | None:
    try:
        onnxruntime = import_onnxruntime()
    except ImportError:
        return None
    writer = kind(float(network.mean), float(network.std))
    try:
        writer.add(network.rows())
        model = writer.finish(image, answer)
    except UnknownLayerError:
        return None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_mem_pattern = keep_memory  # one is kept for each size of image
    options.log_severity_level = 3  # errors alone
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    run = onnxruntime.RunOptions()
    if not keep_memory:
        run.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

    def logits(images: Float32Array) -> Float32Array:
        answer: Float32Array = session.run(OUTPUTS, {"images": images}, run)[0]
        return answer

    return logits
