"""Evaluate a weights file on a test set: python -m digitrec.evaluate CHECKPOINT [data=…]"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from digitrec.model import Network

__all__ = ["logits_of"]

BATCH = 1000  # images at once: large enough to keep a GPU busy, small enough for any memory


def logits_of(
    network: Network, images: Tensor, device: torch.device | None = None
) -> npt.NDArray[np.float32]:
    """Return the logits (N, 10) of a network in evaluation mode for uint8 images (N, 1, 28, 28)."""
    import torch

    device = device or network.mean.device
    with torch.inference_mode():
        parts = [network(batch.to(device).float().div_(255)) for batch in images.split(BATCH)]
        logits: npt.NDArray[np.float32] = torch.cat(parts).float().numpy(force=True)
    return logits
