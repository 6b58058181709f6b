"""The second reading of a page: ink is found again where lines are not sure.

In a finer copy of the picture, other strokes are found, and other errors made. If the ink has two
colours, that of each is read by itself. Of two readings of each line, the better one is kept.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from typing import NamedTuple

from digitrec.recognition.ink_pieces import enclosing_box
from digitrec.recognition.pages.page_segmentation import InkLine
from digitrec.recognition.results import Box, Prediction
from digitrec.recognition.single_digits.second_look import SURE_AT_ONCE

__all__ = ["ReadLine", "better_lines", "clear_lines", "is_unclear", "unsure_part"]

# Margins around unsure lines that are read again, as shares of their height, because pale digits
# at their ends may have been overlooked.
_ABOVE, _BESIDE = 1.0, 2.0
# A digit that is at least this sure counts for the line that it is in; another counts against it.
_COUNTS_FOR = 0.8
_HARDLY = 0.5  # a digit that is less sure is hardly read
# Two lines show the same ink if they overlap by this share of the height of the lower one.
_OVERLAP = 0.5


class ReadLine(NamedTuple):
    """A line of ink, and what is read in it.

    Attributes:
        ink: The line.
        digits: What is read in each of its segments.
    """

    ink: InkLine
    digits: tuple[Prediction, ...]

    @property
    def box(self) -> Box:
        """The box of its digits, in pixels of the ink; without digits, that of its marks."""
        return enclosing_box([one.box for one in self.ink.segments or self.ink.marks])


def unsure_part(lines: Sequence[ReadLine]) -> Box | None:
    """Return the part of a page with all lines that are not sure; None where all are."""
    around = []
    for line in lines:
        if not _is_sure(line):
            left, top, right, bottom = line.box
            down, across = (round(share * (bottom - top)) for share in (_ABOVE, _BESIDE))
            around.append((left - across, top - down, right + across, bottom + down))
    return enclosing_box(around) if around else None


def better_lines(
    first: Sequence[ReadLine], again: Sequence[ReadLine], *, of_all_ink: bool = True
) -> list[ReadLine]:
    """Return the better of two readings, line by line.

    Args:
        first: What was read at first. Sure lines stay.
        again: What was read in the part of the page that holds the lines that are not sure. Lines
            with sure digits are added where nothing was read at first.
        of_all_ink: Whether all ink was read again. Where only some of it was, lines with fewer
            digits than at first are not better, however sure those are.

    Returns:
        The lines, from top to bottom.
    """
    chosen: list[ReadLine] = []
    groups = _same_lines(first, again)
    for lines, others in groups:
        if lines:
            fewer = not of_all_ink and _count(others) < _count(lines)
            chosen += others if _is_better(others, lines) and not fewer else lines
    for lines, others in groups:
        if not lines and _is_better(others, lines):
            place = bisect([_middle(line) for line in chosen], _middle(others[0]))
            chosen[place:place] = others
    return chosen


def clear_lines(lines: Sequence[ReadLine]) -> list[ReadLine]:
    """Return the lines of digits that speak for themselves, not of 1s alone, as edges look."""
    return [
        line
        for line in lines
        if all(one.digit is not None for one in line.digits)
        and any(one.digit != 1 for one in line.digits)
        and _evidence([line]) > 0
    ]


def is_unclear(lines: Sequence[ReadLine]) -> bool:
    """Return whether something is not read, or hardly read, or there is nothing."""
    digits = [one for line in lines for one in line.digits]
    return not digits or any(one.digit is None or one.sureness < _HARDLY for one in digits)


def _is_better(again: Sequence[ReadLine], first: Sequence[ReadLine]) -> bool:
    """Return whether a second reading of the same ink is better than a first that is not sure."""
    if not again or (first and all(map(_is_sure, first))):
        return False
    return _evidence(again) > _evidence(first)


def _same_lines(
    first: Sequence[ReadLine], again: Sequence[ReadLine]
) -> list[tuple[list[ReadLine], list[ReadLine]]]:
    """Group lines of two readings that lie over each other; either may have none in a group.

    The groups are in the order of their first lines in ``first``; groups without such lines follow.
    """
    groups: list[tuple[list[ReadLine], list[ReadLine]]] = [([line], []) for line in first]
    for line in again:
        over = [group for group in groups if any(_is_over(line, one) for one in group[0])]
        if not over:
            groups.append(([], [line]))
            continue
        lines, others = over[0]
        for group in over[1:]:
            lines += group[0]
            others += group[1]
            groups.remove(group)
        others.append(line)
    return groups


def _middle(line: ReadLine) -> float:
    _, top, _, bottom = line.box
    return (top + bottom) / 2


def _is_over(one: ReadLine, other: ReadLine) -> bool:
    a, b = one.box, other.box
    across = min(a[2], b[2]) - max(a[0], b[0])
    down = min(a[3], b[3]) - max(a[1], b[1])
    return across > 0 and down > _OVERLAP * min(a[3] - a[1], b[3] - b[1])


def _is_sure(line: ReadLine) -> bool:
    return all(one.digit is not None and one.sureness >= SURE_AT_ONCE for one in line.digits)


def _count(lines: Sequence[ReadLine]) -> int:
    return sum(one.digit is not None for line in lines for one in line.digits)


def _evidence(lines: Sequence[ReadLine]) -> float:
    """Return how much what is read speaks for itself: more digits, and surer ones."""
    return sum(
        (0.0 if one.digit is None else one.sureness) - _COUNTS_FOR
        for line in lines
        for one in line.digits
    )
