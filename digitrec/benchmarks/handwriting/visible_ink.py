"""Telling whether ink in a picture can be seen, so that what nobody can read is not measured."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitrec.arrays import BoolArray, Float32Array, Uint8Array

__all__ = ["is_visible"]

# A person sees ink that differs from the paper beside it by at least `_LEVELS` grey levels, and by
# at least `_NOISES` times the paper's noise.
_LEVELS, _NOISES = 8.0, 1.0
_PRINT = 2.0  # pixels this many times as far from the paper as most pixels beside ink are print


def is_visible(picture: Uint8Array, ink: Float32Array) -> bool:
    """Tell whether a person can see ink: in contrast to the paper beside it, and above its noise.

    Args:
        picture: uint8 (H, W) or (H, W, 3).
        ink: The share of each pixel that ink covers, (H, W).
    """
    touched = ndimage.binary_dilation(ink > 0.05)
    beside = ndimage.binary_dilation(touched, iterations=4) & ~touched
    covered = ink > 0.8 * ink.max(initial=0)
    if not covered.any() or not beside.any():
        return True  # blank, or ink everywhere
    channels = picture.reshape(*picture.shape[:2], -1).astype(np.float32)
    away = channels - _smooth(channels, beside)
    typical = np.median(np.abs(away[beside]), axis=0)
    printed = (np.abs(away) > _PRINT * typical + _LEVELS).any(axis=2)
    away = channels - _smooth(channels, beside & ~printed)
    contrast = float(np.abs(np.median(away[covered], axis=0)).max())
    # Print is not noise, and hardly moves the median. The factor makes it a standard deviation if
    # the noise is normal.
    noise = 1.4826 * float(np.median(np.abs(away[beside]), axis=0).min())
    return contrast >= max(_LEVELS, _NOISES * noise)


def _smooth(channels: Float32Array, where: BoolArray) -> Float32Array:
    """Return the mean of channels (H, W, C) near each pixel, of those pixels (H, W) alone."""
    sums = ndimage.gaussian_filter(channels * where[..., None], (4, 4, 0))
    smooth: Float32Array = (
        sums / (ndimage.gaussian_filter(where.astype(np.float32), 4) + 1e-6)[..., None]
    )
    return smooth
