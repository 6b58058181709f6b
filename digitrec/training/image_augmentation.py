"""How images are warped, thickened, blurred and partly erased: batched, on their own device.

Which of these a run uses, and how much, is one of `digitrec.training.augmentations`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

__all__ = ["affine_maps", "blur", "elastic_maps", "erase_spot", "thicken", "warp"]


_KNOTS = 5  # along each side of an image, the points where a displacement is drawn at random


def affine_maps(
    images: Tensor, generator: Generator, rotation: float, scale: float, shear: float, shift: float
) -> Tensor:
    """Draw an affine map for each image, from places in the result to places in the source.

    Args:
        images: (N, 1, H, W).
        generator: On the CPU.
        rotation: In degrees, at most; each value is drawn uniformly in either direction.
        scale: Part of the size, along each axis by itself.
        shear: Pixels to the side for each pixel of height.
        shift: Pixels, along each axis by itself.

    Returns:
        (N, 2, 3) weights of x, y and 1 for `warp`.
    """
    count, _, height, width = images.shape
    # (6, N), uniform in [-1, 1): rotation, two scales, shear, two shifts.
    draws = torch.rand(6, count, generator=generator) * 2 - 1
    angle = draws[0] * math.radians(rotation)
    scale_x, scale_y = 1 + draws[1] * scale, 1 + draws[2] * scale
    slant = draws[3] * shear
    # Places are measured from -1 to 1 across the image.
    shift_x, shift_y = draws[4] * shift * 2 / width, draws[5] * shift * 2 / height
    cos, sin = angle.cos(), angle.sin()
    aspect = width / height  # a step of y is another than one of x in an image that is not square
    across = (cos / scale_x, (slant - sin) / scale_x / aspect, shift_x)
    rows = (*across, sin / scale_y * aspect, cos / scale_y, shift_y)
    return torch.stack(rows, dim=1).view(count, 2, 3)


def elastic_maps(images: Tensor, generator: Generator, size: float) -> Tensor:
    """Draw a smooth random displacement for each image: (N, 2, `_KNOTS`²), its values at the knots.

    Its standard deviation at a knot is ``size`` pixels.

    After the elastic distortions of Simard, Steinkraus & Platt 2003, with bicubic interpolation
    between few random values in place of a Gaussian filter over many.
    """
    height, width = images.shape[2:]
    draws = torch.randn(len(images), 2, _KNOTS**2, generator=generator)
    return draws * (size * 2 / torch.tensor([width, height]))[:, None]


def warp(images: Tensor, maps: Tensor) -> Tensor:
    """Take each pixel of the result from where ``maps`` (N, 2, K) says, as weights of `_basis`."""
    count, _, height, width = images.shape
    basis = _basis(height, width)[: maps.shape[2]]  # (K, H * W)
    places = (maps.flatten(0, 1) @ basis).view(count, 2, height, width)
    grid = places.permute(0, 2, 3, 1).to(images.device, images.dtype)  # (N, H, W, 2)
    return F.grid_sample(images, grid, align_corners=False)


@lru_cache
def _basis(height: int, width: int) -> Tensor:
    """Functions of the place in an image, (3 + `_KNOTS`², H * W): x, y, 1, and a bump a knot."""
    x = ((torch.arange(width) + 0.5) * 2 / width - 1).expand(height, width)
    y = ((torch.arange(height) + 0.5) * 2 / height - 1)[:, None].expand(height, width)
    knots = torch.eye(_KNOTS**2).view(1, _KNOTS**2, _KNOTS, _KNOTS)
    bumps = F.interpolate(knots, (height, width), mode="bicubic", align_corners=True)[0]
    return torch.cat((torch.stack((x, y, torch.ones(height, width))), bumps)).flatten(1)


def thicken(images: Tensor, pixels: Tensor) -> Tensor:
    """Grow the ink on each side by a part of a pixel (N, 1, 1, 1), or shrink it if negative.

    Grey dilation by a square, and erosion, which is dilation of the background.
    """
    sign = pixels.sign()
    ink = images * sign
    return torch.lerp(images, _over_3x3(ink, torch.maximum) * sign, pixels.abs())


def _over_3x3(images: Tensor, combine: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Combine each pixel with its 8 neighbours; several times faster than PyTorch's pooling."""
    padded = F.pad(images, (1, 1, 1, 1))
    rows = combine(combine(padded[..., :-2, :], padded[..., 1:-1, :]), padded[..., 2:, :])
    return combine(combine(rows[..., :-2], rows[..., 1:-1]), rows[..., 2:])


def blur(images: Tensor, amount: Tensor) -> Tensor:
    """Go an amount (N, 1, 1, 1), from 0 to 1, of the way to the mean of 3×3 pixels."""
    return torch.lerp(images, _over_3x3(images, torch.add) / 9, amount)


def erase_spot(images: Tensor, radius: Tensor, generator: Generator) -> Tensor:
    """Erase a round spot at a random place of each image.

    Args:
        images: (N, 1, H, W).
        radius: (N, 1, 1, 1), in pixels.
        generator: On the CPU.
    """
    count, _, height, width = images.shape
    spot = torch.rand(2, count, 1, 1, 1, generator=generator).to(images.device)
    x = torch.arange(width, device=images.device) - spot[0] * width
    y = torch.arange(height, device=images.device)[:, None] - spot[1] * height
    return images * ((x * x + y * y).sqrt() - radius).clamp(0, 1)
