"""Random variation of training images: batched, on the images' own device."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from digitrec.config.choices import Affine, Augment, Handwriting, NoAugment

__all__ = ["affine", "augment", "handwriting"]


_KNOTS = 5  # along each side of an image, of the random places between which it wavers


def augment(images: Tensor, config: Augment, generator: Generator) -> Tensor:
    """Vary images (N, 1, 28, 28) in [0, 1] as the configuration says; the same shape and range.

    All that is random comes from ``generator``, a CPU one: its numbers are then the same on all
    devices.
    """
    if isinstance(config, NoAugment):
        return images
    if isinstance(config, Handwriting):
        return handwriting(images, config, generator)
    return affine(images, config, generator)


def affine(images: Tensor, config: Affine, generator: Generator) -> Tensor:
    """Rotate, scale, shear and shift each image of (N, 1, H, W) about its middle, bilinearly."""
    return _warp(images, _affine_maps(images, config, generator))


def handwriting(images: Tensor, config: Handwriting, generator: Generator) -> Tensor:
    """Vary images (N, 1, H, W) as hands and pens do."""
    maps = _affine_maps(images, config, generator)
    if config.elastic:
        maps = torch.cat((maps, _waver(images, config.elastic, generator)), dim=2)
    images = _warp(images, maps)
    # (4, N, 1, 1, 1), uniform in [0, 1): pen, blur, whether something is erased, how much.
    pen, blur, erased, spot = torch.rand(4, len(images), 1, 1, 1, generator=generator).to(
        images.device
    )
    if config.thickness:
        images = _thicken(images, (pen * 2 - 1) * config.thickness)
    if config.blur:
        images = torch.lerp(images, _over_3x3(images, torch.add) / 9, blur * config.blur)
    if config.erasure:
        kept = _outside_spot(images, 0.5 + spot, generator)
        images = torch.where(erased < config.erasure, images * kept, images)
    return images


def _affine_maps(images: Tensor, config: Affine, generator: Generator) -> Tensor:
    """Draw an affine map for each image: (N, 2, 3), from places in the result to the source."""
    count, _, height, width = images.shape
    # (6, N), uniform in [-1, 1): rotation, two scales, shear, two shifts.
    draws = torch.rand(6, count, generator=generator) * 2 - 1
    angle = draws[0] * math.radians(config.rotation)
    scale_x, scale_y = 1 + draws[1] * config.scale, 1 + draws[2] * config.scale
    shear = draws[3] * config.shear
    # Places are measured from -1 to 1 across the image.
    shift_x, shift_y = draws[4] * config.shift * 2 / width, draws[5] * config.shift * 2 / height
    cos, sin = angle.cos(), angle.sin()
    aspect = width / height  # a step of y is another than one of x in an image that is not square
    across = (cos / scale_x, (shear - sin) / scale_x / aspect, shift_x)
    rows = (*across, sin / scale_y * aspect, cos / scale_y, shift_y)
    return torch.stack(rows, dim=1).view(count, 2, 3)


def _waver(images: Tensor, size: float, generator: Generator) -> Tensor:
    """Draw a smooth random displacement for each image: (N, 2, `_KNOTS`²), its values at the knots.

    After the elastic distortions of Simard, Steinkraus & Platt 2003, with bicubic interpolation
    between few random values in place of a Gaussian filter over many.
    """
    height, width = images.shape[2:]
    draws = torch.randn(len(images), 2, _KNOTS**2, generator=generator)
    return draws * (size * 2 / torch.tensor([width, height]))[:, None]


def _warp(images: Tensor, maps: Tensor) -> Tensor:
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


def _thicken(images: Tensor, pixels: Tensor) -> Tensor:
    """Grow the ink on each side by part of a pixel, (N, 1, 1, 1); shrink it where that is below 0.

    Grey dilation by a square, and erosion, which is dilation of the ground.
    """
    sign = pixels.sign()
    ink = images * sign
    return torch.lerp(images, _over_3x3(ink, torch.maximum) * sign, pixels.abs())


def _over_3x3(images: Tensor, combine: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Combine each pixel with its 8 neighbours; several times faster than PyTorch's pooling."""
    padded = F.pad(images, (1, 1, 1, 1))
    rows = combine(combine(padded[..., :-2, :], padded[..., 1:-1, :]), padded[..., 2:, :])
    return combine(combine(rows[..., :-2], rows[..., 1:-1]), rows[..., 2:])


def _outside_spot(images: Tensor, radius: Tensor, generator: Generator) -> Tensor:
    """Return 0 within a round spot at random in each image, 1 outside, (N, 1, H, W)."""
    count, _, height, width = images.shape
    spot = torch.rand(2, count, 1, 1, 1, generator=generator).to(images.device)
    x = torch.arange(width, device=images.device) - spot[0] * width
    y = torch.arange(height, device=images.device)[:, None] - spot[1] * height
    return ((x * x + y * y).sqrt() - radius).clamp(0, 1)
