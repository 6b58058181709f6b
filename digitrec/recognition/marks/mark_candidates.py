"""Ink that may be a mark, what two networks say of it, and how sure it must be to be a mark.

The network for marks says which mark it is; the one for single digits, how likely it is a digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from digitrec.arrays import Float64Array
from digitrec.models.marks import EQUALS, MARKS, NO_MARK
from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.marks.stroke_shapes import (
    are_slash_and_rings,
    are_two_bars,
    is_double_bar,
    lean,
)
from digitrec.recognition.segmentation_graph import LOOKS_LIKE_DIGIT

__all__ = ["ANY_MARK", "DASH", "MARK_AGAINST_DIGIT", "SLASH", "MarkCandidate"]

DASH, SLASH, _PERCENT, _PLUS, _COLON = (MARKS.index(mark) for mark in "-/%+:")
# Ink is a mark if the probability that it is any mark is at least:
ANY_MARK = 0.4  # unless one of the following applies
MARK_AGAINST_DIGIT = 0.85  # for ink that looks like a digit
_PERCENT_AGAINST_DIGIT = 0.3  # the same for a percent sign of several pieces
_PLUS_AGAINST_DIGIT = 0.97  # and for a plus sign, like which many an open 4 is written
_MARK_IN_PIECE = 0.9  # for a part of a larger piece
_MARK_AGAINST_SMALL_DIGIT = 0.95  # for small ink that looks like a digit
_SURELY_MARK = 0.995  # for small ink that looks like another digit than that mark looks like
_LEANING_SLASH = 0.7  # for a slash that leans, but no more than the digits of its line
_HIGH_SLASH = 0.8  # for one that leans, and is higher than these digits

# The small digits that a mark may look like; with another one, it is not that mark.
_DIGITS_LIKE = {".": (1, 7, 9), ",": (1, 7, 9), "/": (1, 7), "+": (4, 7)}
# What the rings of a percent sign, and the dots of a colon, read as, however they are scribbled:
_RINGS = (0, 6, 8, 9)
# The kind of a mark is unknown if the likeliest kind has less than this share of the probability
# that it is any mark.
_KNOWN_KIND = 0.6
_MIN_LEAN = 0.1  # a slash leans this much more than the digits' stems, as a fraction of its height


@dataclass(frozen=True, eq=False)
class MarkCandidate:
    """Ink that may be a mark, and what the networks say of it.

    Attributes:
        pieces: The ink.
        has_part: Whether some of the ink is only a part of a piece of the line, and that piece
            reads worse without it.
        digit_probability: The highest digit probability among its pieces and the pieces that these
            are parts of; 0 where all are specks.
        small_digits: The digits that its small pieces look like, where they look like any.
        is_high: Whether it is higher than the digits of its line, as many a slash is.
        answer: Shape (8,), of the network for marks.
    """

    pieces: tuple[Piece, ...]
    has_part: bool
    digit_probability: float
    small_digits: tuple[int, ...]
    is_high: bool
    answer: Float64Array

    @property
    def probability(self) -> float:
        """Probability that it is any mark."""
        return float(1 - self.answer[NO_MARK])

    @cached_property
    def likeliest(self) -> int:
        """Which of `MARKS` it is, if it is one."""
        return int(self.answer[:NO_MARK].argmax())

    @property
    def looks_like_digit(self) -> bool:
        """Whether a piece of it looks like a digit."""
        return self.digit_probability >= LOOKS_LIKE_DIGIT

    @cached_property
    def is_two_bars(self) -> bool:
        """Whether it may be an equals sign, which is not a digit whatever its bars look like."""
        return len(self.pieces) == 2 and are_two_bars(*self.pieces)

    @cached_property
    def is_equals_sign(self) -> bool:
        """Whether, if it is a mark, it is an equals sign; the network takes it for a dash."""
        one_piece = len(self.pieces) == 1 and self.likeliest == DASH
        return self.is_two_bars or (one_piece and is_double_bar(self.pieces[0].ink))

    @cached_property
    def is_of_small_digits(self) -> bool:
        """Whether its small pieces look like digits that its likeliest mark does not look like.

        Not where it is surely a mark, as few digits are: many a comma looks like a small 2.
        """
        if self.is_whole_percent or self.probability >= _SURELY_MARK:
            return False
        alike = _DIGITS_LIKE.get(MARKS[self.likeliest], ())
        return not {*alike, *self._rings}.issuperset(self.small_digits)

    @property
    def _rings(self) -> tuple[int, ...]:
        """What small pieces may read as in a mark that has several."""
        return _RINGS if len(self.pieces) > 1 and self.likeliest in (_PERCENT, _COLON) else ()

    @cached_property
    def is_whole_percent(self) -> bool:
        """Whether it may be a percent sign of a slash and two rings that are apart from it."""
        return self.likeliest == _PERCENT and are_slash_and_rings(self.pieces)

    def is_like_1(self, usual_lean: float) -> bool:
        """Tell whether it looks like a slash and a digit, but does not lean as a slash does.

        usual_lean: of the digits of its line.
        """
        if len(self.pieces) > 1 or not self.looks_like_digit or self.likeliest != SLASH:
            return False
        own = lean(self.pieces[0].ink)
        leans = own >= _MIN_LEAN and self.probability >= _LEANING_SLASH
        return own - usual_lean < _MIN_LEAN and not leans

    def least_probability(self) -> float:
        """Return how probable any mark must be for it to be taken for one."""
        # The ring of a percent sign, joined to its slash, may look like a digit.
        percent_of_several = self.likeliest == _PERCENT and len(self.pieces) > 1
        if self.has_part and not percent_of_several:
            return _MARK_IN_PIECE
        if not self.is_whole_percent and not {*self._rings}.issuperset(self.small_digits):
            return _MARK_AGAINST_SMALL_DIGIT
        if self.looks_like_digit:
            if percent_of_several:
                return _PERCENT_AGAINST_DIGIT
            if self.likeliest == SLASH and self.is_high and lean(self.pieces[0].ink) >= _MIN_LEAN:
                return _HIGH_SLASH
            return _PLUS_AGAINST_DIGIT if self.likeliest == _PLUS else MARK_AGAINST_DIGIT
        return ANY_MARK

    def name(self) -> tuple[str, float]:
        """Return which mark it is taken for, "?" where that is unclear, and how sure that is.

        The confidence is the probability of the likeliest mark; of an equals sign, of any.
        """
        if self.is_equals_sign:
            return EQUALS, self.probability
        confidence = float(self.answer[self.likeliest])
        is_known = confidence >= _KNOWN_KIND * self.probability
        return MARKS[self.likeliest] if is_known else "?", confidence
