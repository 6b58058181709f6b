"""A U-Net: a network that answers for each pixel, and sees much of the picture around it.

Ronneberger, Fischer & Brox 2015, "U-Net: Convolutional Networks for Biomedical Image Segmentation".
The first halving only regroups pixels, and so does the last doubling (Shi et al. 2016, "Real-Time
Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network"):
all convolutions work on a picture half as large, which takes a third of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from digitrec.models.layers import conv_norm

__all__ = ["UNet"]


class UNet(nn.Module):
    """Halves the picture from level to level, and comes back up beside what each level saw.

    Args:
        channels: Of each level, from half the picture's size down to the smallest.
        inputs: Channels of the picture.
    """

    def __init__(self, channels: Sequence[int], inputs: int) -> None:
        super().__init__()
        self.first = conv_norm(4 * inputs, channels[0])
        self.down = nn.ModuleList(
            nn.Sequential(conv_norm(above, here), conv_norm(here, here))
            for above, here in pairwise(channels)
        )
        self.up = nn.ModuleList(conv_norm(below + here, here) for here, below in pairwise(channels))
        self.last = nn.Conv2d(channels[0], 4, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Return one value for each pixel of x (N, C, H, W), whose sides divide by 2 a level."""
        x = self.first(F.pixel_unshuffle(x, 2))  # (N, channels, H / 2, W / 2)
        seen = [x]
        for layers in self.down:
            x = layers(F.max_pool2d(x, 2))  # half as high and wide as the level above
            seen.append(x)
        for above, layers in zip(reversed(seen[:-1]), reversed(self.up), strict=True):
            x = layers(torch.cat((F.interpolate(x, scale_factor=2.0), above), dim=1))
        return F.pixel_shuffle(self.last(x), 2)  # (N, 1, H, W)
