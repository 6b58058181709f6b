"""Which pieces taken for print may be digits that were drawn as straight as printed lines.

These are a 1 like an upright line, and a 7 like the corner of a frame.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitrec.arrays import BoolArray, Float64Array, IntArray
from digitrec.imaging.components import bounding_boxes, component_boxes

__all__ = ["straight_ones", "straight_sevens"]

_DIGITS = 2  # written digits beside a 1 at least: the side of a frame stands beside a single one
_TALL = 0.5  # a digit is at least this high, as a share of the highest
_NARROW = 3.0  # a 1 is more than this many times as high as wide
_WIDE = 1.3  # times as wide as high: more than a digit
_FULL = 0.8  # share of a side along which a frame or a comb has ink
_BAND = 0.15  # thickness of the sides, as a share of the height
# A straight digit is like the nearest written one. Least and largest, relative to that digit:
_HEIGHT = 0.75, 1.2
_THICKNESS = 0.6, 1.6  # of the strokes
_LEVEL = 0.75  # share of its own height that lies between the digit's top and bottom, at least
_NEAR, _OVERLAP = 1.0, 0.25  # gap to the digit, or overlap, in heights of the digit, at most


def straight_ones(pieces: IntArray, written: BoolArray) -> BoolArray:
    """Return which pieces that are not surely written stand beside written digits as a 1 would.

    Args:
        pieces: Shape (H, W), the number of the piece at each pixel, from 1 on; 0 where no ink is.
        written: Shape (N,), which pieces are surely written.

    Returns:
        Shape (N,).
    """
    boxes = component_boxes(pieces)
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    asked = ~written & (height > _NARROW * width)
    return _like_digits_beside(pieces, written, asked, _DIGITS)


def straight_sevens(pieces: IntArray, written: BoolArray) -> BoolArray:
    """Return which pieces that are not surely written stand beside written digits as a 7 would.

    Other straight digits are found, too; the corner of a frame with a side along its foot is not.

    Args:
        pieces: As for `straight_ones`.
        written: Likewise.

    Returns:
        Shape (N,).
    """
    places = ndimage.find_objects(pieces)
    boxes = bounding_boxes(places)
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    asked = ~written & (height <= _NARROW * width) & (width <= _WIDE * height)
    sevens = _like_digits_beside(pieces, written, asked, 1)
    for number in np.flatnonzero(sevens).tolist():
        sevens[number] = not _has_foot_and_side(pieces[places[number]] == number + 1)
    return sevens


def _has_foot_and_side(piece: BoolArray) -> bool:
    """Tell whether a piece (h, w) has ink along its foot, and along its left or right side."""
    band = max(1, round(_BAND * len(piece)))
    foot = piece[-band:].any(axis=0)
    sides = piece[:, :band].any(axis=1), piece[:, -band:].any(axis=1)
    return bool(foot.mean() > _FULL and any(side.mean() > _FULL for side in sides))


def _like_digits_beside(
    pieces: IntArray, written: BoolArray, asked: BoolArray, least: int
) -> BoolArray:
    """Return which of the pieces asked about, (N,), stand beside written digits and are like them.

    least: the number of written digits, below which nothing is found.
    """
    places = ndimage.find_objects(pieces)
    boxes = bounding_boxes(places).astype(np.float64)
    height = boxes[:, 3] - boxes[:, 1]
    digits = np.flatnonzero(written & (height > _TALL * height[written].max(initial=0)))
    alike = np.zeros(len(boxes), bool)
    if len(digits) < least:
        return alike
    for number in np.flatnonzero(asked).tolist():
        nearest = _nearest_beside(boxes[number], boxes[digits])
        if nearest is None:
            continue
        digit = int(digits[nearest])
        one, other = (pieces[places[i]] == i + 1 for i in (number, digit))
        alike[number] = (
            _HEIGHT[0] <= height[number] / height[digit] <= _HEIGHT[1]
            and _THICKNESS[0] <= _thickness(one) / _thickness(other) <= _THICKNESS[1]
        )
    return alike


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
