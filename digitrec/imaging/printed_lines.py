"""Tells which ink on a plain background may have been printed: frames, rules, combs, blocks, words.

It only asks the question, by the shapes of connected pieces, so that drawings need not wait for the
network that answers it, and so that the network has no say where nobody would doubt.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from digitrec.arrays import BoolArray, IntArray, Uint8Array
from digitrec.imaging.downscale import downscale

__all__ = ["may_be_printed", "pieces_of_ink"]

_SIDE, _PAGE_SIDE = 96, 512  # pixels of the longer side of the copy that is looked at
_FAINT = 0.1  # of the strongest ink
_SMALL = 3  # pixels of a piece that is too small to tell anything
_FLAT = 4.0  # times as wide as high, or as high as wide: a line
_TALLER = 1.6  # times as high as the other ink: no 1
_FULL = 0.86  # share of a side of a piece's bounding box along which there is ink
_BAND = 0.12  # thickness of the sides, as a share of the bounding box
_MANY = 4  # pieces that a digit has not
_SOLID = 0.85  # share of its bounding box that a block fills
_MARK_HEIGHT, _MARK_WIDTH = 0.3, 0.8  # of a digit's height: a dot or a dash is lower and narrower
_WIDE = 1.3  # times as wide as high: more than a digit


class Pieces(NamedTuple):
    """The connected pieces of ink.

    Attributes:
        numbers: Shape (H, W), 0 where there is no ink, then from 1 on.
        printed: Shape (N,), whether piece 1, 2, … may have been printed.
    """

    numbers: IntArray
    printed: BoolArray


def may_be_printed(ink: Uint8Array, *, page: bool) -> bool:
    """Tell whether some of the ink may have been printed, by a glance at a small copy.

    Args:
        ink: Shape (H, W), 0 on a background of one exact colour.
        page: Whether there may be many digits.
    """
    small = downscale(ink, _PAGE_SIDE if page else _SIDE)[0]
    return bool(pieces_of_ink(small > _FAINT * float(small.max()), page=page).printed.any())


def pieces_of_ink(ink: BoolArray, *, page: bool) -> Pieces:
    """Find the connected pieces, and which of them may have been printed.

    Args:
        ink: Shape (H, W).
        page: Whether there may be many digits. Else many pieces are print beside a digit.
    """
    numbers, count = ndimage.label(ink, structure=np.ones((3, 3)))
    if count == 0:
        return Pieces(numbers, np.zeros(0, bool))
    places = ndimage.find_objects(numbers)
    boxes = np.array([[r.start, c.start, r.stop, c.stop] for r, c in places])
    large = (boxes[:, 2:] - boxes[:, :2]).max(axis=1) >= _SMALL
    if not page and count > _MANY:
        return Pieces(numbers, np.ones(count, bool))
    if page:
        large &= ~_may_be_marks(boxes)
    printed = (_around_others(boxes) | _lines(boxes, ink.shape)) & large
    for number in np.flatnonzero(large & ~printed).tolist():
        piece = numbers[places[number]] == number + 1
        printed[number] = _has_straight_sides(piece, _at_border(boxes[number], ink.shape))
    return Pieces(numbers, printed)


def _may_be_marks(boxes: IntArray) -> BoolArray:
    """Return which pieces (N, 4) are dots and dashes beside digits; none where most are small."""
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


def _lines(boxes: IntArray, shape: tuple[int, ...]) -> BoolArray:
    """Return which pieces are level lines, or upright ones that are no 1."""
    height, width = (boxes[:, 2:] - boxes[:, :2]).astype(float).T
    level, upright = width > _FLAT * height, height > _FLAT * width
    others = height[~upright & ~level]
    # A 1 is as high as other digits. One that is alone fills a crop, or stands free in a picture.
    tall = height > _TALLER * float(others.max(initial=0)) if len(others) else np.zeros_like(level)
    ends = (boxes[:, 0] == 0) | (boxes[:, 2] == shape[0])
    beside = (boxes[:, 1] == 0) | (boxes[:, 3] == shape[1])
    beyond = (ends | beside) & (shape[1] > _FLAT * width)
    lines: BoolArray = level | (upright & (tall | beyond))
    return lines


def _has_straight_sides(piece: BoolArray, border: tuple[bool, bool, bool, bool]) -> bool:
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
