"""How large a network is: its parameters, and the work of reading one image."""

from __future__ import annotations

import copy

import torch
from torch.utils.flop_counter import FlopCounterMode

from digitrec.models.architectures.ink import INK_CHANNELS
from digitrec.models.marks import WINDOW
from digitrec.models.network import InkNetwork, MarkNetwork, Network, StringNetwork

__all__ = ["multiply_accumulates", "parameters"]


def parameters(network: Network) -> int:
    """Return the number of weights that are learnt."""
    return sum(weights.numel() for weights in network.parameters() if weights.requires_grad)


def multiply_accumulates(network: Network) -> int:
    """Return the multiply-accumulates of its convolutions and dense layers for one image.

    The image is 28×28; 28×48 where the network reads strings, 112×112 where it finds ink, and 32×96
    where it reads marks.
    """
    channels, height, width = 1, 28, 28
    if isinstance(network, InkNetwork):
        channels, height, width = INK_CHANNELS, 112, 112
    elif isinstance(network, StringNetwork):
        width = 48
    elif isinstance(network, MarkNetwork):
        height, width = WINDOW
    idle = copy.deepcopy(network).to("meta").eval()
    # Under `inference_mode` PyTorch 2.4 counts nothing.
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        idle(torch.empty(1, channels, height, width, device="meta"))
    return int(counter.get_total_flops()) // 2  # PyTorch counts a product and a sum as two
