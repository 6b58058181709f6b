"""Spaces in a line: gaps that are clearly wider than the others of the same line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from PIL import Image

from digitrec.arrays import Float64Array
from digitrec.imaging.pixels import CheckedPicture
from digitrec.recognition.results import Box

__all__ = ["spaces_between_form_boxes", "wide_spaces"]

# Lengths are fractions of the height of the line's digits. They were chosen on lines by the writers
# of the training set, so that as few spaces as possible are lost, or found where none was written.
# The usual gap, and the usual pitch, are the lower medians of a line.
_MIN_SPACE = 0.7  # least width of a space in a long line
# Added to `_MIN_SPACE`: divided by the number of gaps less 1, or undivided in a line with marks.
_FEW = 0.15
_TIMES = 2.0  # least width of a space, in usual gaps of its line
# A line whose usual gap is at least `_CELLS` is in a form; `_TIMES_IN_CELLS` replaces `_TIMES`.
_CELLS, _TIMES_IN_CELLS = 0.6, 3.0
_PITCH = 1.2  # least distance between the middles of the digits beside a space, in usual pitches
_STEEPNESS = 4.0  # the odds of a space grow with this power of (gap / least width of a space)

# Printed lines in gaps, such as the sides of form boxes:
_PRINTED = 0.5  # least contrast, as a share of that of the ink beside it; squared paper has less
_BLURRED = 0.12  # share of a gap that is left out at each end, where ink is blurred
_TELLING = 5  # pixels: no line is seen in a narrower gap


class WideSpace(NamedTuple):
    """A space.

    Attributes:
        before: How many pieces of the line stand before it.
        box: The gap, as high as its neighbours.
        confidence: 0.5 for a gap that is just wide enough.
    """

    before: int
    box: Box
    confidence: float


def wide_spaces(on_line: Sequence[Box], are_marks: Sequence[bool] = ()) -> list[WideSpace]:
    """Find the spaces between pieces.

    In a line of one or two gaps none is a space, because they say too little about how wide the
    writer's gaps are; nor are gaps that are all alike. The fewer gaps there are, the wider a space
    must be. It must also be wider in a line with marks, because dates and decimals have no spaces.

    Args:
        on_line: The boxes of what stands on a line, from left to right.
        are_marks: Which of them are marks, whose gaps are narrower than those between digits; none
            by default.
    """
    if len(on_line) < 4:
        return []
    marks = np.array(are_marks or [False] * len(on_line))
    sides = np.array(on_line, np.float64)
    tall = sides[:, 3] - sides[:, 1]
    height = float(np.median(tall[tall >= 0.5 * tall.max()]))
    gaps = np.maximum(sides[1:, 0] - np.maximum.accumulate(sides[:, 2])[:-1], 0) / height
    pitches = np.diff(sides[:, [0, 2]].mean(axis=1)) / height
    between_digits = ~(marks[1:] | marks[:-1])
    known = int(np.count_nonzero(between_digits))
    telling = between_digits if known > 1 else np.ones_like(gaps, bool)
    usual = _lower_median(gaps[telling])
    least = max(
        _MIN_SPACE + _FEW / (1 if marks.any() else max(known - 1, 1)),
        (_TIMES if usual < _CELLS else _TIMES_IN_CELLS) * usual,
    )
    wide = (gaps >= least) & (pitches >= _PITCH * _lower_median(pitches[telling]))
    found = []
    for i, (one, other) in enumerate(pairwise(on_line)):
        if wide[i]:
            confidence = 1 / (1 + (least / float(gaps[i])) ** _STEEPNESS)
            found.append(WideSpace(i + 1, _gap(one, other), confidence))
    return found


def spaces_between_form_boxes(
    picture: CheckedPicture, on_line: Sequence[Box], spaces: Sequence[WideSpace]
) -> list[WideSpace]:
    """Return the gaps that are not spaces, because they separate form boxes of one digit each.

    On such a form, upright lines are printed in gaps of all widths. In the cells of a table, digits
    stand close together, and a line separates two numbers.

    Args:
        picture: In which the line was read.
        on_line: Where each digit and mark of the line is in the picture, from left to right.
        spaces: That `wide_spaces` finds in it.
    """
    printed = [
        space for space in spaces if _is_printed_on(picture, space.box, on_line[space.before])
    ]
    if not printed:
        return []
    wide = {space.before for space in spaces}
    narrow = [
        _is_printed_on(picture, _gap(one, other), other)
        for before, (one, other) in enumerate(pairwise(on_line), start=1)
        if before not in wide and other[0] - one[2] >= _TELLING
    ]
    return printed if not narrow or 2 * sum(narrow) >= len(narrow) else []


def _is_printed_on(picture: CheckedPicture, gap: Box, beside: Box) -> bool:
    """Tell whether an upright line is in a gap between digits, so that these are in boxes.

    Args:
        picture: The picture.
        gap: In the picture.
        beside: One of the digits next to it.
    """
    paper, digit = _grey(picture, gap), _grey(picture, beside)
    margin = math.ceil(_BLURRED * paper.shape[1])
    columns = paper[:, margin:-margin].mean(axis=0)
    if len(columns) < 3:
        return False
    along = np.arange(len(columns))
    even = np.polyval(np.polyfit(along, columns, 1), along)  # light falls off across the gap
    low, middle, high = np.percentile(digit, (2, 50, 98))
    contrast = max(high - middle, middle - low)
    return bool(np.abs(columns - even).max() > _PRINTED * contrast)


def _gap(one: Box, other: Box) -> Box:
    """Return the box of the gap between two neighbours on a line, as high as both."""
    return one[2], min(one[1], other[1]), other[0], max(one[3], other[3])


def _grey(picture: CheckedPicture, box: Box) -> Float64Array:
    if isinstance(picture, Image.Image):
        part = picture.crop(box)
    else:  # an image of the whole array would be a copy of it
        left, top, right, bottom = box
        part = Image.fromarray(picture[top:bottom, left:right])
    return np.asarray(part.convert("L"), np.float64)


def _lower_median(values: Sequence[float] | np.ndarray) -> float:
    return float(np.sort(values)[(len(values) - 1) // 2])
