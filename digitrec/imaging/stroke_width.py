"""How wide the strokes of ink are."""

from __future__ import annotations

import math

import numpy as np

from digitrec.arrays import BoolArray

__all__ = ["mean_width"]


def mean_width(ink: BoolArray) -> float:
    """Mean width in pixels of the strokes in a picture (H, W); 0 where there is no ink.

    Of strokes in any direction: their area by half the length of their edges, which is π/4 of what
    is counted along rows and columns.
    """
    edge = np.count_nonzero(np.diff(ink, axis=0)) + np.count_nonzero(np.diff(ink, axis=1))
    return 8 / math.pi * int(np.count_nonzero(ink)) / max(int(edge), 1)
