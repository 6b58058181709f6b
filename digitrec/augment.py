"""Random variation of training images: batched, on the images' own device."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from digitrec.config import Affine, Augment, NoAugment

__all__ = ["affine", "augment"]


def augment(images: Tensor, config: Augment, generator: Generator) -> Tensor:
    """Vary images (N, 1, 28, 28) in [0, 1] as the configuration says; the same shape and range.

    All that is random comes from ``generator``, a CPU one: its numbers are then the same on all
    devices.
    """
    if isinstance(config, NoAugment):
        return images
    return affine(images, config, generator)


def affine(images: Tensor, config: Affine, generator: Generator) -> Tensor:
    """Rotate, scale, shear and shift each image of (N, 1, H, W) about its middle, bilinearly."""
    count, _, height, width = images.shape
    # (6, N), uniform in [-1, 1): rotation, two scales, shear, two shifts.
    draws = torch.rand(6, count, generator=generator) * 2 - 1
    angle = draws[0] * math.radians(config.rotation)
    scale_x, scale_y = 1 + draws[1] * config.scale, 1 + draws[2] * config.scale
    shear = draws[3] * config.shear
    # grid_sample measures from -1 to 1 across the image.
    shift_x, shift_y = draws[4] * config.shift * 2 / width, draws[5] * config.shift * 2 / height
    cos, sin = angle.cos(), angle.sin()
    # Each row tells where in the source a pixel of the result comes from: the inverse map.
    rows = (cos / scale_x, (shear - sin) / scale_x, shift_x, sin / scale_y, cos / scale_y, shift_y)
    maps = torch.stack(rows, dim=1).view(count, 2, 3).to(images.device, images.dtype)
    grid = F.affine_grid(maps, list(images.shape), align_corners=False)  # (N, H, W, 2)
    return F.grid_sample(images, grid, align_corners=False)
