"""What computes the network for ink that ships: ONNX Runtime where it is installed, else PyTorch.

ONNX Runtime takes less time for pictures of all sizes, and importing it a tenth of importing
PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from threading import Lock

from digitrec.arrays import Float32Array
from digitrec.models import ink_checkpoint
from digitrec.models.onnx_runtime.network import pixel_by_pixel
from digitrec.storage.resources import shipped_ink
from digitrec.threads import threads_to_share

__all__ = ["by_pytorch", "shipped"]

Logits = Callable[[Float32Array], Float32Array]
"""Images (N, 1, H, W), as of `digitrec.models.network.InkNetwork`, to logits of the same shape."""

_loading = Lock()


def shipped() -> Logits:
    """Return the network that ships, loaded once."""
    with _loading:  # else two threads would load it twice
        return _load()


@lru_cache(maxsize=1)
def _load() -> Logits:
    described = ink_checkpoint.load_with_numpy(shipped_ink())
    return pixel_by_pixel(described, threads_to_share()) or by_pytorch(shipped_ink())


def by_pytorch(path: Path) -> Logits:
    """Return the network of a file: in bfloat16 where the processor has instructions for it.

    That may take half of the time; coverage differs by less than a thousandth in the mean, for the
    network was trained in it.

    Raises:
        CheckpointError: if it is not a usable checkpoint.
    """
    import torch

    from digitrec.models.device import pick_precision
    from digitrec.models.network import fuse_batch_norm

    low = pick_precision("auto", torch.device("cpu")) == "bfloat16"
    dtype = torch.bfloat16 if low else torch.float32
    network = fuse_batch_norm(ink_checkpoint.load(path)).to(dtype)
    network.to(memory_format=torch.channels_last)

    def logits(images: Float32Array) -> Float32Array:
        with torch.inference_mode():
            given = torch.from_numpy(images).to(dtype, memory_format=torch.channels_last)
            answer: Float32Array = network(given).float().numpy()
        return answer

    return logits
