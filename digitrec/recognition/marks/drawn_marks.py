"""Finding the marks of a drawing: strokes that stand between its digits.

The network for marks sees the same windows as in a picture. In place of a piece of ink, each
candidate is the strokes of a digit, or those of a part of it that does not touch the rest. So a
point that was grouped with a digit can be separated from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

import numpy as np

from digitrec.drawing.grouping import StrokeGroup, group_on_canvas
from digitrec.drawing.pen_lifts import lines_of_pen
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.drawing.touching_strokes import touching_sets
from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.marks.line_marks import FoundMark, ReadMarks, find_marks
from digitrec.recognition.marks.touching_drawn_marks import find_touching_drawn_marks, piece_of
from digitrec.recognition.segmentation_graph import ReadDigits

__all__ = ["find_drawn_marks"]

_MAX_STROKES = 8  # of a digit with marks beside it; a group with more is a scribble


def find_drawn_marks(
    drawing: Drawing, groups: Sequence[StrokeGroup], read_digits: ReadDigits, read_marks: ReadMarks
) -> list[tuple[FoundMark, list[Stroke]]]:
    """Find the marks between the digits of a drawing.

    Args:
        drawing: What is drawn.
        groups: What is taken for its digits, row by row. Marks are among them, or in them.
        read_digits: The network for single digits; it is called twice at most.
        read_marks: The network for marks; it is called twice at most.

    Returns:
        Each mark, and its strokes; none in a drawing of a single digit.
    """
    if len(groups) < 2:
        return []
    group_of: dict[Piece, StrokeGroup] = {}
    lines: dict[int, dict[Piece, StrokeGroup]] = {}
    specks: list[Piece] = []
    for group in groups:
        parts = {piece_of(part): part for part in _parts(group, drawing)}
        large = [piece for piece, part in parts.items() if not part.too_small]
        group_of |= parts
        specks += [piece for piece, part in parts.items() if part.too_small]
        if len(large) > 1:
            whole = replace(piece_of(group), parts=tuple(large))
            group_of[whole] = group
            large = [whole]
        lines.setdefault(group.row, {}).update((piece, group_of[piece]) for piece in large)
    asked = [piece for piece in group_of if piece not in specks]
    if not asked:
        return []
    answers = read_digits(np.stack([piece.image for piece in asked]))
    digits = dict(zip(asked, answers, strict=True))
    rows = [row for row in lines.values() if row]
    found = find_marks([list(row) for row in rows], specks, digits, read_marks)
    marks = [
        (mark, [stroke for piece in mark.pieces for stroke in group_of[piece].strokes])
        for _, some in found
        for mark in some
    ]
    gone = {id(stroke) for _, strokes in marks for stroke in strokes}
    rest = [{piece: _without_strokes(group_of[piece], gone) for piece in left} for left, _ in found]
    return marks + find_touching_drawn_marks(drawing, rest, digits, read_digits, read_marks)


def _without_strokes(group: StrokeGroup, gone: AbstractSet[int]) -> StrokeGroup:
    """Return a group without the strokes with these ids."""
    kept = tuple(stroke for stroke in group.strokes if id(stroke) not in gone)
    return group if len(kept) == len(group.strokes) else replace(group, strokes=kept)


def _parts(group: StrokeGroup, drawing: Drawing) -> list[StrokeGroup]:
    """Return the parts of a group that do not touch one another; else the group."""
    if len(group.strokes) > _MAX_STROKES:
        return [group]
    lines = lines_of_pen(group.strokes)
    parts = [
        group_on_canvas([stroke for line in some for stroke in lines[line]], drawing)
        for some in touching_sets(list(lines))
    ]
    return [part for part in parts if part is not None]
