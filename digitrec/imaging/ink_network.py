"""The network that finds handwritten ink: what it predicts of a picture, and what computes it.

The network (`digitrec.models.architectures.ink.Ink`) predicts the coverage of each pixel: the share
of it that ink covers.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from digitrec.arrays import Float32Array, LogitsFunction, Uint8Array
from digitrec.imaging.local_contrast import MIDDLE, local_contrast
from digitrec.models import engines, ink_checkpoint
from digitrec.models.architectures.ink import INK_STEP
from digitrec.storage.loaded_once import LoadedOnce
from digitrec.storage.resources import shipped_ink

__all__ = [
    "IS_INK",
    "NO_INK",
    "by_pytorch",
    "predict_coverage",
    "predict_from_contrasts",
]

NO_INK = 0.15
"""Coverage up to which a pixel has no ink; from a coverage of 1 minus this on, it is full."""
IS_INK = 0.5
"""Coverage above which a pixel is ink rather than background."""


def predict_coverage(pixels: Uint8Array) -> Float32Array:
    """Return the coverage of a picture as it is, without a search for the right scale.

    Args:
        pixels: Shape (H, W) or (H, W, 3).

    Returns:
        Shape (H, W), in [0, 1].
    """
    return predict_from_contrasts(local_contrast(pixels))


def predict_from_contrasts(seen: Uint8Array) -> Float32Array:
    """Return the coverage (H, W) of a picture whose contrasts are known.

    Args:
        seen: Shape (2, H, W), as `digitrec.imaging.local_contrast.local_contrast` returns them.
    """
    channels, height, width = seen.shape
    sides = -(-height // INK_STEP) * INK_STEP, -(-width // INK_STEP) * INK_STEP
    padded = np.full((channels, *sides), MIDDLE, np.uint8)
    # In the middle, because the network was trained on pictures that end on all sides.
    top, left = (sides[0] - height) // 2, (sides[1] - width) // 2
    padded[:, top : top + height, left : left + width] = seen
    logits = shipped_network()((padded.astype(np.float32) / np.float32(255))[None])
    coverage: Float32Array = expit(logits[0, 0, top : top + height, left : left + width])
    return coverage


def shipped_network() -> LogitsFunction:
    """Return the network that ships, loaded once: images (N, 2, H, W) to logits (N, 1, H, W)."""
    return _network()


def _load() -> LogitsFunction:
    return engines.by_onnx_runtime(ink_checkpoint.FORMAT, shipped_ink()) or by_pytorch()


_network = LoadedOnce(_load)


def by_pytorch() -> LogitsFunction:
    """Return the network that ships, run by PyTorch; in bfloat16 if the processor supports it.

    bfloat16 may take half of the time. The network was trained in it, and coverage differs by less
    than a thousandth on average.
    """
    import torch

    from digitrec.models.device import pick_precision

    low = pick_precision("auto", torch.device("cpu")) == "bfloat16"
    dtype = torch.bfloat16 if low else torch.float32
    return engines.by_pytorch(ink_checkpoint.load(shipped_ink()), dtype=dtype)
