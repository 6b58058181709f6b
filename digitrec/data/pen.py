"""Pen strokes of digits by thirty writers, read from UNIPEN text.

The original trajectories of the training part of UCI's "Pen-Based Recognition of Handwritten
Digits" (E. Alpaydin, F. Alimoglu, 1998; CC BY 4.0), written on a tablet of 500×500 points, in the
format of Guyon et al. 1994, "UNIPEN project of on-line data exchange and recognizer benchmarks".
Writers are kept apart: nobody's digits are in two parts. Some samples miss a stroke.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from digitrec.errors import DigitrecError

__all__ = [
    "HELD_OUT_WRITERS",
    "TEST_WRITERS",
    "TRAINING_WRITERS",
    "VALIDATION_WRITERS",
    "PenDigit",
    "parse",
]

TABLET = 500  # points along each side

# Every fifth writer is never trained on: half of them validate, the other half test.
HELD_OUT_WRITERS = (5, 10, 15, 20, 25, 30)
VALIDATION_WRITERS = (5, 15, 25)
TEST_WRITERS = (10, 20, 30)
TRAINING_WRITERS = tuple(sorted(set(range(1, 31)) - set(HELD_OUT_WRITERS)))


@dataclass(frozen=True, eq=False)
class PenDigit:
    """One digit as somebody wrote it.

    label: 0 to 9.
    strokes: float arrays (P, 2) of x to the right and y down, in points of the tablet.
    """

    label: int
    writer: int
    strokes: tuple[NDArray[np.float64], ...] = field(repr=False)


def parse(text: str, name: str) -> list[PenDigit]:
    """Read digits from UNIPEN text, of which the keywords that this data set uses are known.

    Raises:
        DigitrecError: one line that begins with ``name`` and tells the number of the faulty line.
    """
    digits: list[PenDigit] = []
    label: int | None = None
    writer: int | None = None
    strokes: list[NDArray[np.float64]] = []
    points: list[tuple[int, int]] | None = None  # of the stroke under way

    def finish() -> None:
        if label is None:
            return
        if writer is None or not strokes or points is not None:
            raise ValueError("the digit before it lacks its writer, its strokes or its last end")
        digits.append(PenDigit(label, writer, tuple(strokes)))

    number = 0
    try:
        for number, line in enumerate(text.splitlines(), 1):
            words = line.split()
            match words:
                case []:
                    pass
                case [".SEGMENT", "DIGIT", _, "?", quoted]:
                    finish()
                    label, writer, strokes = _label(quoted), None, []
                case [".COMMENT", _, by, _] if label is not None:
                    writer = int(by)
                case [".PEN_DOWN"] if points is None and label is not None:
                    points = []
                case [".PEN_UP"] if points:
                    strokes.append(np.array(points, np.float64) * (1, -1) + (0, TABLET))
                    points = None
                case [x, y] if points is not None:
                    points.append((int(x), int(y)))
                case [".DT" | ".INCLUDE" | ".LEXICON" | ".HIERARCHY", *_] if points is None:
                    pass
                case _:
                    raise ValueError(f"unexpected: {line.strip()[:60]}")
        number += 1
        finish()
    except ValueError as error:
        raise DigitrecError(f"{name}, line {number}: {error}") from None
    return digits


def _label(quoted: str) -> int:
    if len(quoted) == 3 and quoted[0] == quoted[2] == '"' and quoted[1] in "0123456789":
        return int(quoted[1])
    raise ValueError(f"a digit in quotes is wanted, not {quoted[:20]}")
