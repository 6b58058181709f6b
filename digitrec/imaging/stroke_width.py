"""The mean width of the strokes of ink."""

from __future__ import annotations

import math

import numpy as np

from digitrec.arrays import BoolArray

__all__ = ["mean_stroke_width"]


def mean_stroke_width(ink: BoolArray) -> float:
    """Return the mean width of strokes in pixels, 0 where there is no ink; ink: (H, W).

    It is the area divided by half the length of the edges. For strokes in all directions that
    length is π/4 of the edges counted along rows and columns.
    """
    edge = np.count_nonzero(np.diff(ink, axis=0)) + np.count_nonzero(np.diff(ink, axis=1))
    return 8 / math.pi * int(np.count_nonzero(ink)) / max(int(edge), 1)
