"""Cutting ink where digits of a line touch digits of the line below, before lines are found.

Such ink is taller than the digits beside it, and as a whole it is not a digit. It is cut along
seams from its left to its right, as `imaging.lines.seams` cuts from top to bottom. Which of the
seams separate digits is not known before these are read. So the network for single digits reads the
ink between any two seams that are as far apart as a digit is high, and dynamic programming finds
the parts that cost least.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from digitrec.arrays import Int64Array
from digitrec.imaging.lines.seams import (
    CROSSING,
    SEAM_ROWS,
    SLIVER,
    block_means,
    find_seams,
)
from digitrec.recognition.ink_pieces import Piece, typical_height
from digitrec.recognition.segmentation_graph import (
    Answers,
    ClassProbabilities,
    best_digit_probability,
    digit_cost,
    is_sure_digit,
)

__all__ = ["cut_tall_pieces", "find_tall_pieces"]

# Lengths are fractions of the height of the digits beside the ink.
_TALL, _TALLEST = 1.45, 8.0  # ink of a height between these may be digits of several lines
_LOW, _HIGH = 0.6, 1.5  # least and greatest height of a part
# Sure digits that are lower than this fraction of the typical height of the page's ink say nothing
# about far larger ink.
_SMALL = 0.3
_WIDE = 1.1  # a part this many times as wide as high may be several digits
_MAX_PARTS = 500  # parts of a page that the network reads, at most
_LIKELY = 0.2  # least probability of a digit in a part
# Least probability that counts for a part of several digits, which the network for single digits
# cannot read.
_SEVERAL = 0.5
# Costs are negative logarithms of probabilities, as in `best_path`.
_UNREAD = 0.5  # extra cost of a part of several digits
_DEAREST = 1.5  # a seam that costs more is not a cut
_ONE = 1  # the digit that any part of a long stroke looks like

Span = tuple[int, int]


@dataclass(frozen=True, eq=False)
class TallPiece:
    """Ink that may be digits of several lines.

    Attributes:
        piece: The ink.
        costs: What a cut costs: along its upper edge, each seam from top to bottom, and its lower
            edge.
        parts: The ink between two of these, where that may be a digit, or several side by side.
    """

    piece: Piece
    costs: tuple[float, ...]
    parts: Mapping[Span, Piece]


def find_tall_pieces(pieces: Sequence[Piece], answers: Answers) -> list[TallPiece]:
    """Find ink that is taller than the page's sure digits and is not a digit itself.

    Args:
        pieces: Connected components of a page.
        answers: What the network for single digits reads in each.
    """
    sure = [piece.ink.shape[0] for piece in pieces if is_sure_digit(answers[piece])]
    height = float(median(sure)) if sure else 0.0
    if not sure or height < _SMALL * typical_height(pieces):
        return []
    found: list[TallPiece] = []
    asked = 0
    for piece in pieces:
        tall = _TALL * height <= piece.ink.shape[0] <= _TALLEST * height
        if tall and not is_sure_digit(answers[piece]):
            one = _between_seams(piece, height)
            asked += len(one.parts)
            if asked > _MAX_PARTS:
                break
            if one.parts:
                found.append(one)
    return found


def cut_tall_pieces(
    pieces: Sequence[Piece],
    answers: Answers,
    tall: Sequence[TallPiece],
    read: Sequence[ClassProbabilities],
) -> tuple[list[Piece], dict[Piece, ClassProbabilities]]:
    """Cut tall pieces where each of the parts is likely a digit, or several.

    Args:
        pieces: As for `find_tall_pieces`.
        answers: As there.
        tall: What it returned.
        read: What the network for single digits reads in the parts of these, one after the other.

    Returns:
        The pieces, some of them cut, and the answers for all of them.
    """
    known, cut = dict(answers), {}
    rest = iter(read)
    component = 1 + max((piece.component for piece in pieces), default=0)
    for one in tall:
        of_parts = {span: next(rest) for span in one.parts}
        parts = []
        spans = _cheapest_spans(one, of_parts, answers[one.piece])
        for span in spans:
            part = replace(one.parts[span], component=component)
            component += 1
            known[part] = of_parts[span]
            parts.append(part)
        if parts:
            cut[one.piece] = parts
    return [part for piece in pieces for part in cut.get(piece, [piece])], known


def _between_seams(piece: Piece, height: float) -> TallPiece:
    """Find the seams of a piece, and what is between any two; height: of a digit, in pixels."""
    rows, columns = piece.ink.shape
    factor = max(1, round(height / SEAM_ROWS))
    paths, crossed = find_seams(block_means(piece.ink.T, factor), height / factor)
    seams = np.repeat(paths, factor, axis=1)[:, :columns] * factor  # (seams, columns): of rows
    edges = np.concatenate(
        [np.zeros((1, columns), np.int64), seams, np.full((1, columns), rows, np.int64)]
    )
    parts: dict[Span, Piece] = {}
    for upper in range(len(edges) - 1):
        for lower in range(upper + 1, len(edges)):
            if lower - upper == len(edges) - 1:
                continue  # the whole
            part = _part_of(piece, edges[upper], edges[lower])
            if (
                part.ink.sum() >= SLIVER * height * height
                and _LOW * height <= part.ink.shape[0] <= _HIGH * height
            ):
                parts[upper, lower] = part
    return TallPiece(piece, (0.0, *(CROSSING * crossed).tolist(), 0.0), parts)


def _part_of(piece: Piece, upper: Int64Array, lower: Int64Array) -> Piece:
    """Return the piece that has the ink between two edges (columns,), the upper one included."""
    top, bottom = int(upper.min()), int(lower.max())
    place = np.arange(top, bottom)[:, None]
    ink = np.where((place >= upper) & (place < lower), piece.ink[top:bottom], np.float32(0))
    return piece.part(ink, top=top)


def _cheapest_spans(
    one: TallPiece, answers: Mapping[Span, ClassProbabilities], whole: ClassProbabilities
) -> list[Span]:
    """Return the parts, from top to bottom, that cost least; none where some ink is not a digit.

    whole: what is read in all of the ink. Where a part may be several digits, the parts have to
    cost no more than all of the ink as one digit.
    """
    last = len(one.costs) - 1
    least = [0.0] + [math.inf] * last
    before: dict[int, Span] = {}
    for span, part in sorted(one.parts.items()):
        upper, lower = span
        digit, extra = best_digit_probability(answers[span]), 0.0
        if _is_wide(part):
            digit, extra = max(digit, _SEVERAL), _UNREAD
        if digit < _LIKELY or one.costs[lower] > _DEAREST:
            continue
        cost = least[upper] - math.log(digit) + extra + one.costs[lower]
        if cost < least[lower]:
            least[lower], before[lower] = cost, span
    spans: list[Span] = []
    while last in before:
        spans.append(before[last])
        last = before[last][0]
    one_stroke = all(int(answers[span].argmax()) == _ONE for span in spans)
    unread = any(_is_wide(one.parts[span]) for span in spans)
    likelier_whole = least[-1] > digit_cost(whole)
    if last != 0 or one_stroke or (unread and likelier_whole):
        return []
    return spans[::-1]


def _is_wide(part: Piece) -> bool:
    """Tell whether ink may be several digits side by side."""
    height, width = part.ink.shape
    return bool(width > _WIDE * height)
