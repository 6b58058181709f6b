"""Pairs of strokes that each look like a 1, and that only their similarity tells from 1s.

Brackets bow away from each other, with digits between them, where the 1s of a writer bow alike.
The slashes that are printed in a field for a date are the same stroke twice, and lean.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from digitrec.models.ctc import NOT_A_DIGIT
from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.marks.stroke_shapes import bow, lean, usual_lean
from digitrec.recognition.segmentation_graph import Answers

__all__ = ["find_brackets", "find_printed_slashes"]

_LOOKS_LIKE_1 = 0.3  # probability
# Lengths are fractions of the height of the line's digits, unless another height is named.
_MIN_BOW = 0.045  # least bow of each bracket, as a fraction of its own height
_BOTH_BOW = 0.14  # least bow of both brackets together
_ALIKE_HEIGHT = 0.7  # the lower bracket of a pair, as a fraction of the higher one
_MIN_LEAN = 0.05  # of a printed slash, beyond what the digits lean
_STRAIGHT = 0.02  # bow of a printed slash, at most
_SAME = 0.85  # share of their ink that two prints of the same stroke have in common


def find_brackets(line: Sequence[Piece], digits: Answers, height: float) -> list[Piece]:
    """Find the brackets of a line.

    Args:
        line: Its pieces.
        digits: What the network for single digits reads in each.
        height: Height of its digits, in pixels.

    Returns:
        Pairs, one after the other; the nearest first.
    """
    strokes = _strokes_like_1(line, digits, height)
    opening = [one for one in strokes if bow(one.ink) <= -_MIN_BOW]
    closing = [one for one in strokes if bow(one.ink) >= _MIN_BOW]
    pairs = [
        (one, other)
        for one in opening
        for other in closing
        if bow(other.ink) - bow(one.ink) >= _BOTH_BOW
        and _are_alike_high(one, other)
        and any(one.box[2] <= piece.left and piece.box[2] <= other.left for piece in line)
    ]
    found: list[Piece] = []
    for one, other in sorted(pairs, key=lambda pair: pair[1].left - pair[0].left):
        if one not in found and other not in found:
            found += [one, other]
    return found


def find_printed_slashes(line: Sequence[Piece], digits: Answers, height: float) -> list[Piece]:
    """Find two slashes that are the same stroke, with digits before, between and after them.

    Args and Returns are those of `find_brackets`.
    """
    strokes = _strokes_like_1(line, digits, height)
    for one, other in combinations(strokes, 2):
        others = [
            piece
            for piece in line
            if piece.is_tall(height) and piece is not one and piece is not other
        ]
        left, right = sorted((one, other), key=lambda stroke: stroke.left)
        fields = {(piece.left >= left.box[2]) + (piece.left >= right.box[2]) for piece in others}
        straight = max(abs(bow(one.ink)), abs(bow(other.ink))) <= _STRAIGHT
        if len(fields) < 3 or not straight or not _are_same(one, other):
            continue
        least = max(usual_lean(others, digits), 0.0) + _MIN_LEAN
        if min(lean(one.ink), lean(other.ink)) >= least:
            return [left, right]
    return []


def _strokes_like_1(line: Sequence[Piece], digits: Answers, height: float) -> list[Piece]:
    """Return what is as high as a digit, and looks most like a 1 of all digits."""
    return [
        piece
        for piece in line
        if piece.is_tall(height)
        and int(digits[piece][:NOT_A_DIGIT].argmax()) == 1
        and digits[piece][1] >= _LOOKS_LIKE_1
    ]


def _are_alike_high(one: Piece, other: Piece) -> bool:
    heights = sorted((one.ink.shape[0], other.ink.shape[0]))
    return bool(heights[0] >= _ALIKE_HEIGHT * heights[1])


def _are_same(one: Piece, other: Piece) -> bool:
    """Tell whether two pieces have the same ink, but for a pixel at its edges."""
    height, width = np.maximum(one.ink.shape, other.ink.shape)
    if abs(np.subtract(one.ink.shape, other.ink.shape)).max() > 1:
        return False
    here = np.zeros((height + 2, width + 2), np.float32)
    here[1 : 1 + one.ink.shape[0], 1 : 1 + one.ink.shape[1]] = one.ink
    for down, right in np.ndindex(3, 3):
        there = np.zeros((height + 3, width + 3), np.float32)
        there[down : down + other.ink.shape[0], right : right + other.ink.shape[1]] = other.ink
        there = there[:-1, :-1]
        if np.minimum(here, there).sum() >= _SAME * np.maximum(here, there).sum():
            return True
    return False
