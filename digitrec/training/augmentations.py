"""The random variations of training images that can be chosen, with their settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digitrec.config.checks import check, check_fraction
from digitrec.config.groups import Augmentation
from digitrec.config.registry import register

if TYPE_CHECKING:
    from torch import Generator, Tensor

__all__ = ["Handwriting"]


@register("none")
@dataclass(frozen=True, kw_only=True)
class NoAugmentation(Augmentation):
    """The images as they are."""

    def __call__(self, images: Tensor, generator: Generator) -> Tensor:
        """Return the images."""
        return images


@register("affine")
@dataclass(frozen=True, kw_only=True)
class Affine(Augmentation):
    """Random affine maps; each setting is the largest value in either direction, drawn uniformly.

    Attributes:
        rotation: Degrees.
        scale: Part of the size, along each axis by itself.
        shear: Slant, in pixels to the side for each pixel of height.
        shift: Pixels, along each axis by itself.
    """

    rotation: float = 10.0
    scale: float = 0.1
    shear: float = 0.1
    shift: float = 2.0

    def __post_init__(self) -> None:
        check(0 <= self.rotation <= 180, "augment.rotation", "0 to 180 degrees", self.rotation)
        check_fraction("augment.scale", self.scale)
        check(0 <= self.shear <= 2, "augment.shear", "from 0 to 2", self.shear)
        check(0 <= self.shift <= 14, "augment.shift", "from 0 to 14 pixels", self.shift)

    def __call__(self, images: Tensor, generator: Generator) -> Tensor:
        """Rotate, scale, shear and shift each image about its middle, bilinearly."""
        from digitrec.training.image_augmentation import affine_maps, warp

        maps = affine_maps(images, generator, self.rotation, self.scale, self.shear, self.shift)
        return warp(images, maps)


@register("handwriting")
@dataclass(frozen=True, kw_only=True)
class Handwriting(Affine):
    """Variation between hands and pens: affine maps, wavering lines, thickness, blur, gaps.

    Attributes:
        elastic: Pixels by which places waver, as a standard deviation.
        thickness: Part of a pixel by which lines grow or shrink on each side, at most.
        blur: Part of the way to the mean of 3×3 pixels, at most.
        erasure: Part of the images from which a spot is erased.
    """

    shear: float = 0.15
    shift: float = 1.5
    elastic: float = 0.5
    thickness: float = 0.3
    blur: float = 0.3
    erasure: float = 0.03

    def __post_init__(self) -> None:
        super().__post_init__()
        check(0 <= self.elastic <= 5, "augment.elastic", "from 0 to 5 pixels", self.elastic)
        check_fraction("augment.thickness", self.thickness)
        check_fraction("augment.blur", self.blur)
        check_fraction("augment.erasure", self.erasure)

    def __call__(self, images: Tensor, generator: Generator) -> Tensor:
        """Vary images as hands and pens do."""
        import torch

        from digitrec.training.image_augmentation import (
            affine_maps,
            blur,
            elastic_maps,
            erase_spot,
            thicken,
            warp,
        )

        maps = affine_maps(images, generator, self.rotation, self.scale, self.shear, self.shift)
        if self.elastic:
            maps = torch.cat((maps, elastic_maps(images, generator, self.elastic)), dim=2)
        images = warp(images, maps)
        # (4, N, 1, 1, 1), uniform in [0, 1): thickness, blur, whether a spot is erased, its size.
        pen, blurred, erased, spot = torch.rand(4, len(images), 1, 1, 1, generator=generator).to(
            images.device
        )
        if self.thickness:
            images = thicken(images, (pen * 2 - 1) * self.thickness)
        if self.blur:
            images = blur(images, blurred * self.blur)
        if self.erasure:
            without = erase_spot(images, 0.5 + spot, generator)
            images = torch.where(erased < self.erasure, without, images)
        return images
