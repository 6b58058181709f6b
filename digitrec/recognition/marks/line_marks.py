"""Finding the marks between the digits of a line, before it is cut into digits.

Points, commas and dashes are no larger than dirt, and a slash looks like a 1. So a network sees
each piece of ink, and each few pieces that may be one mark, among the other ink of the line
(`digitrec.imaging.lines.mark_windows`). What it takes for a mark is removed from the line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from digitrec.arrays import Float64Array, Uint8Array
from digitrec.imaging.lines.mark_windows import local_middles, mark_windows, possible_marks
from digitrec.models.ctc import NOT_A_DIGIT
from digitrec.models.marks import MARKS, NO_MARK, WINDOW
from digitrec.recognition.ink_pieces import TALL, Piece, bounding_box, typical_height
from digitrec.recognition.marks.dates import find_date_slashes
from digitrec.recognition.marks.mark_candidates import (
    ANY_MARK,
    DASH,
    MARK_AGAINST_DIGIT,
    SLASH,
    MarkCandidate,
)
from digitrec.recognition.marks.near_specks import specks_near_lines
from digitrec.recognition.marks.stroke_pairs import find_brackets, find_printed_slashes
from digitrec.recognition.marks.stroke_shapes import continues_digit, usual_lean
from digitrec.recognition.results import Box
from digitrec.recognition.segmentation_graph import (
    Answers,
    ClassProbabilities,
    best_digit_probability,
    looks_like_digit,
)

__all__ = ["FoundMark", "ReadMarks", "find_marks"]

ReadMarks = Callable[[Uint8Array], Float64Array]
"""Reads windows (N, 32, 96), and returns probabilities (N, 8); see `digitrec.models.marks`."""

_REACH = 1.1  # a mark is no farther from a digit than this, in heights of the line's digits
_HIGH = 1.05  # a mark that is so many times as high as the line's digits is higher than these
# Least probabilities of any mark:
_AGAIN = 0.5  # if the line has a sure mark of the same kind, as dates have two slashes
_BEFORE_CLOSING_DASH = 0.4  # of a comma or point before a dash that closes the line, as in "5,-"
_OF_PAIR = 0.9  # confidence of a bracket and of a printed slash, which come in pairs
_LIKE_MARKS = (1, 4, 7)  # digits that slashes and plus signs look like
# The first of `MARKS` that may stand beside a single digit. What looks like one of the marks before
# it there, a point or a comma, is as often dirt.
_NOT_DIRT = MARKS.index("-")
_OF_DECIMALS = (MARKS.index("."), MARKS.index(","))
# Marks of several pieces of ink. A single piece that looks like a digit is not one of these marks.
_OF_SEVERAL = (MARKS.index("%"), MARKS.index(":"))


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
    hanging: Iterable[Piece] = (),
) -> list[tuple[list[Piece], list[FoundMark]]]:
    """Find the marks of all lines, with one call of the network.

    Args:
        lines: The pieces of each line.
        specks: Pieces that are too small to be on a line; some of them may be marks.
        digits: What the network for single digits says of each piece of a line, and of its parts.
        read: The network for marks.
        hanging: Pieces that are alone on their line, and may be marks of another.

    Returns:
        The pieces of each line that are not of a mark, and its marks from left to right.
    """
    heights = [typical_height(line) for line in lines]
    hanging = frozenset(hanging)
    near = specks_near_lines(lines, heights, [*specks, *hanging], hanging)
    inks = [
        _ink_of_line(line, height, some, digits, hanging)
        for line, height, some in zip(lines, heights, near, strict=True)
    ]
    windows = [ink.windows for ink in inks if ink.groups]
    answers = iter(read(np.concatenate(windows)) if windows else ())
    found = []
    for ink in inks:
        candidates = [ink.candidate(group, next(answers)) for group in ink.groups]
        found.append(_without_marks(ink, _disjoint(_marks_among(ink, candidates))))
    return found


@dataclass(frozen=True, eq=False)
class _LineInk:
    """The ink of a line, and what of it the network for marks is asked about.

    Attributes:
        line: The pieces of the line.
        height: Height of its digits, in pixels.
        digits: What the network for single digits says of its pieces and their parts.
        digit_probabilities: For each piece of the line and each of its parts, the probability that
            it is a digit.
        groups: The pieces, parts and specks that may be one mark, for each such mark.
        windows: Shape (groups, 32, 96), what the network sees of each.
        pairs: Brackets and printed slashes, which the network is not asked about.
    """

    line: list[Piece]
    height: float
    digits: Answers
    digit_probabilities: Mapping[Piece, float]
    groups: list[tuple[Piece, ...]]
    windows: Uint8Array
    pairs: list[FoundMark] = field(default_factory=list)

    def candidate(self, group: tuple[Piece, ...], answer: Float64Array) -> MarkCandidate:
        """Return what is known of a group, with the answer of the network for marks."""
        is_better_without = self._is_better_without(group)
        probabilities = [
            best_digit_probability(self.digits[piece])
            if is_better_without
            else self.digit_probabilities.get(piece, 0.0)
            for piece in group
        ]
        has_part = not self._piece_of_part.keys().isdisjoint(group) and not is_better_without
        small = tuple(
            int(self.digits[piece][:NOT_A_DIGIT].argmax())
            for piece in group
            if piece in self.digit_probabilities
            and not piece.is_tall(self.height)
            and looks_like_digit(self.digits[piece])
        )
        is_high = len(group) == 1 and group[0].ink.shape[0] >= _HIGH * self.height
        return MarkCandidate(group, has_part, max(probabilities), small, is_high, answer)

    def lean_without_slashes(self, candidates: Sequence[MarkCandidate]) -> float:
        """Return how the digits of the line lean, without what may be its slashes."""
        slashes = {
            piece
            for one in candidates
            if one.likeliest == SLASH and one.probability >= _AGAIN
            for piece in one.pieces
        }
        if not slashes:
            return 0.0
        tall = (piece for piece in self.line if piece.is_tall(self.height))
        return usual_lean((piece for piece in tall if piece not in slashes), self.digits)

    def _is_better_without(self, group: tuple[Piece, ...]) -> bool:
        """Tell whether a group is all but one part of a digit that reads as well without it."""
        whole = self._piece_of_part.get(group[0])
        if whole is None or len(group) != len(whole.parts) - 1:
            return False
        (rest, *others) = (part for part in whole.parts if part not in group)
        if others:
            return False
        without = best_digit_probability(self.digits[rest])
        return without >= best_digit_probability(self.digits[whole])

    @cached_property
    def _piece_of_part(self) -> Mapping[Piece, Piece]:
        return {part: piece for piece in self.line for part in piece.parts}


def _ink_of_line(
    line: list[Piece],
    height: float,
    specks: Sequence[Piece],
    digits: Answers,
    hanging: AbstractSet[Piece],
) -> _LineInk:
    """Find the groups of pieces that may be marks; arguments as of `find_marks`, for one line."""
    # A part of a digit is as sure to be a digit's as the whole is, or as a digit of its own.
    digit_probabilities = {
        part: max(best_digit_probability(digits[one]) for one in (piece, part))
        for piece in line
        for part in piece.parts_or_self
    }
    pieces = [*digit_probabilities, *specks]
    digit_probabilities |= {
        one: best_digit_probability(digits[one]) for one in specks if one in hanging
    }
    if len(pieces) < 2 or not any(piece.is_tall(height) for piece in line):
        return _LineInk(
            line, height, digits, digit_probabilities, [], np.empty((0, *WINDOW), np.uint8)
        )
    unlike = {
        part
        for part in digit_probabilities
        if part.is_tall(height) and _is_unlike_marks(digits[part])
    }
    boxes = np.array([piece.box for piece in pieces], np.float64)
    pairs = _pairs(line, height, digits)
    paired = {stroke for mark in pairs for stroke in mark.pieces}
    groups = [
        group
        for group in possible_marks(boxes, height)
        if (len(group) > 1 or pieces[group[0]] not in unlike)
        and paired.isdisjoint(pieces[i] for i in group)
    ]
    windows = mark_windows(pieces, groups, local_middles(boxes, height, groups), height)
    of_pieces = [tuple(pieces[i] for i in group) for group in groups]
    return _LineInk(line, height, digits, digit_probabilities, of_pieces, windows, pairs)


def _pairs(line: list[Piece], height: float, digits: Answers) -> list[FoundMark]:
    """Return the brackets of a line, each a mark that is not known, and its printed slashes."""
    brackets = find_brackets(line, digits, height)
    rest = [piece for piece in line if piece not in brackets]
    strokes = [(one, "?") for one in brackets]
    strokes += [(one, MARKS[SLASH]) for one in find_printed_slashes(rest, digits, height)]
    return [FoundMark(one.box, text, _OF_PAIR, (one,)) for one, text in strokes]


def _is_unlike_marks(answer: ClassProbabilities) -> bool:
    """Tell whether ink looks like a digit that no mark looks like, which is true of most digits."""
    return looks_like_digit(answer) and int(answer[:NOT_A_DIGIT].argmax()) not in _LIKE_MARKS


def _marks_among(ink: _LineInk, candidates: Sequence[MarkCandidate]) -> list[MarkCandidate]:
    """Return the candidates of a line that are marks."""
    usual_lean = ink.lean_without_slashes(candidates)
    sure = {
        one.likeliest
        for one in candidates
        if one.probability >= max(one.least_probability(), MARK_AGAINST_DIGIT)
        and not one.is_like_1(usual_lean)
    }
    candidates = [one for one in candidates if not _is_end_of_digit(one, ink)]
    marks = [one for one in candidates if _is_mark(one, sure, usual_lean)]
    tall = [piece for piece in ink.line if piece.is_tall(ink.height)]
    marks += [one for one in find_date_slashes(candidates, tall, ink.digits) if one not in marks]
    dashes = [one.pieces[0] for one in marks if len(one.pieces) == 1 and one.likeliest == DASH]
    return marks + [
        one
        for one in candidates
        if one not in marks
        and (
            (one.is_two_bars and set(dashes).issuperset(one.pieces))
            or any(_is_before_closing_dash(one, dash, ink) for dash in dashes)
        )
    ]


def _is_end_of_digit(one: MarkCandidate, ink: _LineInk) -> bool:
    """Tell whether a candidate for a dash is the level stroke in which a digit beside it ends."""
    if len(one.pieces) > 1 or one.likeliest != DASH or one.probability < ANY_MARK:
        return False  # of many strokes, few may be dashes
    (bar,) = one.pieces
    return any(
        continues_digit(bar.box, rest.box, ink.digits[rest])
        for rest in ink.digit_probabilities
        if rest is not bar and rest.is_tall(ink.height)
    )


def _is_before_closing_dash(one: MarkCandidate, dash: Piece, ink: _LineInk) -> bool:
    """Tell whether a candidate is a point or comma before a dash that closes the line: "5,-"."""
    if one.likeliest not in _OF_DECIMALS or one.probability < _BEFORE_CLOSING_DASH:
        return False
    tall = [
        part.box
        for piece in ink.line
        for part in piece.parts_or_self
        if part.is_tall(ink.height) and part is not dash
    ]
    left, _, right, bottom = bounding_box(one.pieces)
    last = max(tall, default=(0, 0, 0, 0))
    middle = (left + right) / 2
    between = last[0] + last[2] < 2 * middle < dash.box[0] + dash.box[2]
    small = bottom - one.pieces[0].top < TALL * ink.height
    return between and small and 2 * bottom > last[1] + last[3] and not one.is_of_small_digits


def _is_mark(one: MarkCandidate, sure: AbstractSet[int], usual_lean: float) -> bool:
    """Tell whether a candidate is a mark.

    sure: which of `MARKS` the line has surely. usual_lean: of its digits.
    """
    if one.is_two_bars and one.probability >= ANY_MARK:
        return True
    if one.is_of_small_digits:
        return False
    if len(one.pieces) == 1 and one.looks_like_digit and one.likeliest in _OF_SEVERAL:
        return False
    if one.is_like_1(usual_lean):  # a slash only beside another, and no less sure
        return one.likeliest in sure and one.probability >= one.least_probability()
    is_again = one.likeliest in sure and one.probability >= _AGAIN and not one.small_digits
    return is_again or one.probability >= one.least_probability()


def _disjoint(marks: Sequence[MarkCandidate]) -> list[MarkCandidate]:
    """Keep the surest of the marks that share a piece, but equals and percent signs whole."""
    kept: list[MarkCandidate] = []
    used: set[Piece] = set()

    def order(one: MarkCandidate) -> tuple[bool, float]:
        return not (one.is_two_bars or one.is_whole_percent), float(one.answer[NO_MARK])

    for one in sorted(marks, key=order):
        if used.isdisjoint(one.pieces):
            used.update(one.pieces)
            kept.append(one)
    return kept


def _without_marks(
    ink: _LineInk, marks: Sequence[MarkCandidate]
) -> tuple[list[Piece], list[FoundMark]]:
    """Take the marks out of a line, those that stand where marks do."""
    paired = {stroke for mark in ink.pairs for stroke in mark.pieces}
    rest = _without_pieces(ink.line, paired.union(*(one.pieces for one in marks)))
    digits = [piece.box for piece in rest if piece.is_tall(ink.height)]
    if not digits:
        return ink.line, []
    boxes = np.array(digits, np.float64)
    kept = [one for one in marks if _stands_like_mark(one, boxes, ink.height)]
    found = ink.pairs + [
        FoundMark(bounding_box(one.pieces), *one.name(), one.pieces) for one in kept
    ]
    found.sort(key=lambda mark: mark.box[0] + mark.box[2])
    return _without_pieces(ink.line, paired.union(*(one.pieces for one in kept))), found


def _stands_like_mark(one: MarkCandidate, digits: Float64Array, height: float) -> bool:
    """Tell whether a mark is near a digit, and is not possible dirt beside a single digit.

    A slash that looks like a 1 stands between digits, or it is a 1.

    digits: (N, 4), the boxes of the line's digits. height: theirs.
    """
    left, _, right, _ = bounding_box(one.pieces)
    gap = np.maximum(digits[:, 0] - right, left - digits[:, 2])
    may_be_dirt = len(digits) == 1 and one.likeliest < _NOT_DIRT
    if one.likeliest == SLASH and one.looks_like_digit:
        before = digits[:, [0, 2]].sum(axis=1) < left + right
        if before.all() or not before.any():
            return False
    return float(gap.min()) <= _REACH * height and not may_be_dirt


def _without_pieces(line: Sequence[Piece], gone: AbstractSet[Piece]) -> list[Piece]:
    """Leave out pieces of a line; what was joined to one of them falls apart."""
    rest: list[Piece] = []
    for piece in line:
        whole = gone.isdisjoint((piece, *piece.parts))
        rest += [piece] if whole else [part for part in piece.parts if part not in gone]
    return rest
