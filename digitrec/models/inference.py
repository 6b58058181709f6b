"""Run a network over many images."""

from __future__ import annotations

import torch
from torch import Tensor

from digitrec.arrays import Float32Array
from digitrec.models.network import Network

__all__ = ["logits_of"]

BATCH = 1000  # images at once: enough to keep a GPU busy, and little memory


def logits_of(network: Network, images: Tensor) -> Float32Array:
    """Return the logits of a network in evaluation mode.

    Args:
        network: The network, on any device.
        images: uint8, shape (N, 1, 28, 28), on any device, N at least 1.

    Returns:
        Shape (N, 10).
    """
    with torch.inference_mode():
        device = network.mean.device
        parts = [
            network(batch.to(device).float().div_(255)) for batch in torch.split(images, BATCH)
        ]
        logits: Float32Array = torch.cat(parts).numpy(force=True)
    return logits
