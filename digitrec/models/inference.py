"""Run networks: over many images, or in the least time for a few."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from digitrec.arrays import Float32Array
from digitrec.models.device import default_state
from digitrec.models.layers import GlobalAverage
from digitrec.models.network import Network, fuse_batch_norm

__all__ = ["for_inference", "has_bfloat16_copy", "logits_of", "logits_of_batch"]

BATCH = 1000  # images at once: enough to keep a GPU busy, and little memory
# Layers that hold features (N, C, H, W) and compute the same in bfloat16, but for rounding.
_OF_FEATURES = (nn.Conv2d, nn.ReLU, nn.Tanh, nn.MaxPool2d, nn.AvgPool2d, nn.Identity, nn.Dropout)
# The last of a network, which cost little and are left in float32, and those between them.
_LAST = (GlobalAverage, nn.Flatten, nn.Linear)


def logits_of(network: Network, images: Tensor) -> Float32Array:
    """Return the logits of a network in evaluation mode.

    Args:
        network: The network, on any device.
        images: uint8, shape (N, 1, 28, 28), on any device, N at least 1.

    Returns:
        Shape (N, 10).
    """
    parts = [logits_of_batch(network, batch) for batch in torch.split(images, BATCH)]
    logits: Float32Array = torch.cat(parts).numpy(force=True)
    return logits


def logits_of_batch(network: Network, images: Tensor) -> Tensor:
    """Return the logits of a network in evaluation mode, on its device.

    Args:
        network: The network, on any device.
        images: uint8, shape (B, C, H, W), on any device: as many as it can take at once.
    """
    with torch.inference_mode(), default_state():
        logits: Tensor = network(images.to(network.mean.device).float().div_(255))
    return logits


def has_bfloat16_copy(network: Network) -> bool:
    """Tell whether `for_inference` knows all layers of a network well enough for bfloat16."""
    if type(network).forward is not Network.forward:
        return False
    return all(
        isinstance(layer, _OF_FEATURES + _LAST)
        for layer in _layers(fuse_batch_norm(network).layers)
    )


def for_inference(
    network: Network, device: torch.device, dtype: torch.dtype = torch.float32
) -> Callable[[Tensor], Tensor]:
    """Make a function of a network in evaluation mode: images (N, C, H, W) to its logits, float32.

    Batch normalisations are fused into convolutions, and the layers called one after the other, by
    their `forward` alone: for a single image, what PyTorch does around each takes a tenth of all.

    Args:
        network: It is not changed.
        device: Where the function computes, and has its images.
        dtype: Of what is computed up to the last layers; bfloat16 only if `has_bfloat16_copy`.
    """
    with default_state():
        copy = fuse_batch_norm(network)
    copy = copy.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if type(network).forward is not Network.forward:
        whole: Callable[[Tensor], Tensor] = copy
        return whole  # a user's own network, which does something around its layers
    steps: list[Callable[[Tensor], Tensor]] = []
    low = dtype != torch.float32
    if low:
        steps.append(lambda x: x.to(dtype, memory_format=torch.channels_last))
    for layer in _layers(copy.layers):
        if low and isinstance(layer, _LAST):
            low = False
            steps.append(Tensor.float)
        if not isinstance(layer, nn.Dropout | nn.Identity):
            steps.append((layer.to(dtype) if low else layer).forward)

    def logits(images: Tensor) -> Tensor:
        x = (images - copy.mean) / copy.std
        for step in steps:
            x = step(x)
        answer: Tensor = x.float()
        return answer

    return logits


def _layers(module: nn.Module) -> Iterator[nn.Module]:
    """Return the layers of a network that follow each other in one row."""
    if type(module) is nn.Sequential:
        for inner in module:
            yield from _layers(inner)
    else:
        yield module
