"""Spaces in a line: gaps that are clearly wider than the others of the same line."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from digitrec.recognition.results import Box

__all__ = ["wide_spaces"]

# Lengths are fractions of the height of the line's digits.
_LEAST = 0.85  # gap of a space
_USUAL = 0.2  # gap between digits, where those of a line are narrower
_TIMES = 3.0  # a space is so many times wider than the line's usual gap,
_PITCH = 1.45  # and the next digit so many times farther than the line's usual distance
_STEEPNESS = 4.0  # how fast the confidence grows as a gap grows beyond what makes it a space


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


def wide_spaces(boxes: Sequence[Box]) -> list[WideSpace]:
    """Find the spaces between pieces.

    One gap alone, or one of two, is no space, for nothing tells how wide the writer's gaps are; nor
    are gaps that are all alike.

    Args:
        boxes: Of what stands on a line, from left to right.
    """
    if len(boxes) < 4:
        return []
    sides = np.array(boxes, np.float64)
    tall = sides[:, 3] - sides[:, 1]
    height = float(np.median(tall[tall >= 0.5 * tall.max()]))
    gaps = np.maximum(sides[1:, 0] - np.maximum.accumulate(sides[:, 2])[:-1], 0) / height
    pitches = np.diff(sides[:, [0, 2]].mean(axis=1)) / height
    usual = max(_lower_median(gaps), _USUAL)
    least = max(_LEAST, _TIMES * usual)
    wide = (gaps >= least) & (pitches >= _PITCH * _lower_median(pitches))
    found = []
    for i, (one, other) in enumerate(pairwise(boxes)):
        if wide[i]:
            box = one[2], min(one[1], other[1]), other[0], max(one[3], other[3])
            confidence = 1 / (1 + (least / float(gaps[i])) ** _STEEPNESS)
            found.append(WideSpace(i + 1, box, confidence))
    return found


def _lower_median(values: Sequence[float] | np.ndarray) -> float:
    return float(np.sort(values)[(len(values) - 1) // 2])
