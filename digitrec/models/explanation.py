"""Why a network reads what it reads: what its layers see, and which ink decided."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from digitrec.arrays import Float32Array
from digitrec.models.device import default_state
from digitrec.models.network import Network

__all__ = ["deciding_ink", "feature_maps"]

PATCH = 5  # pixels: side of what is wiped away at once
AT_ONCE = 128  # images through the network


def feature_maps(network: Network, image: Float32Array) -> list[Float32Array]:
    """Return the output of each convolution of a network for an image, after its activation.

    Args:
        network: In evaluation mode, on the CPU. Its layers may be arranged in any way.
        image: (28, 28) in [0, 1].

    Returns:
        Arrays (C, H, W), one for each convolution in the order in which they are reached; none for
        a network without convolutions.
    """
    maps: list[Tensor] = []
    open_stage = just_convolved = False

    def look(module: nn.Module, _: object, output: object) -> None:
        """Begin with each convolution; go on while normalisation and activation keep the shape.

        Pooling that comes before both belongs to the convolution.
        """
        nonlocal open_stage, just_convolved
        pooled = just_convolved and isinstance(module, nn.MaxPool2d)
        just_convolved = isinstance(module, nn.Conv2d)
        if not isinstance(output, Tensor) or output.ndim != 4:
            open_stage = False
        elif isinstance(module, nn.Conv2d):
            maps.append(output.clone())
            open_stage = True
        elif pooled or (open_stage and output.shape == maps[-1].shape):
            maps[-1] = output.clone()
        else:
            open_stage = False

    leaves = [module for module in network.modules() if not [*module.children()]]
    handles = [leaf.register_forward_hook(look) for leaf in leaves]
    try:
        with torch.inference_mode(), default_state():
            network(torch.from_numpy(image)[None, None])
    finally:
        for handle in handles:
            handle.remove()
    return [one[0].numpy() for one in maps]


def deciding_ink(
    network: Network, image: Float32Array, digit: int, *, rejects: bool
) -> Float32Array:
    """Return how much the ink at each place made a network read a digit.

    Squares of the image are wiped away, one at a time, and the log-odds of the digit are looked at:
    what falls by wiping ink away spoke for the digit, what rises spoke against it (Zeiler & Fergus
    2014, "Visualizing and Understanding Convolutional Networks", occlusion).

    Args:
        network: In evaluation mode, on the CPU.
        image: (28, 28) in [0, 1].
        digit: The digit, 0 to 9.
        rejects: Whether the network has an eleventh class, "not a digit", whose logit is 0.

    Returns:
        (28, 28): the mean fall of the log-odds by the squares that cover a place, times its ink.
        Positive where the ink spoke for the digit, and 0 where there is none.
    """
    pixels = torch.from_numpy(image)[None]  # (1, H, W)
    height, width = image.shape
    ink = F.max_pool2d(pixels, PATCH, stride=1)[0] > 0  # (H - 4, W - 4): squares that have ink
    corners = ink.nonzero().tolist()
    total, count = np.zeros(image.shape), np.zeros(image.shape)
    if not corners:
        return np.zeros_like(image)
    wiped = pixels.repeat(len(corners) + 1, 1, 1)  # the last one stays as it is
    for one, (top, left) in zip(wiped, corners, strict=False):
        one[top : top + PATCH, left : left + PATCH] = 0
    with torch.inference_mode(), default_state():
        logits = torch.cat([network(batch) for batch in torch.split(wiped[:, None], AT_ONCE)])
    odds = _log_odds(logits.double(), digit, rejects=rejects).tolist()
    for (top, left), changed in zip(corners, odds, strict=False):
        place = slice(top, min(top + PATCH, height)), slice(left, min(left + PATCH, width))
        total[place] += odds[-1] - changed
        count[place] += 1
    deciding: Float32Array = (total / np.maximum(count, 1) * image).astype(np.float32)
    return deciding


def _log_odds(logits: Tensor, digit: int, *, rejects: bool) -> Tensor:
    """Return the log-odds (N,) of a digit by logits (N, 10)."""
    others = logits.clone()
    others[:, digit] = 0.0 if rejects else -math.inf
    return logits[:, digit] - others.logsumexp(dim=1)
