"""Tells pictures of nothing but noise, in whose blobs one could see digits."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitrec.arrays import Uint8Array
from digitrec.imaging.downscale import downscale
from digitrec.imaging.grey_conversion import ink_polarity, strongest_contrast

__all__ = ["is_noise"]

_SIDE = 256  # pixels of the longer side of the copy that is looked at
_WINDOW = 0.35  # of the longer side: wider than any stroke
_PAPER = 0.25  # at least this fraction of a picture is paper, which the least raised pixels are
# In noise the spots that stand out most are about as far above the paper's level as the paper's own
# lightest spots are below: 7 times as far at most, blurred or not. On the noisiest of the papers in
# the tests ink is 47 times as far above.
_ONE_SIDED = 12.0


def is_noise(pixels: Uint8Array) -> bool:
    """Tell whether nothing in a picture, (H, W) or (H, W, 3), stands out to one side alone.

    Ink does: it is darker than the paper, or lighter, and the paper has no spots that are as much
    lighter, or darker. Noise goes both ways.
    """
    grey = strongest_contrast(downscale(pixels, _SIDE)[0])
    bright = ink_polarity(grey) * ndimage.gaussian_filter(grey, 1.0, truncate=2.0)
    window = max(int(_WINDOW * max(bright.shape)), 3)
    # Beyond the border the picture goes on as it is there.
    padded = np.pad(bright, window, mode="edge")
    raised = ndimage.white_tophat(padded, size=(window, window))[window:-window, window:-window]
    level = float(np.quantile(raised, _PAPER))
    return float(raised.max()) - level < _ONE_SIDED * level
