"""Finding the marks between the digits of a line, before it is cut into digits.

Points, commas and dashes are so small beside digits that dirt is as large, and a slash looks like
a 1. So a network sees each piece of ink, and each few pieces that may be one mark, among the other
ink of the line (`digitrec.imaging.mark_windows`), and what it takes for marks leaves the line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.spatial import KDTree

from digitrec.arrays import BoolArray, Float64Array, Int64Array, Uint8Array
from digitrec.imaging.mark_windows import local_middles, mark_windows, possible_marks
from digitrec.models.marks import EQUALS, MARKS, NO_MARK
from digitrec.recognition.ink_pieces import Piece, bounding_box, typical_height
from digitrec.recognition.results import Box
from digitrec.recognition.segmentation_graph import Answers, ClassProbabilities, best_digit

__all__ = ["FoundMark", "ReadMarks", "find_marks"]

ReadMarks = Callable[[Uint8Array], Float64Array]
"""Reads windows (N, 32, 96), and returns probabilities (N, 8); see `digitrec.models.marks`."""

# Lengths are fractions of the height of the line's digits.
_TALL = 0.65  # ink is a digit's, or may be, if it is as high as this
_LEAST, _LEAST_PIXELS = 0.05, 2  # lower and narrower ink is dirt
_REACH = 1.1  # from a digit to a mark, at most
_MOST_SPECKS = 3  # small pieces for each other piece of a line; where there are more, it is noise
_AND_SPECKS = 6  # and so many more
_MARK = 0.4  # probability of any mark from which on ink is one, and
_SURE_DIGIT, _MARK_AGAINST_DIGIT = 0.9, 0.85  # the same for a piece that reads as a digit,
_PERCENT_AGAINST_DIGIT = 0.3  # for several that may be a percent sign,
_MARK_IN_PIECE = 0.9  # the same for a part of a piece,
_AGAIN = 0.5  # and where the line has such a mark already, for dates have two slashes
_LIKE_MARKS = (1, 4, 7)  # digits that slashes and plus signs are taken for
_FLAT = 1.8  # times as wide as high: a bar, and no dot
_OVER = 0.5  # of the wider bar of an equals sign, what is over or under the other
_SURE = 0.6  # probability of one mark among the marks; below it, it is not sure which


@dataclass(frozen=True, eq=False)
class FoundMark:
    """Ink that is taken for a mark.

    Attributes:
        box: Where it is.
        text: A character of `digitrec.models.marks.MARKS`, or `EQUALS`; "?" where it is not sure
            which.
        confidence: Probability of the most probable mark; of an equals sign, of any.
        pieces: What it consists of.
    """

    box: Box
    text: str
    confidence: float
    pieces: tuple[Piece, ...]


def find_marks(
    lines: Sequence[list[Piece]],
    specks: Sequence[Piece],
    digits: Answers,
    read: ReadMarks,
) -> list[tuple[list[Piece], list[FoundMark]]]:
    """Find the marks of all lines, with one call of the network.

    Args:
        lines: The pieces of each line.
        specks: Pieces that are on no line, for they are small; some of them may be marks.
        digits: What the network for single digits says of each piece of a line, and of its parts.
        read: The network for marks.

    Returns:
        The pieces of each line that are not of a mark, and its marks from left to right.
    """
    heights = [typical_height(line) for line in lines]
    near = _specks_of_lines(lines, heights, specks)
    apart = [[part for piece in line for part in piece.parts or (piece,)] for line in lines]
    everything = [[*line, *some] for line, some in zip(apart, near, strict=True)]
    candidates, windows = [], []
    for line, parts, pieces, height in zip(lines, apart, everything, heights, strict=True):
        groups: list[tuple[int, ...]] = []
        if len(pieces) > 1 and any(piece.ink.shape[0] >= _TALL * height for piece in line):
            boxes = np.array([piece.box for piece in pieces], np.float64)
            unlike = {
                (number,)
                for number, part in enumerate(parts)
                if part.ink.shape[0] >= _TALL * height and _is_unlike_marks(digits[part])
            }
            groups = [group for group in possible_marks(boxes, height) if group not in unlike]
        if groups:
            middles = local_middles(boxes, height, groups)
            windows.append(mark_windows(pieces, groups, middles, height))
        candidates.append(groups)
    answers = read(np.concatenate(windows)) if windows else np.zeros((0, NO_MARK + 1))
    out, first = [], 0
    for line, pieces, height, groups in zip(lines, everything, heights, candidates, strict=True):
        # A part of a digit is as sure to be a digit's as the whole is, or as a digit of its own.
        like_digit = [
            max(best_digit(digits[one]) for one in {piece, part})
            for piece in line
            for part in piece.parts or (piece,)
        ]
        some = answers[first : first + len(groups)]
        first += len(groups)
        are_parts = [bool(piece.parts) for piece in line for _ in piece.parts or (piece,)]
        bars = np.array([_are_two_bars([pieces[i] for i in group]) for group in groups], bool)
        chosen = _are_marks(groups, some, like_digit, are_parts, bars).tolist()
        marked = [_Marked(tuple(pieces[i] for i in groups[n]), some[n], bars[n]) for n in chosen]
        out.append(_without(line, height, _disjoint(marked)))
    return out


def _is_unlike_marks(answer: ClassProbabilities) -> bool:
    """Tell whether ink is surely a digit that no mark is taken for: most digits are."""
    return best_digit(answer) >= _SURE_DIGIT and int(answer[:10].argmax()) not in _LIKE_MARKS


def _are_marks(
    groups: Sequence[tuple[int, ...]],
    answers: Float64Array,
    like_digit: Sequence[float],
    are_parts: Sequence[bool],
    bars: BoolArray,
) -> Int64Array:
    """Return the numbers of the groups of a line that are marks.

    like_digit: of the line's first pieces, how likely each is a digit; the others are specks.
    are_parts: which of those are parts of a piece.
    bars: which groups may be an equals sign, which is no digit whatever its bars look like.
    """
    if not groups:
        return np.zeros(0, np.int64)
    digit = np.array(
        [max((like_digit[i] for i in group if i < len(like_digit)), default=0) for group in groups]
    )
    mark, best = 1 - answers[:, NO_MARK], answers[:, :NO_MARK].argmax(axis=1)
    part = np.array([any(are_parts[i] for i in group if i < len(are_parts)) for group in groups])
    percent = best == MARKS.index("%")
    alone = np.array([len(group) for group in groups]) == 1
    # The ring of a percent sign, joined to its slash, may look like a digit.
    against = np.where(alone | ~percent, _MARK_AGAINST_DIGIT, _PERCENT_AGAINST_DIGIT)
    least = np.where(digit >= _SURE_DIGIT, against, _MARK)
    sure = mark >= np.where(part & (alone | ~percent), _MARK_IN_PIECE, least)
    again = (mark >= _AGAIN) & np.isin(best, best[sure & (mark >= _MARK_AGAINST_DIGIT)])
    # A 1 may look like a slash, but what looks like a digit looks like no percent sign, unless each
    # piece of the sign does.
    is_digit = alone & (digit >= _SURE_DIGIT) & percent
    return np.flatnonzero(((sure | again) & ~is_digit) | (bars & (mark >= _MARK)))


class _Marked(NamedTuple):
    """Pieces taken for a mark, what the network says of them, and whether they are two bars."""

    pieces: tuple[Piece, ...]
    answer: Float64Array
    two_bars: bool


def _disjoint(marked: Sequence[_Marked]) -> list[_Marked]:
    """Keep the surest of the groups that share a piece; two bars are no dash and something else."""
    kept: list[_Marked] = []
    used: set[Piece] = set()
    for one in sorted(marked, key=lambda one: (not one.two_bars, float(one.answer[NO_MARK]))):
        if used.isdisjoint(one.pieces):
            used.update(one.pieces)
            kept.append(one)
    return kept


def _without(
    line: list[Piece], height: float, marked: Sequence[_Marked]
) -> tuple[list[Piece], list[FoundMark]]:
    """Take the marks out of a line, those that stand where marks do."""
    in_marks = {piece for one in marked for piece in one.pieces}
    rest = _without_pieces(line, in_marks)
    digits = np.array(
        [piece.box for piece in rest if piece.ink.shape[0] >= _TALL * height], np.float64
    )
    if not len(digits):
        return line, []
    marks: list[FoundMark] = []
    gone: set[Piece] = set()
    for group, answer, two_bars in marked:
        left, _, right, _ = box = bounding_box(group)
        best = int(answer[:NO_MARK].argmax())
        middle = (left + right) / 2
        before = digits[:, [0, 2]].mean(axis=1) < middle
        gap = np.maximum(digits[:, 0] - right, left - digits[:, 2])
        between = before.any() and not before.all()
        if gap.min() > _REACH * height or not (between or len(digits) > 1 or best >= _NOT_DIRT):
            continue
        if two_bars:  # which the network takes for a dash or a colon
            marks.append(FoundMark(box, EQUALS, float(1 - answer[NO_MARK]), group))
        else:
            sure = float(answer[best]) >= _SURE * float(1 - answer[NO_MARK])
            text = MARKS[best] if sure else "?"
            marks.append(FoundMark(box, text, float(answer[best]), group))
        gone.update(group)
    marks.sort(key=lambda mark: mark.box[0] + mark.box[2])
    return _without_pieces(line, gone), marks


def _are_two_bars(group: Sequence[Piece]) -> bool:
    """Tell whether pieces are two level bars, one over the other."""
    if len(group) != 2:
        return False
    upper, lower = sorted((piece.box for piece in group), key=lambda box: box[1] + box[3])
    common = min(upper[2], lower[2]) - max(upper[0], lower[0])
    widths = [right - left for left, _, right, _ in (upper, lower)]
    level = all(box[2] - box[0] >= _FLAT * (box[3] - box[1]) for box in (upper, lower))
    return level and lower[1] >= upper[3] and common >= _OVER * max(widths)


def _without_pieces(line: Sequence[Piece], gone: AbstractSet[Piece]) -> list[Piece]:
    """Leave out pieces of a line; what was joined to one of them falls apart."""
    rest: list[Piece] = []
    for piece in line:
        whole = gone.isdisjoint((piece, *piece.parts))
        rest += [piece] if whole else [part for part in piece.parts if part not in gone]
    return rest


# The marks from this one on are seen before or after a single digit, too: what looks like a point
# or a comma there is dirt as often.
_NOT_DIRT = MARKS.index("-")


def _specks_of_lines(
    lines: Sequence[list[Piece]], heights: Sequence[float], specks: Sequence[Piece]
) -> list[list[Piece]]:
    """Return for each line the specks near its digits; none of a line that lies in noise."""
    near: list[list[Piece]] = [[] for _ in lines]
    owners, places = [], []
    for number, (line, height) in enumerate(zip(lines, heights, strict=True)):
        for piece in line:
            if piece.ink.shape[0] >= _TALL * height:
                left, top, right, bottom = piece.box
                owners.append(number)
                places.append(((left + right) / 2, (top + bottom) / 2))
    if not owners or not specks:
        return near
    boxes = np.array([piece.box for piece in specks], np.float64)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    found = KDTree(places).query(middles)
    distances, nearest = np.asarray(found[0]).tolist(), np.asarray(found[1]).tolist()
    for piece, middle, distance, index in zip(specks, middles, distances, nearest, strict=True):
        number = owners[index]
        height = heights[number]
        size = max(piece.ink.shape)
        above = abs(float(middle[1]) - places[index][1])
        if size < max(_LEAST * height, _LEAST_PIXELS) or above > height or distance > 2 * height:
            continue
        near[number].append(piece)
    return [
        some if len(some) <= _MOST_SPECKS * len(line) + _AND_SPECKS else []
        for line, some in zip(lines, near, strict=True)
    ]
