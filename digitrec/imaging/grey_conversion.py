"""From colours to grey values: those in which ink stands out most."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.imaging.downscale import downscale

__all__ = ["strongest_contrasts"]

# The direction of the strongest contrast is found on a copy with this longer side.
_COARSE_SIDE = 64


def strongest_contrasts(pixels: Uint8Array) -> list[Float32Array]:
    """Project colours on the directions in which the detail of the picture varies most.

    For most pictures the first is near luminance; for red ink on green it is red against green.

    Args:
        pixels: Shape (H, W) or (H, W, 3).

    Returns:
        Arrays (H, W), of the strongest contrast first: one of a grey picture, two of another. Ink
        may be darker or lighter than its background.
    """
    if pixels.ndim == 2:
        return [pixels.astype(np.float32)]
    small = downscale(pixels, _COARSE_SIDE).astype(np.float32)
    # Light and shade may vary more than ink, but slowly: they are subtracted first.
    small -= ndimage.gaussian_filter(small, (_COARSE_SIDE / 8, _COARSE_SIDE / 8, 0))
    detail = small.reshape(-1, 3)
    directions = np.linalg.eigh(detail.T @ detail)[1]  # in columns, the strongest last
    return [
        pixels @ (one / np.abs(one).sum()).astype(np.float32)
        for one in (directions[:, -1], directions[:, -2])
    ]
