"""What computes a network for single digits: PyTorch, or whatever is fastest here."""

from __future__ import annotations

import torch

from digitrec.arrays import Float32Array, LogitsFunction
from digitrec.models.checkpoint import Checkpoint, with_numpy
from digitrec.models.device import default_state, pick_precision
from digitrec.models.inference import for_inference, has_bfloat16_copy
from digitrec.recognition.single_digits.digit_engines import (
    TILE,
    DigitEngine,
    digit_engine_by_onnx_runtime,
)
from digitrec.recognition.single_digits.digit_reader import BATCH

__all__ = ["digit_engine_by_pytorch", "fastest_digit_engine"]


def fastest_digit_engine(trained: Checkpoint, device: torch.device) -> DigitEngine:
    """Return the fastest engine for a network here.

    On the CPU, that is ONNX Runtime where it is installed, in int8 and float32. Otherwise PyTorch
    computes, on the CPU also in bfloat16 if the processor has instructions for it.

    Args:
        trained: The network, and the images and the temperature that tell whether int8 will do.
        device: Where it computes.

    Returns:
        An engine that computes in float32; and in fewer bits, where that is faster and near enough.
    """
    plain = digit_engine_by_pytorch(trained, device)
    if device.type != "cpu":
        return plain
    described = with_numpy(trained)
    engine = (digit_engine_by_onnx_runtime(described) if described is not None else None) or plain
    if engine.coarse is None and pick_precision("auto", device) == "bfloat16":
        if not has_bfloat16_copy(trained.network):
            return engine
        # Rounding moves logits by some 0.1, and from here to another digit are more than 2.
        coarse = _logits(trained, device, torch.bfloat16)
        return DigitEngine(engine.exact, coarse, 0.995)
    return engine


def digit_engine_by_pytorch(trained: Checkpoint, device: torch.device) -> DigitEngine:
    """Return an engine by which PyTorch computes the network, in float32 alone."""
    tile = TILE if device.type == "cpu" else BATCH  # a device is given all at once
    return DigitEngine(_logits(trained, device, torch.float32), tile=tile)


def _logits(trained: Checkpoint, device: torch.device, dtype: torch.dtype) -> LogitsFunction:
    network = for_inference(trained.network, device, dtype)

    def logits(images: Float32Array) -> Float32Array:
        with torch.inference_mode(), default_state():
            answer: Float32Array = network(torch.from_numpy(images).to(device)).cpu().numpy()
        return answer

    return logits
