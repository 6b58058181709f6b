"""Compression artefacts: the ringing that JPEG, or a sharp resampling, leaves beside strokes."""

from __future__ import annotations

import numpy as np

from digitrec.arrays import Uint8Array
from digitrec.imaging.ink_box import InkBox

__all__ = ["remove_compression_artefacts"]

# The soft edge of a stroke only rises towards it, but ringing peaks again and again. Only faint
# peaks, below this fraction of the strongest ink, are looked at.
_FAINT_PEAK = 0.25
# Faint peaks are ringing if there are at least this many, and their median is at most this fraction
# of the strongest ink: faint strokes peak higher.
_MIN_PEAKS = 16
_MAX_MEDIAN = 0.085
# The highest peak of ringing is 2.5 to 3 times the median, at JPEG's qualities 75 to 95.
_HIGHEST_PEAK = 3


def remove_compression_artefacts(ink: Uint8Array, box: InkBox) -> Uint8Array:
    """Remove the faint ringing beside strokes, which would make the ink several pixels larger.

    Args:
        ink: Shape (H, W), 0 on a background of one exact colour.
        box: The bounding box of what is above 0.

    Returns:
        The ink; the same array if there is no ringing.
    """
    part = _with_ring(ink, box)
    strongest = int(part.max())
    peaks = _faint_peaks(part, strongest)
    if len(peaks) < _MIN_PEAKS:
        return ink
    median = float(np.median(peaks))
    if median > _MAX_MEDIAN * strongest:
        return ink
    return np.where(ink > _HIGHEST_PEAK * median, ink, np.uint8(0))


def _with_ring(ink: Uint8Array, box: InkBox) -> Uint8Array:
    """Return the part of ink in its bounding box, and a ring of 0 around it.

    Where there is no such ring, all is returned.
    """
    if min(box.left, box.top) == 0:
        return ink
    if box.right == ink.shape[1] or box.bottom == ink.shape[0]:
        return ink
    part = ink[box.top - 1 : box.bottom + 1, box.left - 1 : box.right + 1]
    return np.ascontiguousarray(part)


def _faint_peaks(ink: Uint8Array, strongest: int) -> Uint8Array:
    """Return the levels of faint pixels that are above all 8 neighbours; none if there are few."""
    width = ink.shape[1]
    # 0 - 1 wraps to 255: one comparison finds what is above 0 and at most the limit.
    peaks = np.flatnonzero(ink - np.uint8(1) < np.uint8(_FAINT_PEAK * strongest))
    peaks = peaks[(peaks > width) & (peaks < ink.size - width - 1)]
    flat = ink.ravel()
    # The plateaus of enlarged pixels are not peaks.
    for step in (1, width, width + 1, width - 1):
        here = flat[peaks]
        peaks = peaks[(here > flat[peaks - step]) & (here > flat[peaks + step])]
        if len(peaks) < _MIN_PEAKS:  # nearly always true after the first direction
            return flat[:0]
    levels: Uint8Array = flat[peaks]
    return levels
