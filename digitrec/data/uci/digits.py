"""Pen strokes of digits by thirty writers.

The pen trajectories of the training part of UCI's "Pen-Based Recognition of Handwritten Digits"
(E. Alpaydin and F. Alimoglu, 1998; CC BY 4.0), recorded on a tablet of 500 × 500 points. Some
samples lack a stroke.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from digitrec.arrays import Float64Array
from digitrec.data.uci.file import read_text
from digitrec.data.unipen.file_format import Segment, UnipenText, parse_unipen
from digitrec.errors import DigitrecError

__all__ = [
    "HELD_OUT_WRITERS",
    "TEST_WRITERS",
    "TRAINING_WRITERS",
    "VALIDATION_WRITERS",
    "PenDigit",
    "read",
]

TABLET = 500  # points along each side

# Every fifth writer is held out of training: half of them validate, the other half test.
HELD_OUT_WRITERS = (5, 10, 15, 20, 25, 30)
VALIDATION_WRITERS = (5, 15, 25)
TEST_WRITERS = (10, 20, 30)
TRAINING_WRITERS = tuple(sorted(set(range(1, 31)) - set(HELD_OUT_WRITERS)))


@dataclass(frozen=True, eq=False)
class PenDigit:
    """A digit as somebody wrote it.

    Attributes:
        label: 0 to 9.
        writer: 1 to 30.
        strokes: Float (P, 2) each, x to the right and y down, in points of the tablet.
    """

    label: int
    writer: int
    strokes: tuple[Float64Array, ...] = field(repr=False)


def read(root: str | None = None) -> list[PenDigit]:
    """Read the digits of all writers, after checking the file's sum.

    Args:
        root: The data folder, which holds ``pendigits/pendigits-orig.tra``. By default the one
            that the environment variable ``DIGITREC_DATA`` names, or else the user's cache folder.

    Raises:
        DigitrecError: if the file is missing or damaged in a folder that the user names, or cannot
            be downloaded into the cache folder.
    """
    text, path = read_text(root)
    return _parse(text, str(path))


def _parse(text: str, name: str) -> list[PenDigit]:
    """Parse the text of the data set.

    Raises:
        DigitrecError: if something is not as the data set has it; names the file and the line.
    """
    parsed = parse_unipen(text, name)
    digits = []
    for segment in parsed.segments:
        try:
            digits.append(_digit(parsed, segment))
        except ValueError as error:
            raise DigitrecError(f"{name}, line {segment.line}: {error}") from None
    return digits


def _digit(text: UnipenText, segment: Segment) -> PenDigit:
    if segment.level != "DIGIT" or segment.label not in set("0123456789"):
        raise ValueError(f"not a digit: {segment.level} {segment.label[:20]}")
    if len(segment.comment) < 2 or not segment.comment[1].isdecimal():
        raise ValueError("the digit lacks a comment with its writer")
    strokes = tuple(
        points * (1, -1) + (0, TABLET) for points in text.strokes_of(segment)
    )  # the tablet's y is up
    return PenDigit(int(segment.label), int(segment.comment[1]), strokes)
