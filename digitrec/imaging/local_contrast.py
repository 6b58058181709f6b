"""What the network that finds ink sees: grey values, as far from the paper as the contrast near by.

Light and shade are subtracted, and weak contrast is made as strong as strong contrast, so that one
network serves for pale pencil in a shadow and for black ink on white.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.imaging.grey_conversion import strongest_contrast

__all__ = ["MIDDLE", "local_contrast"]

MIDDLE = 128
"""The grey level of what is as dark as the mean near by; also what lies beyond a picture."""

_REDUCED = 4  # light and contrast are measured on a copy that is so many times smaller
_NEAR = 4.0  # pixels of that copy, the standard deviation of "near by"
_LOCAL, _FAINTEST = 0.7, 3.0  # share of the local contrast beside the whole picture's; grey levels
_LEVELS = 40.0  # grey levels of a standard deviation


def local_contrast(pixels: Uint8Array) -> Uint8Array:
    """Return grey values (H, W), `MIDDLE` where a pixel is like the mean near by.

    Args:
        pixels: Shape (H, W) or (H, W, 3).
    """
    grey = strongest_contrast(pixels)
    height, width = grey.shape
    grey = grey - np.float32(grey.mean())
    small = max(1, width // _REDUCED), max(1, height // _REDUCED)
    mean, square = (
        ndimage.gaussian_filter(
            np.asarray(Image.fromarray(x).resize(small, Image.Resampling.BOX)),
            _NEAR, mode="nearest", truncate=2.5,
        )
        for x in (grey, grey * grey)
    )  # fmt: skip
    local = np.sqrt(np.maximum(square - mean * mean, 0))
    whole = float(grey.std())
    spread = _LOCAL * local + np.float32((1 - _LOCAL) * whole + _FAINTEST)
    level, gain = (
        np.asarray(Image.fromarray(x).resize((width, height), Image.Resampling.BILINEAR))
        for x in (mean, np.float32(_LEVELS) / spread)
    )
    seen: Float32Array = (grey - level) * gain + np.float32(MIDDLE + 0.5)
    return np.clip(seen, 0, 255).astype(np.uint8)
