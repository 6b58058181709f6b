"""Finding the marks of a drawing whose strokes touch a digit, and are grouped with it.

The strokes of a group that is not surely a digit are divided: a few that follow each other may be
a mark, if the network for marks is sure of it, and what is left reads better than the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from digitrec.drawing.grouping import StrokeGroup, group_on_canvas
from digitrec.drawing.pen_lifts import lines_of_pen
from digitrec.drawing.rasterise import rasterise_box
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.drawing.touching_strokes import touching_sets
from digitrec.imaging.lines.mark_windows import local_middles, mark_windows
from digitrec.models.marks import NO_MARK
from digitrec.recognition.ink_pieces import Piece, typical_height
from digitrec.recognition.marks.line_marks import FoundMark, ReadMarks
from digitrec.recognition.marks.touching_marks import Divided, mark_of_part
from digitrec.recognition.segmentation_graph import (
    Answers,
    ReadDigits,
    best_digit_probability,
    is_sure_digit,
)

__all__ = ["find_touching_drawn_marks", "piece_of"]

# Least probability of any mark for strokes to be one; lower than for ink that had to be cut.
_MARK = 0.9
_MAX_STROKES = 2  # of a mark; a percent sign has more, and is seldom written into a digit
_MAX_LINES = 8  # of a group; what has more is a scribble


@dataclass(frozen=True, eq=False)
class _Division:
    """Strokes of a group that may be a mark.

    Attributes:
        whole: The group.
        height: Height of the digits of its row, in pixels.
        strokes: Of the mark.
        mark: Their ink.
        rests: The ink of the other strokes, those that touch together.
    """

    whole: Piece
    height: float
    strokes: list[Stroke]
    mark: Piece
    rests: list[Piece]


def find_touching_drawn_marks(
    drawing: Drawing,
    rows: Sequence[Mapping[Piece, StrokeGroup]],
    digits: Answers,
    read_digits: ReadDigits,
    read_marks: ReadMarks,
) -> list[tuple[FoundMark, list[Stroke]]]:
    """Find the marks that are grouped with a digit, at most one in each group.

    Args:
        drawing: What is drawn.
        rows: The groups of each row, by their ink.
        digits: What the network for single digits reads in each.
        read_digits: That network; it is called once at most.
        read_marks: The network for marks; it is called once at most.

    Returns:
        Each mark, and its strokes.
    """
    divisions: list[_Division] = []
    windows = []
    for row in rows:
        height = typical_height(list(row))
        for piece, group in row.items():
            if len(row) < 2 or is_sure_digit(digits[piece]):
                continue
            others = [one for one in row if one is not piece]
            for one in _divisions(piece, group, drawing, height):
                seen = [*others, *one.rests, one.mark]
                boxes = np.array([each.box for each in seen], np.float64)
                chosen = [(len(seen) - 1,)]
                middles = local_middles(boxes, height, chosen)
                windows.append(mark_windows(seen, chosen, middles, height, are_cut=True))
                divisions.append(one)
    if not divisions:
        return []
    answers = read_marks(np.concatenate(windows))
    likely = [
        (one, answer)
        for one, answer in zip(divisions, answers, strict=True)
        if 1 - answer[NO_MARK] >= _MARK
    ]
    rests = [rest for one, _ in likely for rest in one.rests]
    if not rests:
        return []
    read = dict(zip(rests, read_digits(np.stack([rest.image for rest in rests])), strict=True))
    best: dict[Piece, tuple[float, FoundMark, list[Stroke]]] = {}
    for one, answer in likely:
        whole = best_digit_probability(digits[one.whole])
        found = mark_of_part(one.mark, answer)
        if Divided(one.whole, one.height, one.rests, [found]).reads_better(read, whole):
            least = min(best_digit_probability(read[rest]) for rest in one.rests)
            sureness = float(1 - answer[NO_MARK]) * least
            if one.whole not in best or sureness > best[one.whole][0]:
                best[one.whole] = sureness, found, one.strokes
    return [(found, strokes) for _, found, strokes in best.values()]


def piece_of(group: StrokeGroup) -> Piece:
    """Return the ink of a group as a piece, without the rows and columns around it."""
    ink, left, top = rasterise_box(group.strokes, group.box)
    whole = Piece(left, top, ink.astype(np.float32) / np.float32(255), 0)
    return whole.part(whole.ink)


def _divisions(
    piece: Piece, group: StrokeGroup, drawing: Drawing, height: float
) -> list[_Division]:
    """Return all ways to take a mark out of the strokes of a group."""
    lines = lines_of_pen(group.strokes)
    order = list(lines)
    if not 2 <= len(order) <= _MAX_LINES:
        return []
    found = []
    for start in range(len(order)):
        for stop in range(start + 1, min(start + _MAX_STROKES, len(order)) + 1):
            taken = order[start:stop]
            left = [line for line in order if line not in taken]
            if not left:
                continue
            strokes = [stroke for line in taken for stroke in lines[line]]
            sets = [
                [stroke for line in some for stroke in lines[line]] for some in touching_sets(left)
            ]
            groups = [group_on_canvas(some, drawing) for some in [strokes, *sets]]
            pieces = [piece_of(one) for one in groups if one is not None]
            if len(pieces) == len(groups) and all(one.ink.size for one in pieces):
                found.append(_Division(piece, height, strokes, pieces[0], pieces[1:]))
    return found
