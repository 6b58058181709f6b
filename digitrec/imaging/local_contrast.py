"""What the network that finds ink sees: grey values relative to the mean and contrast near by.

Light and shade are subtracted, and weak contrast is made as strong as strong contrast, so that one
network serves for pale pencil in a shadow and for black ink on white.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.imaging.grey_conversion import strongest_contrasts

__all__ = ["MIDDLE", "local_contrast"]

MIDDLE = 128
"""The grey level of what is as dark as the mean near by; also what lies beyond a picture."""

_REDUCED = 4  # light and contrast are measured on a copy that is this many times smaller
_NEAR = 4.0  # pixels of that copy, the standard deviation of "near by"
# The contrast by which differences are divided is a mean of the local one, weighted by `_LOCAL`,
# and that of the whole picture, plus `_FAINTEST` grey levels.
_LOCAL, _FAINTEST = 0.7, 3.0
_LEVELS = 40.0  # grey levels of a standard deviation


def local_contrast(pixels: Uint8Array) -> Uint8Array:
    """Return two contrasts of each pixel, (2, H, W), `MIDDLE` where it is like the mean near by.

    The first is along the direction of colours in which the picture varies most. The second is
    across it, which shows what is as dark as ink but has another colour. Both have the same scale,
    in grey levels for a standard deviation. For a grey picture, the second is `MIDDLE` everywhere.

    Args:
        pixels: Shape (H, W) or (H, W, 3).
    """
    seen = np.full((2, *pixels.shape[:2]), MIDDLE, np.uint8)
    grey, *colours = strongest_contrasts(pixels)
    grey -= np.float32(grey.mean())
    mean, square = _near(grey), _near(grey * grey)
    local = np.sqrt(np.maximum(square - mean * mean, 0))
    spread = _LOCAL * local + np.float32((1 - _LOCAL) * float(grey.std()) + _FAINTEST)
    gain = _enlarged((np.float32(_LEVELS) / spread).astype(np.float32), grey.shape)
    seen[0] = _levels(grey, mean, gain)
    for colour in colours:
        seen[1] = _levels(colour, _near(colour), gain)
    return seen


def _near(values: Float32Array) -> Float32Array:
    """Return the mean of values (H, W) near by, on a smaller copy."""
    height, width = values.shape
    small = max(1, width // _REDUCED), max(1, height // _REDUCED)
    copy = np.asarray(Image.fromarray(values).resize(small, Image.Resampling.BOX))
    mean: Float32Array = ndimage.gaussian_filter(copy, _NEAR, mode="nearest", truncate=2.5)
    return mean


def _enlarged(values: Float32Array, shape: tuple[int, ...]) -> Float32Array:
    size = shape[1], shape[0]
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BILINEAR))


def _levels(values: Float32Array, mean: Float32Array, gain: Float32Array) -> Uint8Array:
    """Return grey levels (H, W): `MIDDLE`, plus the values' distance from a mean times a gain."""
    seen = (values - _enlarged(mean, values.shape)) * gain + np.float32(MIDDLE + 0.5)
    levels: Uint8Array = np.clip(seen, 0, 255).astype(np.uint8)
    return levels
