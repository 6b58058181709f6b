"""Tells which ink on a plain background may have been printed: frames, rules, combs, blocks, words.

It only asks the question, by the shapes of connected pieces, so that drawings need not wait for the
network that answers it, and so that the network has no say where nobody would doubt.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from digitrec.arrays import BoolArray, FloatArray, IntArray, Uint8Array
from digitrec.imaging.downscale import downscale

__all__ = ["may_be_marks", "may_be_printed"]

_SIDE, _PAGE_SIDE = 96, 512  # pixels of the longer side of the copy that is looked at
_FAINT = 0.1  # of the strongest ink
_SMALL = 3  # pixels of a piece that is too small to tell anything
_FLAT = 4.0  # times as wide as high, or as high as wide: a line
_TALLER = 1.6  # times as high as the other ink: no 1
_SPECK = 2.5  # times as high as a line is thick: lower ink is a speck, that says nothing of a line
_FULL = 0.86  # share of a side of a piece's bounding box along which there is ink
_LEVEL, _THIN = 0.95, 0.08  # length of a level line, thickness of a thin one: shares of its piece
_NARROW = 0.5  # times as wide as high: a line across it tells nothing
_BAND = 0.12  # thickness of the sides, as a share of the bounding box
_MANY = 4  # pieces that a digit has not
_SOLID = 0.85  # share of its bounding box that a block fills
_MARK_HEIGHT, _MARK_WIDTH = 0.3, 0.8  # of a digit's height: a dot or a dash is lower and narrower
_WIDE = 1.3  # times as wide as high: more than a digit


def may_be_printed(ink: Uint8Array, *, page: bool) -> bool:
    """Tell whether some of the ink may have been printed, by a glance at a small copy.

    Args:
        ink: Shape (H, W), 0 on a background of one exact colour.
        page: Whether there may be many digits.
    """
    small = downscale(ink, _PAGE_SIDE if page else _SIDE)[0]
    faint = _FAINT * float(small.max())
    # A pixel of the copy at its border may hold ink that does not reach the border of the picture.
    reached = tuple(bool(side.max() > faint) for side in (ink[0], ink[-1], ink[:, 0], ink[:, -1]))
    return _is_doubted(small > faint, page, reached)


def _is_doubted(ink: BoolArray, page: bool, reached: Sequence[bool]) -> bool:
    """Tell whether one of the connected pieces of ink (H, W) may have been printed.

    page: as above; else many pieces are print beside a digit. reached: whether ink at the top,
    bottom, left and right of this copy is at the border of the picture.
    """
    numbers, count = ndimage.label(ink, structure=np.ones((3, 3)))
    if count == 0:
        return False
    places = ndimage.find_objects(numbers)
    boxes = np.array([[r.start, c.start, r.stop, c.stop] for r, c in places])
    large = (boxes[:, 2:] - boxes[:, :2]).max(axis=1) >= _SMALL
    if not page and count > _MANY:
        return True
    if page:
        large &= ~may_be_marks(boxes)
    thick = np.bincount(numbers.ravel())[1:] / (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    if ((_around_others(boxes) | _lines(boxes, thick, ink.shape)) & large).any():
        return True
    for number in np.flatnonzero(large).tolist():
        piece = numbers[places[number]] == number + 1
        at_border = _at_border(boxes[number], ink.shape)
        border = [here and there for here, there in zip(at_border, reached, strict=True)]
        if _has_straight_sides(piece, border) or _has_level_line(piece):
            return True
    return False


def may_be_marks(boxes: IntArray) -> BoolArray:
    """Return which pieces may be dots and dashes beside digits; none where most are small.

    Args:
        boxes: Shape (N, 4), top, left, bottom and right of each.
    """
    height, width = (boxes[:, 2:] - boxes[:, :2]).astype(float).T
    digit = float(np.percentile(height, 75))
    marks: BoolArray = (height < _MARK_HEIGHT * digit) & (width < _MARK_WIDTH * digit)
    return marks if 2 * np.count_nonzero(marks) <= len(marks) else np.zeros_like(marks)


def _around_others(boxes: IntArray) -> BoolArray:
    """Return which bounding boxes (N, 4) hold others."""
    low, high = boxes[:, None, :2], boxes[:, None, 2:]
    holds = (low <= boxes[None, :, :2]).all(axis=2) & (high >= boxes[None, :, 2:]).all(axis=2)
    around: BoolArray = holds.sum(axis=1) > 1
    return around


def _at_border(box: IntArray, shape: tuple[int, ...]) -> tuple[bool, bool, bool, bool]:
    """Return whether a bounding box is at the top, bottom, left and right border."""
    top, left, bottom, right = box.tolist()
    return top == 0, bottom == shape[0], left == 0, right == shape[1]


def _lines(boxes: IntArray, thick: FloatArray, shape: tuple[int, ...]) -> BoolArray:
    """Return which pieces are level lines, or upright ones that are no 1.

    thick: (N,), the mean thickness of each, if it is a line.
    """
    height, width = (boxes[:, 2:] - boxes[:, :2]).astype(float).T
    level, upright = width > _FLAT * height, height > _FLAT * width
    others = height[~upright & ~level]
    # A 1 is as high as other digits. One that is alone fills a crop, or stands free in a picture.
    highest = float(others.max(initial=0))
    tall = (height > _TALLER * highest) & (highest > _SPECK * thick)
    ends = (boxes[:, 0] == 0) | (boxes[:, 2] == shape[0])
    beside = (boxes[:, 1] == 0) | (boxes[:, 3] == shape[1])
    beyond = (ends | beside) & (shape[1] > _FLAT * width)
    lines: BoolArray = level | (upright & (tall | beyond))
    return lines


def _has_level_line(piece: BoolArray) -> bool:
    """Tell whether a piece (h, w) has a thin level line, about as long as it is wide."""
    height, width = piece.shape
    if width < max(_SMALL, _NARROW * height):
        return False
    length = max(2, round(_LEVEL * width))
    before = np.cumsum(np.pad(piece, ((0, 0), (1, 0))), axis=1)
    rows = (before[:, length:] - before[:, :-length] == length).any(axis=1)
    return bool(0 < np.count_nonzero(rows) <= max(1, _THIN * height))


def _has_straight_sides(piece: BoolArray, border: Sequence[bool]) -> bool:
    """Tell whether a piece (h, w) fills two sides of its bounding box, or nearly all of it."""
    height, width = piece.shape
    if min(height, width) < _SMALL or max(height, width) > _FLAT * min(height, width):
        return False
    down, across = max(1, round(_BAND * height)), max(1, round(_BAND * width))
    sides = (
        piece[:down].any(axis=0), piece[-down:].any(axis=0),
        piece[:, :across].any(axis=1), piece[:, -across:].any(axis=1),
    )  # fmt: skip
    full = [float(side.mean()) > _FULL for side in sides]
    beyond = any(here and there for here, there in zip(full, border, strict=True))
    wide_foot = width > _WIDE * height and any(full)
    return sum(full) >= 2 or beyond or wide_foot or float(piece.mean()) > _SOLID
