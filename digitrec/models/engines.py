"""What runs the network of a checkpoint file: ONNX Runtime on the CPU, or PyTorch.

ONNX Runtime, where it is installed, takes less time, and importing it a tenth of importing PyTorch.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from digitrec.arrays import Float32Array, LogitsFunction
from digitrec.models.checkpoint_format import NetworkFormat, naming
from digitrec.models.onnx_runtime.network import for_any_size
from digitrec.threads import threads_to_share

if TYPE_CHECKING:
    import torch

    from digitrec.models.network import Network

__all__ = ["by_onnx_runtime", "by_pytorch", "fastest"]


def fastest(form: NetworkFormat, path: Path, device: torch.device | str = "cpu") -> LogitsFunction:
    """Read a network and return its fastest engine, in float32.

    Args:
        form: Of the file.
        path: Of the file.
        device: Where it computes.

    Raises:
        CheckpointError: if it is not a usable checkpoint.
    """
    found = by_onnx_runtime(form, path) if str(device) == "cpu" else None
    if found is not None:
        return found
    with naming(path):
        return by_pytorch(form.read(path).network, device)


def by_onnx_runtime(form: NetworkFormat, path: Path) -> LogitsFunction | None:
    """Read a network that ONNX Runtime computes on the CPU, in float32.

    Returns:
        None where ONNX Runtime is not installed, or does not compute the network.

    Raises:
        CheckpointError: as `fastest`.
    """
    with naming(path):
        stored = form.read_with_numpy(path)
    if stored is None:
        return None
    channels, dimensions = form.image[0], 1 + len(form.logits)
    return for_any_size(stored.network, channels, dimensions, threads_to_share())


def by_pytorch(
    network: Network, device: torch.device | str = "cpu", dtype: torch.dtype | None = None
) -> LogitsFunction:
    """Return a network that PyTorch computes.

    Args:
        network: In evaluation mode; it is not changed.
        device: Where it computes.
        dtype: In what; float32 by default.
    """
    import torch

    from digitrec.models.device import default_state
    from digitrec.models.network import fuse_batch_norm

    dtype = dtype or torch.float32
    with default_state():
        copy = fuse_batch_norm(network)
    copy.to(device, dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def logits(images: Float32Array) -> Float32Array:
        with torch.inference_mode(), default_state():
            given = torch.from_numpy(images).to(device, dtype, memory_format=torch.channels_last)
            answer: Float32Array = copy(given).float().cpu().numpy()
        return answer

    return logits
