"""What computes the network of a checkpoint: chosen by what is installed, and by the processor."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from digitrec.arrays import Float32Array
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.device import pick_precision
from digitrec.models.inference import for_inference, has_bfloat16_copy
from digitrec.models.onnx_runtime.network import in_float32, in_int8

__all__ = ["Logits", "Networks", "by_pytorch", "fastest"]

Logits = Callable[[Float32Array], Float32Array]
"""Images (N, 1, 28, 28) to logits (N, 10)."""

# In int8, logits of the stored images may be off by this, and by this much of the temperature: what
# is clear has odds of 500 to 1 then, which this changes to 70 to 1 at worst.
MOST_OFF = 0.5


class Networks(NamedTuple):
    """Functions of one network.

    Attributes:
        exact: Computes in float32.
        coarse: Computes in fewer bits, and takes less time; None where there is none.
        clear: What ``coarse`` says with this probability ``exact`` says too, with nearly the same.
    """

    exact: Logits
    coarse: Logits | None = None
    clear: float = 1.0


def fastest(trained: Checkpoint, device: torch.device) -> Networks:
    """Return the fastest that are to be had.

    On the CPU, ONNX Runtime computes in float32 and int8 where it is installed; where it is not,
    PyTorch computes in float32, and in bfloat16 where the processor has instructions for it. Each
    does so for the layers that it knows (`onnx_runtime.network`, `has_bfloat16_copy`).
    """
    plain = by_pytorch(trained, device)
    if device.type != "cpu":
        return plain
    exact = in_float32(trained.network) or plain.exact
    int8 = in_int8(trained.network)
    if int8 is not None and _is_close(int8, exact, trained):
        return Networks(exact, int8, 0.998)
    if pick_precision("auto", device) == "bfloat16" and has_bfloat16_copy(trained.network):
        # Rounding moves logits by some 0.1, and from here to another digit are more than 2.
        return Networks(exact, _torch_logits(trained, device, torch.bfloat16), 0.995)
    return Networks(exact)


def by_pytorch(trained: Checkpoint, device: torch.device) -> Networks:
    """Return the network in float32 alone, by PyTorch."""
    return Networks(_torch_logits(trained, device, torch.float32))


def _torch_logits(trained: Checkpoint, device: torch.device, dtype: torch.dtype) -> Logits:
    network = for_inference(trained.network, device, dtype)

    def logits(images: Float32Array) -> Float32Array:
        with torch.inference_mode():
            answer: Float32Array = network(torch.from_numpy(images).to(device)).cpu().numpy()
        return answer

    return logits


def _is_close(coarse: Logits, exact: Logits, trained: Checkpoint) -> bool:
    """Tell whether a network gives nearly the same logits of the images stored with it."""
    if trained.examples is None:
        return False
    off = float(np.abs(coarse(trained.examples) - exact(trained.examples)).max())
    return off <= MOST_OFF * min(1.0, 2 * trained.temperature)
