"""What differs far more from the paper than all else does: ink beside creases, patterns and shades.

The network that finds ink sees local contrast. On crumpled or patterned paper, what is pale may be
as large as strokes are, and outweighs them. Without all that is pale, a picture is a drawing.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.imaging.ink_search.copies import reduced_to_side

__all__ = ["without_pale"]

# Paper is measured on a copy with this longer side, as the median of squares of so many pixels.
_SIDE, _NEAR = 48, 9
_SMOOTH = 1.0  # pixels of that copy, the standard deviation of a blur of the medians
_DARK = 8.0  # grey levels added before light is compared: noise is large relative to darkness
# Strong ink has the contrast that this share of the picture does not reach.
_STRONGEST = 0.995
# What has less contrast than the first share of that is paper; from the second on, ink is full.
_PALE, _FULL = 0.45, 0.85


def without_pale(pixels: Uint8Array) -> Uint8Array:
    """Return a drawing of what differs most from the paper near by, dark on white.

    Args:
        pixels: Shape (H, W) or (H, W, 3).

    Returns:
        Shape (H, W): of what is darker than the paper, or of what is lighter, whichever differs
        more. The channel that differs most counts.
    """
    darker, lighter = (np.zeros(pixels.shape[:2], np.float32) for _ in range(2))
    for channel in np.moveaxis(pixels.reshape(*pixels.shape[:2], -1), 2, 0):
        light = (channel + np.float32(_DARK)) / (_paper(channel) + np.float32(_DARK))
        np.maximum(darker, 1 - light, out=darker)
        np.maximum(lighter, 1 - 1 / light, out=lighter)
    strongest, contrast = max(
        ((float(np.quantile(one, _STRONGEST)), one) for one in (darker, lighter)),
        key=lambda one: one[0],
    )
    share = (contrast / np.float32(max(strongest, 1e-6)) - _PALE) / (_FULL - _PALE)
    drawing: Uint8Array = (255 - 255 * np.clip(share, 0, 1)).astype(np.uint8)
    return drawing


def _paper(channel: Uint8Array) -> Float32Array:
    """Return the level of the paper near each pixel of a channel (H, W)."""
    small, _ = reduced_to_side(channel, _SIDE)
    near = ndimage.median_filter(small, _NEAR, mode="nearest").astype(np.float32)
    smooth = Image.fromarray(ndimage.gaussian_filter(near, _SMOOTH, mode="nearest"))
    size = channel.shape[1], channel.shape[0]
    return np.asarray(smooth.resize(size, Image.Resampling.BILINEAR))
