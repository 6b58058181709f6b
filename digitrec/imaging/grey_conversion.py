"""From colours to one grey value a pixel: the one in which ink stands out most."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.imaging.downscale import downscale

__all__ = ["strongest_contrast"]

# The direction of the strongest contrast is found on a copy with this longer side.
_COARSE_SIDE = 64


def strongest_contrast(pixels: Uint8Array) -> Float32Array:
    """Project colours on the direction in which the detail of the picture varies most.

    For most pictures that is near luminance; for red ink on green it is red against green.

    Args:
        pixels: Shape (H, W) or (H, W, 3).

    Returns:
        Shape (H, W); ink may be darker or lighter than its background.
    """
    if pixels.ndim == 2:
        return pixels.astype(np.float32)
    small = downscale(pixels, _COARSE_SIDE).astype(np.float32)
    # Light and shade may vary more than ink, but slowly: they are subtracted first.
    small -= ndimage.gaussian_filter(small, (_COARSE_SIDE / 8, _COARSE_SIDE / 8, 0))
    detail = small.reshape(-1, 3)
    direction = np.linalg.eigh(detail.T @ detail)[1][:, -1]
    grey: Float32Array = pixels @ (direction / np.abs(direction).sum()).astype(np.float32)
    return grey
