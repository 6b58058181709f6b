"""Hatching, as of a form's shaded fields: printed lines side by side, each of which looks like a 1.

Nobody writes so many 1s in a row that are as alike, and as evenly spaced, as printed lines are.
"""

from __future__ import annotations

import numpy as np

from digitrec.arrays import BoolArray
from digitrec.recognition.pages.page_segmentation import InkLine
from digitrec.recognition.pages.second_reading import ReadLine

__all__ = ["without_hatching"]

# Lines of hatching are at least so many in a row. Each ends where the one before ends, within the
# first share of their height, and follows it at the usual distance, within the second share of it,
# or at up to so many times that distance, because some of them touch digits, or are slashes.
_MANY, _ALIKE, _EVEN, _SKIPPED = 6, 0.08, 0.15, 3


def without_hatching(line: ReadLine) -> ReadLine:
    """Return a line without the 1s that are lines of hatching."""
    hatching = _is_hatching(line)
    if not hatching.any():
        return line
    kept = np.flatnonzero(~hatching).tolist()
    segments = [line.ink.segments[place] for place in kept]
    return ReadLine(InkLine(segments, line.ink.marks), tuple(line.digits[place] for place in kept))


def _is_hatching(line: ReadLine) -> BoolArray:
    """Return which of the N segments of a line are lines of hatching, (N,)."""
    hatching = np.zeros(len(line.digits), bool)
    ones = np.flatnonzero([one.digit == 1 for one in line.digits])
    if len(ones) < _MANY:
        return hatching
    boxes = [line.ink.segments[place].box for place in ones.tolist()]
    left, top, right, bottom = np.array(boxes, np.float64).T
    steps = np.diff(left + right) / 2
    usual, height = np.median(steps), np.median(bottom - top)
    differ = np.maximum(np.abs(np.diff(top)), np.abs(np.diff(bottom)))
    uneven = np.abs(steps - usual * np.clip(np.round(steps / usual), 1, _SKIPPED))
    follows = (differ <= _ALIKE * height) & (uneven <= _EVEN * usual)
    for run in np.split(ones, np.flatnonzero(~follows) + 1):
        hatching[run] = len(run) >= _MANY
    return hatching
