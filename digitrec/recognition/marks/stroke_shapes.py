"""Measures of strokes that tell marks from digits: how they lean, how they bow, what is a bar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from digitrec.arrays import BoolArray, Float32Array, IntArray
from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.results import Box
from digitrec.recognition.segmentation_graph import Answers, ClassProbabilities, looks_like_digit

__all__ = [
    "are_slash_and_rings", "are_two_bars", "bow", "continues_digit", "is_double_bar", "lean",
    "usual_lean",
]  # fmt: skip

_SHEARS = np.linspace(-0.8, 0.8, 33)
_MIN_GAIN = 0.02  # share of the sharpness that a shear of 1 has to gain
_LEANING_DIGITS = (2, 7)  # their strokes lean in every hand, and do not show how a hand leans
_MIN_STEMS = 2  # fewer stems do not show how a hand leans

# A bar, unlike a dot, is at least `_WIDE` times as wide as high, and at least `_LONG` times as wide
# as it is thick on average.
_WIDE, _LONG = 1.4, 1.8
# The columns that the bars of an equals sign share are at least these shares of the shorter bar and
# of the longer one.
_OF_SHORTER, _OF_LONGER = 0.6, 0.4
_STRONG = 0.5  # ink that is not the edge of a stroke
_DOUBLE = 0.5  # share of the columns of a double bar that show both

# Digits that end in a level stroke to the right: least and largest distance of its middle from the
# top of the rest, as fractions of the rest's height. The gap before it is at most `_CLOSE` of that
# height.
_LEVEL_ENDS = {2: (0.75, 1.5), 5: (-0.5, 0.37)}
_CLOSE = 0.12


def lean(ink: Float32Array) -> float:
    """Return how far ink (H, W) goes to the right on its way up, as a fraction of its height."""
    rows, columns = np.nonzero(ink)
    amounts = ink[rows, columns].astype(np.float64)
    down = rows - np.average(rows, weights=amounts)
    across = columns - np.average(columns, weights=amounts)
    return -float((amounts * down * across).sum() / max((amounts * down * down).sum(), 1e-9))


def usual_lean(pieces: Iterable[Piece], digits: Answers) -> float:
    """Return the median lean of the stems of a line's digits; 0 where there are too few.

    Args:
        pieces: Ink as high as digits.
        digits: What the network for single digits reads in each.
    """
    leans = [
        _stem_lean(piece.ink)
        for piece in pieces
        if looks_like_digit(digits[piece]) and int(digits[piece].argmax()) not in _LEANING_DIGITS
    ]
    return float(np.median(leans)) if len(leans) >= _MIN_STEMS else 0.0


def _stem_lean(ink: Float32Array) -> float:
    """Return the lean that a shear takes away after which most ink is in the fewest columns."""
    rows, columns = np.nonzero(ink)
    amounts = ink[rows, columns].astype(np.float64)
    down = rows - ink.shape[0] / 2
    sharpness = []
    for shear in _SHEARS.tolist():
        places = np.rint(columns + shear * down).astype(np.int64)
        profile = np.bincount(places - places.min(), weights=amounts)
        sharpness.append(float((profile**2).sum()) * (1 - _MIN_GAIN * abs(shear)))
    return float(_SHEARS[int(np.argmax(sharpness))])


def bow(ink: Float32Array) -> float:
    """Return how far a stroke (H, W) bends right between its ends, as a fraction of its height.

    Negative to the left. A stroke that bends both ways, or in one half only like a 1 with a flag,
    has 0.
    """
    top, upper, middle, lower, bottom = (_middle(ink, at) for at in (0.05, 0.3, 0.5, 0.7, 0.95))
    away = np.array([upper, middle, lower]) - np.interp((0.3, 0.5, 0.7), (0, 1), (top, bottom))
    same = (away > 0).all() or (away < 0).all()
    return float(np.sign(away[1]) * np.abs(away).min()) / ink.shape[0] if same else 0.0


def _middle(ink: Float32Array, at: float) -> float:
    """Return the middle column of the ink around a row, at this fraction of the height."""
    height = ink.shape[0]
    first = max(0, int((at - 0.05) * height))
    amounts = ink[first : max(first + 1, int(np.ceil((at + 0.05) * height)))].sum(axis=0)
    return float((amounts * np.arange(len(amounts))).sum() / max(float(amounts.sum()), 1e-9))


def are_two_bars(one: Piece, other: Piece) -> bool:
    """Tell whether pieces are two bars, one over the other wherever both are."""
    if not (_is_bar(one.ink) and _is_bar(other.ink)):
        return False
    left, right = max(one.left, other.left), min(one.box[2], other.box[2])
    widths = sorted((one.ink.shape[1], other.ink.shape[1]))
    if right - left < max(_OF_SHORTER * widths[0], _OF_LONGER * widths[1]):
        return False
    inks = [piece.ink[:, left - piece.left : right - piece.left] > 0 for piece in (one, other)]
    both = inks[0].any(axis=0) & inks[1].any(axis=0)  # a broken bar has a gap
    if not both.any():
        return False
    spans = [_spans(ink[:, both], piece) for ink, piece in zip(inks, (one, other), strict=True)]
    tops, bottoms = zip(*spans, strict=True)
    below, above = (tops[0] >= bottoms[1]).all(), (tops[1] >= bottoms[0]).all()
    return bool(below or above)


def _is_bar(ink: Float32Array) -> bool:
    height, width = ink.shape
    return bool(width >= _WIDE * height and width * width >= _LONG * float(ink.sum()))


def _spans(inked: BoolArray, piece: Piece) -> tuple[IntArray, IntArray]:
    """Return the first row with ink of columns of a piece, on the page, and the one after the last.

    inked: where these columns, each of which has ink, have it.
    """
    tops = piece.top + inked.argmax(axis=0)
    bottoms = piece.top + len(inked) - inked[::-1].argmax(axis=0)
    return tops, bottoms


def continues_digit(bar: Box, rest: Box, answer: ClassProbabilities) -> bool:
    """Tell whether a bar lies where the digit on its left ends in one: as a 5, or a 2, does.

    Args:
        bar: Where the bar is.
        rest: Where the digit is, without the bar.
        answer: What the network for single digits says of the digit, without the bar.
    """
    digit = int(answer.argmax())
    if digit not in _LEVEL_ENDS:
        return False
    height = rest[3] - rest[1]
    from_top = ((bar[1] + bar[3]) / 2 - rest[1]) / height
    least, largest = _LEVEL_ENDS[digit]
    to_the_right = bar[0] + bar[2] > rest[0] + rest[2] and bar[0] - rest[2] <= _CLOSE * height
    return to_the_right and least <= from_top <= largest


def are_slash_and_rings(pieces: Sequence[Piece]) -> bool:
    """Tell whether pieces are three, and the smaller two are on either side of the largest.

    The two dots of a colon beside a digit are on one side of it.
    """
    if len(pieces) != 3:
        return False
    *rings, slash = sorted(pieces, key=lambda piece: max(piece.ink.shape))
    left, top, right, bottom = slash.box
    above = []  # the diagonal on which a slash lies
    for ring in rings:
        x, y = (ring.box[0] + ring.box[2]) / 2, (ring.box[1] + ring.box[3]) / 2
        above.append((bottom - y) * (right - left) > (x - left) * (bottom - top))
    return above[0] != above[1]


def is_double_bar(ink: Float32Array) -> bool:
    """Tell whether ink (H, W) is two bars that touch: most of its columns show both."""
    strong = np.pad(ink >= _STRONG, ((1, 0), (0, 0)))
    starts = np.count_nonzero(strong[1:] & ~strong[:-1], axis=0)
    return bool(np.mean(starts == 2) >= _DOUBLE)
