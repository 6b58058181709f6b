"""Grouping the ink of a page into text lines, which may run at a slight angle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from digitrec.arrays import BoolArray, Float64Array
from digitrec.recognition.ink_pieces import SPECK, TALL, Piece, typical_height

__all__ = ["group_into_lines", "hanging_pieces", "without_specks"]

_LOOK_BACK = 3  # this many pieces at the end of a line tell where it continues
_SAME_LINE = 0.4  # neighbours on a line share more than this fraction of the lower one's height
# Neighbours of which one is more than this many times as high as the other are not on one line:
# beside the ring of a cup or a brace over several lines, digits would be specks.
_ALIKE = 3.0
_NEAR = 0.3  # of the typical height: a small piece is on a line if it is nearer to it than this
_HANGING_GAP = 0.6  # heights of a line's digits: what hangs from the line is nearer to them
# Lines are tried at `_ANGLES` angles, up to `_STEEPEST` degrees either way.
_STEEPEST, _ANGLES = 12.0, 97
_BINS = 6  # of a projection profile, along the typical height
_ROW = 3  # this many small pieces in a row of their own are not stray specks


def group_into_lines(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Group pieces into lines, from top to bottom; each piece is on exactly one line."""
    lines: list[tuple[Float64Array, list[Piece]]] = []  # with the middle of each
    most, slope = 0, 0.0  # tall pieces that agree on the tangent of the page's angle
    while pieces:
        typical = typical_height(pieces)
        boxes = np.array([piece.box for piece in pieces], dtype=np.float64)
        tall: BoolArray = boxes[:, 3] - boxes[:, 1] >= TALL * typical
        x = boxes[:, [0, 2]].mean(axis=1)
        tangent = _skew(x[tall], boxes[tall][:, [1, 3]], typical)
        if np.count_nonzero(tall) > most:
            most, slope = int(np.count_nonzero(tall)), tangent
        spans = boxes[:, [1, 3]] - tangent * x[:, None]  # top and bottom, straightened
        order = np.argsort(x, kind="stable")
        found = _lines_of_tall_pieces(order[tall[order]].tolist(), spans)
        centres = np.array([spans[line].mean(axis=0) for line in found])  # top and bottom of each
        middles = [np.array([x[line].mean(), boxes[line][:, [1, 3]].mean()]) for line in found]
        small = order[~tall[order]].tolist()
        sizes = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
        left_over = _add_small_pieces(found, centres, small, spans, sizes, _NEAR * typical)
        lines += [
            (middle, [pieces[i] for i in line]) for middle, line in zip(middles, found, strict=True)
        ]
        # Small pieces far from all lines may be lines of smaller digits.
        pieces = [pieces[i] for i in left_over]
    lines.sort(key=lambda line: float(line[0][1] - slope * line[0][0]))
    return [line for _, line in lines]


def without_specks(lines: Sequence[list[Piece]]) -> list[list[Piece]]:
    """Leave out specks: pieces far smaller than the digits of their line, and stray small ones.

    Small pieces that stand in a row of their own are not specks: digits may differ in size.
    """
    if not lines:
        return []
    typical = typical_height([piece for line in lines for piece in line])
    kept = []
    for line in lines:
        sizes = np.array([max(piece.ink.shape) for piece in line])
        large = sizes >= SPECK * typical_height(line)
        stray = np.count_nonzero(large) < _ROW and sizes.max() < SPECK * typical
        if not stray and large.any():
            kept.append([piece for piece, one in zip(line, large.tolist(), strict=True) if one])
    return kept


def hanging_pieces(lines: Sequence[list[Piece]]) -> list[Piece]:
    """Return the pieces alone on their line that hang from another line, as a large comma does.

    They are lower than that line's digits, begin above their feet, and stand between or beside
    them.
    """
    on_lines = [(piece, typical_height(line)) for line in lines for piece in line if len(line) > 1]
    if not on_lines:
        return []
    boxes = np.array([piece.box for piece, _ in on_lines], np.float64)
    heights = np.array([height for _, height in on_lines])
    return [line[0] for line in lines if len(line) == 1 and _hangs(line[0], boxes, heights)]


def _hangs(piece: Piece, boxes: Float64Array, heights: Float64Array) -> bool:
    """Tell whether a piece hangs beside one of others, given the heights of their lines (N,)."""
    left, top, right, bottom = piece.box
    gaps = np.maximum(boxes[:, 0] - right, left - boxes[:, 2])
    beside = (gaps < _HANGING_GAP * heights) & (bottom - top <= heights)
    return bool((beside & (boxes[:, 1] < top) & (top < boxes[:, 3]) & (boxes[:, 3] < bottom)).any())


def _lines_of_tall_pieces(indices: Iterable[int], spans: Float64Array) -> list[list[int]]:
    """Chain pieces, given from left to right, to lines by where the lines ended so far."""
    lines: list[list[int]] = []
    ends = np.empty((16, 2))  # mean top and bottom of the last pieces of each line
    for i in indices:
        shared = _overlap(spans[i], ends[: len(lines)])
        heights = np.diff(ends[: len(lines)], axis=1)[:, 0] / (spans[i, 1] - spans[i, 0])
        shared[np.maximum(heights, 1 / heights) > _ALIKE] = 0.0
        if len(shared) and shared.max() > _SAME_LINE:
            number = int(np.argmax(shared))
            lines[number].append(i)
        else:
            number = len(lines)
            lines.append([i])
            if number == len(ends):
                ends = np.concatenate([ends, np.empty_like(ends)])
        ends[number] = spans[lines[number][-_LOOK_BACK:]].mean(axis=0)
    return lines


def _add_small_pieces(
    lines: Sequence[list[int]],
    centres: Float64Array,
    indices: Iterable[int],
    spans: Float64Array,
    sizes: Float64Array,
    near: float,
) -> list[int]:
    """Append each small piece to the line it is near; return the ones far from all lines.

    What would be a speck beside a single piece is returned, too: it may be a row of smaller digits.

    centres: (lines, 2), mean top and bottom of each line. sizes: longer side of each piece.
    """
    left_over = []
    heights = centres[:, 1] - centres[:, 0]
    is_single = np.array([len(line) == 1 for line in lines])
    for i in indices:
        middle = spans[i].mean()
        away = np.maximum(centres[:, 0] - middle, middle - centres[:, 1])
        nearest = int(np.argmin(away))
        is_speck = sizes[i] < SPECK * heights[nearest]
        if away[nearest] < near and not (is_single[nearest] and is_speck):
            lines[nearest].append(i)
        else:
            left_over.append(i)
    return left_over


def _overlap(one: Float64Array, others: Float64Array) -> Float64Array:
    """Return what a span (2,) shares with others (N, 2), as fractions of the shorter one."""
    low, high = others[:, 0], others[:, 1]
    shared: Float64Array = np.minimum(one[1], high) - np.maximum(one[0], low)
    fractions: Float64Array = shared / np.minimum(one[1] - one[0], high - low)
    return fractions


def _skew(x: Float64Array, spans: Float64Array, typical: float) -> float:
    """Return the tangent of the angle at which lines run: the one with the sharpest projection.

    Projection profiles are scored by the sum of their squares (Postl 1986, "Detection of linear
    oblique structures and skew scan in digitized documents").
    """
    if len(x) < 2:
        return 0.0
    tangents = np.tan(np.radians(np.linspace(-_STEEPEST, _STEEPEST, _ANGLES)))
    tangents = tangents[np.argsort(np.abs(tangents), kind="stable")]
    bin_height = typical / _BINS
    scores = []
    for tangent in tangents:
        rows = np.floor((spans - tangent * x[:, None]) / bin_height).astype(np.int64)
        rows -= rows.min()
        edges = np.bincount(rows[:, 0], minlength=int(rows.max()) + 2).astype(np.float64)
        edges -= np.bincount(rows[:, 1] + 1, minlength=len(edges))[: len(edges)]
        scores.append(float((np.cumsum(edges) ** 2).sum()))
    # A few digits that jump up and down must not turn the page, so an angle has to gain something.
    penalty = 1 - np.abs(tangents)
    return float(tangents[int(np.argmax(np.array(scores) * penalty))])
