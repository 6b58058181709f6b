"""Finding the slashes of a date, each of which alone may be a 1.

An upright slash and a 1 are the same stroke. But a number seldom has two such strokes, both leaning
alike, that leave a day, a month and a year: "9/12/2004", not "911212004". Beside a sure slash it is
enough that as many digits are left as a date has.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from digitrec.models.ctc import NOT_A_DIGIT
from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.marks.mark_candidates import SLASH, MarkCandidate
from digitrec.recognition.marks.stroke_shapes import lean
from digitrec.recognition.segmentation_graph import (
    Answers,
    ClassProbabilities,
    best_digit_probability,
)

__all__ = ["find_date_slashes"]

# Probability that a slash is any mark:
_MAY_BE = 0.3  # at least, of each of the two slashes
_ON_AVERAGE = 0.45  # at least, on average over both slashes
_ONE_SURE = 0.85  # at least, of one of them, if they are not alike or the digits are no date
_LEANS_ALIKE = 0.15  # largest difference between the leans of both, as fractions of their heights
_HIGH_ALIKE = 0.7  # least height of the lower slash, as a fraction of the height of the other
_LEGIBLE = 0.5  # least probability of each digit of the date
_MAX_PIECES = 10  # eight digits and two slashes
_DAYS, _MONTHS, _YEARS = range(1, 32), range(1, 13), range(1800, 2200)


def find_date_slashes(
    candidates: Sequence[MarkCandidate], line: Sequence[Piece], digits: Answers
) -> list[MarkCandidate]:
    """Return the two slashes of a date, or none.

    Args:
        candidates: What may be a mark in the line.
        line: The pieces of the line that are as high as digits, or as slashes.
        digits: What the network for single digits reads in each.
    """
    if len(line) > _MAX_PIECES:
        return []
    may_be = [
        one
        for one in candidates
        if len(one.pieces) == 1
        and one.pieces[0] in line
        and one.likeliest == SLASH
        and one.probability >= _MAY_BE
    ]
    pairs = sorted(combinations(may_be, 2), key=lambda pair: -_mean_probability(pair))
    for pair in pairs:
        if _mean_probability(pair) < _ON_AVERAGE:
            break
        fields = _fields(pair, line, digits)
        one_is_sure = max(one.probability for one in pair) >= _ONE_SURE
        if _looks_like_date(fields) and (one_is_sure or (_are_alike(*pair) and _is_date(fields))):
            return list(pair)
    return []


def _mean_probability(pair: tuple[MarkCandidate, MarkCandidate]) -> float:
    return (pair[0].probability + pair[1].probability) / 2


def _are_alike(one: MarkCandidate, other: MarkCandidate) -> bool:
    inks = [each.pieces[0].ink for each in (one, other)]
    low, high = sorted(ink.shape[0] for ink in inks)
    return low >= _HIGH_ALIKE * high and abs(lean(inks[0]) - lean(inks[1])) <= _LEANS_ALIKE


def _fields(
    pair: tuple[MarkCandidate, MarkCandidate], line: Sequence[Piece], digits: Answers
) -> tuple[str, str, str]:
    """Return the digits before, between and after two slashes; "?" where none is legible."""
    ordered = sorted(line, key=lambda piece: piece.box[0] + piece.box[2])
    first, second = sorted(ordered.index(one.pieces[0]) for one in pair)
    parts = ordered[:first], ordered[first + 1 : second], ordered[second + 1 :]
    before, between, after = ("".join(_digit(digits[one]) for one in part) for part in parts)
    return before, between, after


def _digit(answer: ClassProbabilities) -> str:
    is_legible = best_digit_probability(answer) >= _LEGIBLE
    return str(int(answer[:NOT_A_DIGIT].argmax())) if is_legible else "?"


def _looks_like_date(fields: tuple[str, str, str]) -> bool:
    """Tell whether fields are as long as a day, a month and a year, in one of the usual orders."""
    if not all(field.isdecimal() for field in fields):
        return False
    first, second, third = _with_year_last(fields)
    return len(first) <= 2 and len(second) <= 2 and len(third) in (2, 4)


def _is_date(fields: tuple[str, str, str]) -> bool:
    """Tell whether fields that look like a date are one."""
    first, second, third = _with_year_last(fields)
    one, other = int(first), int(second)
    day_and_month = (one in _DAYS and other in _MONTHS) or (one in _MONTHS and other in _DAYS)
    return day_and_month and (len(third) == 2 or int(third) in _YEARS)


def _with_year_last(fields: tuple[str, str, str]) -> tuple[str, str, str]:
    first, second, third = fields
    return (second, third, first) if len(first) == 4 else fields
