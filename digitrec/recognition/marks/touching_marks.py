"""Finding the marks that touch a digit: ink that is not surely a digit is cut and read again.

It is cut along the seams that separate touching digits (`digitrec.imaging.lines.seams`), and
neighbouring parts are read by the network for marks. What it takes for a mark is removed from the
ink if the rest reads better than the whole did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from digitrec.arrays import Float64Array, Uint8Array
from digitrec.imaging.lines.mark_windows import local_middles, mark_windows, possible_marks_of_parts
from digitrec.models.marks import MARKS, NO_MARK, WINDOW
from digitrec.recognition.ink_pieces import Piece, joined_ink
from digitrec.recognition.marks.line_marks import FoundMark, ReadMarks
from digitrec.recognition.marks.mark_candidates import DASH, MarkCandidate
from digitrec.recognition.marks.stroke_shapes import continues_digit
from digitrec.recognition.segmentation_graph import (
    WIDE,
    Answers,
    ClassProbabilities,
    ReadDigits,
    best_digit_probability,
    may_be_several,
)

__all__ = ["Divided", "MarkedLine", "find_touching_marks", "mark_of_part"]

MarkedLine = tuple[list[Piece], list[FoundMark]]
"""The pieces of a line that are not of a mark, and its marks from left to right."""

# Lengths are fractions of the height of the line's digits.
_MARK_OF_PARTS = 0.97  # least probability of any mark for parts to be one
_MORE_PARTS = 0.01  # for each part more, a mark may be this much less sure than another
_REST = 0.9  # least probability of a digit in what is left beside a mark, unless it is wide
_NEAR = 6.0  # ink farther away is in no window
_ALONE = 1.2  # ink that is alone on its line, and no wider, is one digit or nothing
_MAX_PIECES = 300  # a page with more pieces that are not surely digits is not one of numbers


def find_touching_marks(
    lines: Sequence[MarkedLine],
    heights: Sequence[float],
    digits: Answers,
    read_digits: ReadDigits,
    read_marks: ReadMarks,
) -> tuple[list[MarkedLine], Mapping[Piece, ClassProbabilities]]:
    """Take the marks that touch digits out of the pieces of all lines.

    Args:
        lines: What `digitrec.recognition.marks.line_marks.find_marks` returned.
        heights: Of the digits of each line, in pixels.
        digits: What the network for single digits says of each piece.
        read_digits: That network; it is called once at most.
        read_marks: The network for marks; it is called once at most.

    Returns:
        The lines, with marks that were found; and what is read in the pieces that are new.
    """
    may_hold = [
        (piece, line, marks, height)
        for (line, marks), height in zip(lines, heights, strict=True)
        for piece in line
        if _may_hold_mark(piece, line, digits, height)
    ]
    looked_at = [_cut(*one) for one in may_hold] if len(may_hold) <= _MAX_PIECES else []
    windows = [one.windows for one in looked_at]
    answers = read_marks(np.concatenate(windows)) if windows else np.empty((0, NO_MARK + 1))
    stops = np.cumsum([len(some) for some in windows])[:-1]
    component = count(1 + max((piece.component for line, _ in lines for piece in line), default=0))
    divided: list[Divided] = []
    for one, some in zip(looked_at, np.split(answers, stops) if windows else [], strict=True):
        found = one.divide(some)
        if found is not None:
            divided.append(found.with_own_components(component))
    rests = [rest for one in divided for rest in one.rests]
    read = read_digits(np.stack([rest.image for rest in rests])) if rests else ()
    known = dict(zip(rests, read, strict=True))
    kept = {
        one.piece: one
        for one in divided
        if one.reads_better(known, best_digit_probability(digits[one.piece]))
    }
    marked = [
        (
            [rest for piece in line for rest in (kept[piece].rests if piece in kept else [piece])],
            sorted(
                marks + [mark for piece in line if piece in kept for mark in kept[piece].marks],
                key=lambda mark: mark.box[0] + mark.box[2],
            ),
        )
        for line, marks in lines
    ]
    return marked, known


def _may_hold_mark(piece: Piece, line: Sequence[Piece], digits: Answers, height: float) -> bool:
    alone = len(line) == 1 and piece.ink.shape[1] <= _ALONE * height
    return not alone and may_be_several(piece, digits[piece], height)


@dataclass(frozen=True, eq=False)
class _Cut:
    """A piece that was cut.

    Attributes:
        piece: The piece.
        height: Height of its line's digits, in pixels.
        parts: Its parts, from left to right.
        groups: Which neighbouring parts may be a mark.
        windows: (groups, 32, 96), what the network for marks sees of each.
    """

    piece: Piece
    height: float
    parts: list[Piece]
    groups: list[tuple[int, ...]]
    windows: Uint8Array

    def divide(self, answers: Float64Array) -> Divided | None:
        """Return the piece without what is taken for marks; None where nothing is.

        answers: (groups, 8), of the network for marks.
        """
        marks: list[FoundMark] = []
        taken: set[int] = set()
        # The surest first; of those that are nearly as sure, the one of more parts.
        sizes = np.array([len(group) for group in self.groups])
        order = np.argsort(answers[:, NO_MARK] - _MORE_PARTS * sizes, kind="stable").tolist()
        for group, answer in ((self.groups[number], answers[number]) for number in order):
            leaves_some = len(taken) + len(group) < len(self.parts)
            sure = 1 - answer[NO_MARK] >= _MARK_OF_PARTS
            if sure and leaves_some and taken.isdisjoint(group):
                taken.update(group)
                ink = self._joined(group)
                marks.append(mark_of_part(ink, answer))
        if not marks:
            return None
        rests: list[list[int]] = [[]]
        for number in range(len(self.parts)):
            if number in taken:
                rests.append([])
            else:
                rests[-1].append(number)
        joined = [self._joined(rest) for rest in rests if rest]
        return Divided(self.piece, self.height, joined, marks)

    def _joined(self, numbers: Sequence[int]) -> Piece:
        """Return neighbouring parts as one piece."""
        parts = [self.parts[number] for number in numbers]
        left, top = min(part.left for part in parts), min(part.top for part in parts)
        return Piece(left, top, joined_ink(parts), self.piece.component)


@dataclass(frozen=True, eq=False)
class Divided:
    """A piece that was divided into digits and marks.

    Attributes:
        piece: The piece.
        height: Height of its line's digits, in pixels.
        rests: What is beside and between the marks.
        marks: The marks.
    """

    piece: Piece
    height: float
    rests: list[Piece]
    marks: list[FoundMark]

    def reads_better(self, answers: Answers, whole: float) -> bool:
        """Tell whether it reads better without its marks than it did before it was divided.

        Args:
            answers: What the network for single digits reads in what is left.
            whole: Probability of the digit that the undivided ink is most likely.
        """
        least = max(_REST, whole)
        return bool(self.rests) and all(
            (
                best_digit_probability(answers[rest]) >= least
                or rest.ink.shape[1] > WIDE * self.height
            )
            and not self._has_end_of(rest, answers[rest])
            for rest in self.rests
        )

    def _has_end_of(self, rest: Piece, answer: ClassProbabilities) -> bool:
        """Tell whether what is taken for a dash is the level stroke in which a digit ends."""
        return any(
            mark.text == MARKS[DASH] and continues_digit(mark.box, rest.box, answer)
            for mark in self.marks
        )

    def with_own_components(self, numbers: count[int]) -> Divided:
        """Return it with the next of some component numbers for each part of what is left."""
        return replace(self, rests=[replace(one, component=next(numbers)) for one in self.rests])


def mark_of_part(ink: Piece, answer: Float64Array) -> FoundMark:
    """Return ink that was part of a digit as the mark that the network for marks reads."""
    candidate = MarkCandidate((ink,), True, 0.0, (), False, answer)
    return FoundMark(ink.box, *candidate.name(), (ink,))


def _cut(piece: Piece, line: Sequence[Piece], marks: Sequence[FoundMark], height: float) -> _Cut:
    """Cut a piece of a line, and look at its parts among the other ink of the line."""
    parts = piece.cut_along_seams(height, beside_bridges=True)
    others = [one for one in line if one is not piece]
    others += [one for mark in marks for one in mark.pieces]
    others = [one for one in others if _gap_between(one, piece) <= _NEAR * height]
    everything = [*others, *parts]
    boxes = np.array([one.box for one in everything], np.float64)
    groups = possible_marks_of_parts(boxes[len(others) :], height)
    chosen = [tuple(len(others) + number for number in group) for group in groups]
    windows = (
        mark_windows(everything, chosen, local_middles(boxes, height, chosen), height, are_cut=True)
        if groups
        else np.empty((0, *WINDOW), np.uint8)
    )
    return _Cut(piece, height, parts, groups, windows)


def _gap_between(one: Piece, other: Piece) -> int:
    return max(one.left - other.box[2], other.left - one.box[2], 0)
