"""Tells which ink that was taken for print may be a 1 drawn as straight as a printed line."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitrec.arrays import BoolArray, Float64Array, IntArray
from digitrec.imaging.components import bounding_boxes

__all__ = ["straight_ones"]

_DIGITS = 2  # so many digits are written: the side of a frame stands beside a single one
_TALL = 0.5  # a digit is at least this high, as a share of the highest
_NARROW = 3.0  # a 1 is so many times as high as wide
# Beside the nearest digit a 1 is
_HEIGHT = 0.75, 1.2  # as high, from and to, times the height of the digit,
_THICKNESS = 0.6, 1.6  # as thick, from and to, times the thickness of its strokes,
_LEVEL = 0.75  # on the same line, by this share of its own height,
_NEAR, _OVERLAP = 1.0, 0.25  # and not farther away, or more over it, times the digit's height.


def straight_ones(pieces: IntArray, written: BoolArray) -> BoolArray:
    """Return which pieces of ink are not surely written, but stand beside written digits as a 1.

    Args:
        pieces: Shape (H, W), the number of the piece at each pixel, from 1 on; 0 where no ink is.
        written: Shape (N,), which pieces are surely written.

    Returns:
        Shape (N,).
    """
    places = ndimage.find_objects(pieces)
    boxes = bounding_boxes(places).astype(np.float64)
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    digits = np.flatnonzero(written & (height > _TALL * height[written].max(initial=0)))
    ones = np.zeros(len(boxes), bool)
    if len(digits) < _DIGITS:
        return ones
    for number in np.flatnonzero(~written & (height > _NARROW * width)).tolist():
        nearest = _nearest_beside(boxes[number], boxes[digits])
        if nearest is None:
            continue
        digit = int(digits[nearest])
        one, other = (pieces[places[i]] == i + 1 for i in (number, digit))
        ones[number] = (
            _HEIGHT[0] <= height[number] / height[digit] <= _HEIGHT[1]
            and _THICKNESS[0] <= _thickness(one) / _thickness(other) <= _THICKNESS[1]
        )
    return ones


def _nearest_beside(box: Float64Array, digits: Float64Array) -> int | None:
    """Return which of the boxes of digits (N, 4) is the nearest on the same line, if one is near.

    box: (4,), left, top, right and bottom, as those of the digits.
    """
    left, top, right, bottom = digits.T
    gaps = np.maximum(left - box[2], box[0] - right)
    common = np.minimum(bottom, box[3]) - np.maximum(top, box[1])
    gaps[common < _LEVEL * (box[3] - box[1])] = np.inf
    nearest = int(gaps.argmin())
    height = bottom[nearest] - top[nearest]
    return nearest if -_OVERLAP * height <= gaps[nearest] <= _NEAR * height else None


def _thickness(ink: BoolArray) -> float:
    """Return about half the thickness of the strokes of a piece (h, w), in pixels."""
    ink = np.pad(ink, 1)
    return float(np.percentile(ndimage.distance_transform_edt(ink)[ink], 90))
