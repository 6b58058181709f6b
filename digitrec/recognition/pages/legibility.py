"""What is legible of a page and of its lines: all other ink is words, noise or scribbles.

Some letters, and some strokes in noise, look like digits. How many there are, and how sure, tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from digitrec.recognition.marks.wide_spaces import wide_spaces
from digitrec.recognition.results import Prediction, Rejection
from digitrec.recognition.single_digits.second_look import SURE_AT_ONCE

__all__ = ["are_sure_digits", "illegible", "is_mostly_legible", "without_words"]

# A page has no digits if at least `_MIN_TO_TELL` pieces of ink were read and less than the fraction
# `_MIN_LEGIBLE` of them are digits. In noise, some strokes look like a 1.
_MIN_TO_TELL, _MIN_LEGIBLE = 8, 0.2
# The same for a line, because some letters of a word look like digits. Half of those of a printed
# word may, but few of them surely: of `_MIN_TO_TELL` pieces or more, each digit counts as much as
# it is sure. Beside words, a part of the line with several digits that are all sure is a number.
_MIN_TO_TELL_LINE, _MIN_LEGIBLE_LINE = 4, 0.5
# The ink of one colour is digits, beside words of another, if they are so sure on average.
_MOSTLY_SURE = 0.8


def is_mostly_legible(lines: list[tuple[Prediction, ...]]) -> bool:
    """Return whether enough of what was read are digits, or too little to tell was read."""
    digits = [prediction.digit is not None for line in lines for prediction in line]
    return len(digits) < _MIN_TO_TELL or sum(digits) >= _MIN_LEGIBLE * len(digits)


def are_sure_digits(read: Sequence[Prediction]) -> bool:
    """Return whether nearly all of what was read are sure digits, and several are."""
    return _digits_by_sureness(read) >= _MOSTLY_SURE * max(len(read), 2)


def without_words(line: tuple[Prediction, ...]) -> tuple[Prediction, ...]:
    """Reject the digits of a line of words, except for numbers between wide spaces."""
    if _is_legible_line(line):
        return line
    spaces = wide_spaces([one.box for one in line if one.box])
    read: list[Prediction] = []
    for first, last in pairwise([0, *(space.before for space in spaces), len(line)]):
        part = line[first:last]
        is_number = len(part) > 1 and _digits_by_sureness(part) >= SURE_AT_ONCE * len(part)
        read += part if is_number else illegible(part)
    return tuple(read)


def illegible(line: tuple[Prediction, ...]) -> tuple[Prediction, ...]:
    """Reject the digits of a line."""
    return tuple(
        prediction
        if prediction.digit is None
        else replace(prediction, digit=None, rejection=Rejection("not a digit", prediction.digit))
        for prediction in line
    )


def _is_legible_line(line: tuple[Prediction, ...]) -> bool:
    """Return whether enough of a line are digits, or it is too short to tell."""
    if len(line) < _MIN_TO_TELL_LINE:
        return True
    if len(line) < _MIN_TO_TELL:
        digits: float = sum(one.digit is not None for one in line)
    else:
        digits = _digits_by_sureness(line)
    return digits >= _MIN_LEGIBLE_LINE * len(line)


def _digits_by_sureness(line: Sequence[Prediction]) -> float:
    """Return the number of digits, each counted as much as it is sure."""
    return sum(one.sureness for one in line if one.digit is not None)
