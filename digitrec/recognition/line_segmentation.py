"""Grouping the ink of a page into text lines, which may run at a slight angle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from digitrec.arrays import BoolArray, Float64Array
from digitrec.recognition.ink_pieces import Piece, typical_height

__all__ = ["group_into_lines"]

_TALL = 0.65  # pieces of this fraction of the typical height show where the lines are
_LOOK_BACK = 3  # pieces at the end of a line tell where it goes on
_SAME_LINE = 0.4  # neighbours on a line share more than this fraction of the lower one's height
# A piece alone right above or below a piece of a line belongs to it where they share more than the
# first fraction of the narrower one's width, and the gap is below the second of the typical height.
_STACKED, _STACKED_GAP = 0.5, 0.1
_NEAR = 0.3  # of the typical height: a small piece is on a line whose middle is nearer than this
_STEEPEST, _ANGLES = 8.0, 65  # degrees at which lines may run either way; angles tried


def group_into_lines(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Group pieces into lines, from top to bottom; each piece is on exactly one line."""
    lines: list[tuple[float, list[Piece]]] = []  # with their height on the page
    while pieces:
        typical = typical_height(pieces)
        boxes = np.array([piece.box for piece in pieces], dtype=np.float64)
        tall: BoolArray = boxes[:, 3] - boxes[:, 1] >= _TALL * typical
        x = boxes[:, [0, 2]].mean(axis=1)
        tangent = _skew(x[tall], boxes[tall][:, [1, 3]], typical)
        spans = boxes[:, [1, 3]] - tangent * x[:, None]  # top and bottom, straightened
        order = np.argsort(x, kind="stable")
        found = _lines_of_tall_pieces(order[tall[order]].tolist(), spans)
        found = _with_stacked_pieces(found, boxes, spans, typical)
        centres = [spans[line].mean(axis=0) for line in found]  # top and bottom of each
        small = order[~tall[order]].tolist()
        left_over = _add_small_pieces(found, centres, small, spans, _NEAR * typical)
        lines += [
            (float(centre.mean()), [pieces[i] for i in line])
            for centre, line in zip(centres, found, strict=True)
        ]
        # Small pieces far from all lines may be lines of smaller digits.
        pieces = [pieces[i] for i in left_over]
    return [line for _, line in sorted(lines, key=lambda line: line[0])]


def _lines_of_tall_pieces(indices: Iterable[int], spans: Float64Array) -> list[list[int]]:
    """Chain pieces, given from left to right, to lines by where the lines ended so far."""
    lines: list[list[int]] = []
    for i in indices:
        shared = [_overlap(spans[i], spans[line[-_LOOK_BACK:]].mean(axis=0)) for line in lines]
        if shared and max(shared) > _SAME_LINE:
            lines[int(np.argmax(shared))].append(i)
        else:
            lines.append([i])
    return lines


def _with_stacked_pieces(
    lines: list[list[int]],
    boxes: Float64Array,
    spans: Float64Array,
    typical: float,
) -> list[list[int]]:
    """Join lines of one piece to the line right above or below: one ring of an 8, for example."""
    alone = {line[0] for line in lines if len(line) == 1}
    kept = [line for line in lines if len(line) > 1]
    for piece in sorted(alone):
        for line in kept:
            shared = np.array([_overlap(boxes[piece, [0, 2]], boxes[i, [0, 2]]) for i in line])
            apart = np.maximum(
                spans[line][:, 0] - spans[piece, 1], spans[piece, 0] - spans[line][:, 1]
            )
            if ((shared > _STACKED) & (apart < _STACKED_GAP * typical)).any():
                line.append(piece)
                line.sort(key=lambda i: boxes[i, 0] + boxes[i, 2])
                break
        else:
            kept.append([piece])
    return kept


def _add_small_pieces(
    lines: Sequence[list[int]],
    centres: Sequence[Float64Array],
    indices: Iterable[int],
    spans: Float64Array,
    near: float,
) -> list[int]:
    """Append each small piece to the line it is near; return the ones far from all lines."""
    left_over = []
    for i in indices:
        middle = spans[i].mean()
        away = [max(top - middle, middle - bottom) for top, bottom in centres]
        nearest = int(np.argmin(away))
        if away[nearest] < near:
            lines[nearest].append(i)
        else:
            left_over.append(i)
    return left_over


def _overlap(one: Float64Array, other: Float64Array) -> float:
    """Return what two spans share, as a fraction of the shorter one."""
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return float(shared / min(one[1] - one[0], other[1] - other[0]))


def _skew(x: Float64Array, spans: Float64Array, typical: float) -> float:
    """Return the tangent of the angle at which lines run: the one with the sharpest projection.

    Projection profiles are scored by the sum of their squares (Postl 1986, "Detection of linear
    oblique structures and skew scan in digitized documents").
    """
    if len(x) < 2:
        return 0.0
    tangents = np.tan(np.radians(np.linspace(-_STEEPEST, _STEEPEST, _ANGLES)))
    tangents = tangents[np.argsort(np.abs(tangents), kind="stable")]
    bins = typical / 6
    scores = []
    for tangent in tangents:
        rows = np.floor((spans - tangent * x[:, None]) / bins).astype(np.int64)
        rows -= rows.min()
        edges = np.bincount(rows[:, 0], minlength=int(rows.max()) + 2).astype(np.float64)
        edges -= np.bincount(rows[:, 1] + 1, minlength=len(edges))[: len(edges)]
        scores.append(float((np.cumsum(edges) ** 2).sum()))
    # A few digits that jump up and down must not turn the page: a turn has to gain something.
    penalty = 1 - np.abs(tangents)
    return float(tangents[int(np.argmax(np.array(scores) * penalty))])
