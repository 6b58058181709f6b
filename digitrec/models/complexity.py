"""How large a network is: its parameters, and the work of reading one image."""

from __future__ import annotations

import copy

import torch
from torch.utils.flop_counter import FlopCounterMode

from digitrec.models.network import Network, StringNetwork

__all__ = ["multiply_accumulates", "parameters"]


def parameters(network: Network) -> int:
    """Return the number of weights that are learnt."""
    return sum(weights.numel() for weights in network.parameters())


def multiply_accumulates(network: Network) -> int:
    """Return the multiply-accumulates of its convolutions and dense layers for one image.

    The image is 28×28, or 28×48 where the network reads strings.
    """
    width = 48 if isinstance(network, StringNetwork) else 28
    idle = copy.deepcopy(network).to("meta").eval()
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        idle(torch.empty(1, 1, 28, width, device="meta"))
    return int(counter.get_total_flops()) // 2  # PyTorch counts a product and a sum as two
