"""From colours to one grey value a pixel: the one in which ink stands out most."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.imaging.downscale import downscale

__all__ = ["ink_polarity", "strongest_contrast"]

# The direction of the strongest contrast is found on a copy with this longer side,
_COARSE_SIDE = 64
# and whether ink is darker than paper on one with this: detail is finer than this fraction of it.
_POLARITY_SIDE, _FINE = 512, 0.17


def strongest_contrast(pixels: Uint8Array) -> Float32Array:
    """Project colours on the direction in which the detail of the picture varies most.

    For most pictures that is near luminance; for red ink on green it is red against green.

    Args:
        pixels: Shape (H, W) or (H, W, 3).

    Returns:
        Shape (H, W); ink may be darker or lighter than its background, see `ink_polarity`.
    """
    if pixels.ndim == 2:
        return pixels.astype(np.float32)
    small = downscale(pixels, _COARSE_SIDE)[0].astype(np.float32)
    # Light and shade may vary more than ink, but slowly: they are subtracted first.
    small -= ndimage.gaussian_filter(small, (_COARSE_SIDE / 8, _COARSE_SIDE / 8, 0))
    detail = small.reshape(-1, 3)
    direction = np.linalg.eigh(detail.T @ detail)[1][:, -1]
    grey: Float32Array = pixels @ (direction / np.abs(direction).sum()).astype(np.float32)
    return grey


def ink_polarity(grey: Float32Array) -> int:
    """Return 1 where ink is lighter than its background, -1 where it is darker; grey: (H, W)."""
    fine, coarse = (downscale(grey, side)[0] for side in (_POLARITY_SIDE, _COARSE_SIDE))
    blur = _FINE * min(coarse.shape)
    background = ndimage.gaussian_filter(coarse, blur, mode="nearest", truncate=3.0)
    height, width = fine.shape
    detail = fine - np.asarray(Image.fromarray(background).resize((width, height)))
    # The edge of a shadow goes as far up on one side as down on the other. Cubes: a few strong
    # pixels are ink, many weak ones are the background between.
    return 1 if float((detail * detail * detail).sum()) > 0 else -1
