"""Finding the marks between the digits of a line, before it is cut into digits.

Points, commas and dashes are so small beside digits that dirt is as large, and a slash looks like
a 1. So a network sees each piece of ink, and each few pieces that may be one mark, among the other
ink of the line (`digitrec.imaging.mark_windows`), and what it takes for marks leaves the line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import KDTree

from digitrec.arrays import Float32Array, Float64Array, Uint8Array
from digitrec.imaging.mark_windows import local_middles, mark_windows, possible_marks
from digitrec.models.ctc import NOT_A_DIGIT
from digitrec.models.marks import EQUALS, MARKS, NO_MARK, WINDOW
from digitrec.recognition.ink_pieces import TALL, Piece, bounding_box, typical_height
from digitrec.recognition.results import Box
from digitrec.recognition.segmentation_graph import (
    Answers,
    ClassProbabilities,
    best_digit_probability,
)

__all__ = ["FoundMark", "ReadMarks", "find_marks"]

ReadMarks = Callable[[Uint8Array], Float64Array]
"""Reads windows (N, 32, 96), and returns probabilities (N, 8); see `digitrec.models.marks`."""

# Lengths are fractions of the height of the line's digits.
# Ink whose longer side is below this fraction, or below so many pixels, is dirt.
_LEAST, _LEAST_PIXELS = 0.05, 2
# No mark is farther from a digit than this.
_REACH = 1.1
# A line with more specks than so many for each of its pieces, and so many more, lies in noise.
_MOST_SPECKS, _AND_SPECKS = 3, 6
# Ink is a mark from this probability of any mark on, if nothing else is said.
_MARK = 0.4
# Ink with the first probability of a digit is a mark only from the second of a mark on.
_SURE_DIGIT, _MARK_AGAINST_DIGIT = 0.9, 0.85
# Of several pieces that may be a percent sign, one of which reads as a digit, this one is enough.
_PERCENT_AGAINST_DIGIT = 0.3
# A part of a piece needs this one to leave the piece.
_MARK_IN_PIECE = 0.9
# Where the line has a sure mark of the same kind, this one is enough, for dates have two slashes.
_AGAIN = 0.5
# Slashes and plus signs are taken for these digits.
_LIKE_MARKS = (1, 4, 7)
# A bar of an equals sign, and no dot, is so many times as wide as it is high.
_FLAT = 1.8
# So much of the wider bar of an equals sign is over or under the other.
_OVER = 0.5
# Which mark it is is not sure where the likeliest has less than this share of all marks.
_SURE = 0.6
# A mark before or after a single digit is this one of `MARKS` or a later one: what looks like a
# point or a comma there is dirt as often.
_NOT_DIRT = MARKS.index("-")
_PERCENT, _SLASH = MARKS.index("%"), MARKS.index("/")
# These have ink that does not touch: a single piece that reads as a digit is none of them.
_OF_SEVERAL = (_PERCENT, MARKS.index(":"))
# A slash leans by more than this fraction of its height; of straight slashes in UNIPEN, 97% do, and
# so do 44% of its straight 1s.
_LEAST_LEAN = 0.12


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
    inks = [
        _ink_of_line(line, height, some, digits)
        for line, height, some in zip(lines, heights, near, strict=True)
    ]
    windows = [ink.windows for ink in inks if ink.groups]
    answers = iter(read(np.concatenate(windows)) if windows else ())
    found = []
    for ink in inks:
        candidates = [ink.candidate(group, next(answers)) for group in ink.groups]
        found.append(_without_marks(ink, _disjoint(_marks_among(candidates))))
    return found


@dataclass(frozen=True, eq=False)
class _Candidate:
    """Ink that may be a mark, and what the networks say of it.

    Attributes:
        pieces: The ink.
        has_part: Whether some of it is only a part of a piece of the line.
        digit_probability: Of the piece that is most likely a digit; 0 where all are specks.
        answer: Shape (8,), of the network for marks.
    """

    pieces: tuple[Piece, ...]
    has_part: bool
    digit_probability: float
    answer: Float64Array

    @property
    def probability(self) -> float:
        """That it is any mark."""
        return float(1 - self.answer[NO_MARK])

    @cached_property
    def likeliest(self) -> int:
        """Which of `MARKS` it is, if it is one."""
        return int(self.answer[:NO_MARK].argmax())

    @property
    def looks_like_digit(self) -> bool:
        """Whether a piece of it surely reads as a digit."""
        return self.digit_probability >= _SURE_DIGIT

    @cached_property
    def is_two_bars(self) -> bool:
        """Whether it may be an equals sign, which is no digit whatever its bars look like."""
        return _are_two_bars(self.pieces)

    @cached_property
    def is_like_upright_1(self) -> bool:
        """Whether it looks like a slash and like a digit, but does not lean as a slash does."""
        if len(self.pieces) > 1 or not self.looks_like_digit or self.likeliest != _SLASH:
            return False
        return _lean(self.pieces[0].ink) < _LEAST_LEAN

    def least_probability(self) -> float:
        """Return the probability of any mark from which on it is one."""
        # The ring of a percent sign, joined to its slash, may look like a digit.
        percent_of_several = self.likeliest == _PERCENT and len(self.pieces) > 1
        if self.has_part and not percent_of_several:
            return _MARK_IN_PIECE
        if self.looks_like_digit:
            return _PERCENT_AGAINST_DIGIT if percent_of_several else _MARK_AGAINST_DIGIT
        return _MARK

    def found(self) -> FoundMark:
        """Return the mark that it is taken for."""
        box = bounding_box(self.pieces)
        if self.is_two_bars:  # which the network takes for a dash or a colon
            return FoundMark(box, EQUALS, self.probability, self.pieces)
        confidence = float(self.answer[self.likeliest])
        is_sure = confidence >= _SURE * self.probability
        text = MARKS[self.likeliest] if is_sure else "?"
        return FoundMark(box, text, confidence, self.pieces)


@dataclass(frozen=True, eq=False)
class _LineInk:
    """The ink of a line, and what of it the network for marks is asked about.

    Attributes:
        line: The pieces of the line.
        height: Height of its digits, in pixels.
        digit_probabilities: How likely each piece of the line, or each of its parts, is a digit.
        groups: The pieces, parts and specks that may be one mark, for each such mark.
        windows: Shape (groups, 32, 96), what the network sees of each.
    """

    line: list[Piece]
    height: float
    digit_probabilities: Mapping[Piece, float]
    groups: list[tuple[Piece, ...]]
    windows: Uint8Array

    def candidate(self, group: tuple[Piece, ...], answer: Float64Array) -> _Candidate:
        """Return what is known of a group, with the answer of the network for marks."""
        probabilities = [self.digit_probabilities.get(piece, 0.0) for piece in group]
        has_part = not self._parts.isdisjoint(group)
        return _Candidate(group, has_part, max(probabilities), answer)

    @cached_property
    def _parts(self) -> frozenset[Piece]:
        return frozenset(part for piece in self.line for part in piece.parts)


def _ink_of_line(
    line: list[Piece], height: float, specks: Sequence[Piece], digits: Answers
) -> _LineInk:
    """Find the groups of pieces that may be marks; arguments as of `find_marks`, for one line."""
    # A part of a digit is as sure to be a digit's as the whole is, or as a digit of its own.
    digit_probabilities = {
        part: max(best_digit_probability(digits[one]) for one in (piece, part))
        for piece in line
        for part in piece.parts_or_self
    }
    pieces = [*digit_probabilities, *specks]
    if len(pieces) < 2 or not any(_is_tall(piece, height) for piece in line):
        return _LineInk(line, height, digit_probabilities, [], np.empty((0, *WINDOW), np.uint8))
    unlike = {
        part
        for part in digit_probabilities
        if _is_tall(part, height) and _is_unlike_marks(digits[part])
    }
    boxes = np.array([piece.box for piece in pieces], np.float64)
    groups = [
        group
        for group in possible_marks(boxes, height)
        if len(group) > 1 or pieces[group[0]] not in unlike
    ]
    windows = mark_windows(pieces, groups, local_middles(boxes, height, groups), height)
    of_pieces = [tuple(pieces[i] for i in group) for group in groups]
    return _LineInk(line, height, digit_probabilities, of_pieces, windows)


def _is_tall(piece: Piece, height: float) -> bool:
    return bool(piece.ink.shape[0] >= TALL * height)


def _is_unlike_marks(answer: ClassProbabilities) -> bool:
    """Tell whether ink is surely a digit that no mark is taken for: most digits are."""
    is_sure = best_digit_probability(answer) >= _SURE_DIGIT
    return is_sure and int(answer[:NOT_A_DIGIT].argmax()) not in _LIKE_MARKS


def _marks_among(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Return the candidates of a line that are marks."""
    sure = {
        one.likeliest
        for one in candidates
        if one.probability >= max(one.least_probability(), _MARK_AGAINST_DIGIT)
        and not one.is_like_upright_1
    }
    return [one for one in candidates if _is_mark(one, sure)]


def _is_mark(one: _Candidate, sure: AbstractSet[int]) -> bool:
    """Tell whether a candidate is a mark; sure: which of `MARKS` the line has surely."""
    if one.is_two_bars and one.probability >= _MARK:
        return True
    if len(one.pieces) == 1 and one.looks_like_digit and one.likeliest in _OF_SEVERAL:
        return False
    if one.is_like_upright_1:  # a slash only beside another, and no less sure
        return one.likeliest in sure and one.probability >= one.least_probability()
    is_again = one.likeliest in sure and one.probability >= _AGAIN
    return is_again or one.probability >= one.least_probability()


def _disjoint(marks: Sequence[_Candidate]) -> list[_Candidate]:
    """Keep the surest of the marks that share a piece; two bars are no dash and something else."""
    kept: list[_Candidate] = []
    used: set[Piece] = set()
    for one in sorted(marks, key=lambda one: (not one.is_two_bars, float(one.answer[NO_MARK]))):
        if used.isdisjoint(one.pieces):
            used.update(one.pieces)
            kept.append(one)
    return kept


def _without_marks(
    ink: _LineInk, marks: Sequence[_Candidate]
) -> tuple[list[Piece], list[FoundMark]]:
    """Take the marks out of a line, those that stand where marks do."""
    rest = _without_pieces(ink.line, {piece for one in marks for piece in one.pieces})
    digits = [piece.box for piece in rest if _is_tall(piece, ink.height)]
    if not digits:
        return ink.line, []
    boxes = np.array(digits, np.float64)
    kept = [one for one in marks if _stands_like_mark(one, boxes, ink.height)]
    found = sorted((one.found() for one in kept), key=lambda mark: mark.box[0] + mark.box[2])
    return _without_pieces(ink.line, {piece for one in kept for piece in one.pieces}), found


def _stands_like_mark(one: _Candidate, digits: Float64Array, height: float) -> bool:
    """Tell whether a mark is near a digit, and is not what may be dirt beside the only one.

    digits: (N, 4), the boxes of the line's digits. height: theirs.
    """
    left, _, right, _ = bounding_box(one.pieces)
    gap = np.maximum(digits[:, 0] - right, left - digits[:, 2])
    may_be_dirt = len(digits) == 1 and one.likeliest < _NOT_DIRT
    return float(gap.min()) <= _REACH * height and not may_be_dirt


def _lean(ink: Float32Array) -> float:
    """Return how far ink (H, W) goes to the right on its way up, as a fraction of its height."""
    rows, columns = np.nonzero(ink)
    amounts = ink[rows, columns].astype(np.float64)
    down = rows - np.average(rows, weights=amounts)
    across = columns - np.average(columns, weights=amounts)
    return -float((amounts * down * across).sum() / max((amounts * down * down).sum(), 1e-9))


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


def _specks_of_lines(
    lines: Sequence[list[Piece]], heights: Sequence[float], specks: Sequence[Piece]
) -> list[list[Piece]]:
    """Return for each line the specks near its digits; none of a line that lies in noise."""
    near: list[list[Piece]] = [[] for _ in lines]
    owners, places = [], []
    for number, (line, height) in enumerate(zip(lines, heights, strict=True)):
        for piece in line:
            if _is_tall(piece, height):
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
