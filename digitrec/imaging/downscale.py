"""Smaller copies of pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

__all__ = ["downscale", "reduced"]

Pixels = npt.NDArray[Any]


def downscale(picture: Pixels | Image.Image, side: int) -> Pixels:
    """Reduce a picture by the smallest whole factor that leaves no side longer than ``side``.

    Args:
        picture: An image, or an array (H, W) or (H, W, C) that Pillow takes.
        side: In pixels.

    Returns:
        The means over squares of pixels; with a factor of 1 the pixels themselves.
    """
    size = picture.shape[:2] if isinstance(picture, np.ndarray) else picture.size
    return reduced(picture, -(-max(size) // side))


def reduced(picture: Pixels | Image.Image, factor: int) -> Pixels:
    """Return the means over squares of a picture, of ``factor`` pixels on each side.

    Args:
        picture: As for `downscale`.
        factor: With 1, the pixels themselves are returned.
    """
    if factor > 1:
        image = Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture
        picture = image.reduce(factor)
    return np.asarray(picture)
