"""Parser for UNIPEN text, a format for pen strokes and what they show.

I. Guyon, L. Schomaker, R. Plamondon, M. Liberman and S. Janet, "UNIPEN project of on-line data
exchange and recognizer benchmarks", ICPR 1994.

The format holds keywords, each at the beginning of a line and followed by its arguments. Parsed are
strokes (``.PEN_DOWN``, points, ``.PEN_UP``), labels (``.SEGMENT``) and ``.COMMENT``; all other
keywords are skipped. A segment refers to its strokes by their numbers in the text.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.errors import DigitrecError

__all__ = ["Segment", "UnipenText", "parse_unipen"]

# .SEGMENT LEVEL STROKES QUALITY "LABEL", where STROKES is as 3 or 3-4 or 3-4,6
_SEGMENT = re.compile(r'\.SEGMENT\s+(\S+)\s+(\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)\s+(\S+)\s+"(.*)"\s*')


@dataclass(eq=False)
class Segment:
    """A part of the ink with a label.

    Attributes:
        line: the number of its line in the text, from 1.
        level: what it is in the text's hierarchy, such as ``DIGIT``.
        strokes: the numbers of its strokes in the text, from 0.
        label: what it shows.
        comment: the words of the last ``.COMMENT`` after it.
    """

    line: int
    level: str
    strokes: list[range]
    label: str
    comment: list[str] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class UnipenText:
    """A parsed text.

    Attributes:
        segments: in the order of the text.
        strokes: float (P, 2) each, x and y as in the text, in the order of the text.
    """

    segments: list[Segment]
    strokes: list[Float64Array]

    def strokes_of(self, segment: Segment) -> list[Float64Array]:
        """Return the strokes of a segment.

        Raises:
            ValueError: if the text does not have all of them.
        """
        if any(numbers.stop > len(self.strokes) for numbers in segment.strokes):
            raise ValueError(f"the text has {len(self.strokes)} strokes, too few for this segment")
        return [self.strokes[number] for numbers in segment.strokes for number in numbers]


def parse_unipen(text: str, name: str) -> UnipenText:
    """Parse UNIPEN text.

    Args:
        text: the content of a file.
        name: of the file, for messages.

    Raises:
        DigitrecError: if a line is not as the format has it; gives its number.
    """
    parsed = UnipenText([], [])
    points: list[tuple[float, float]] | None = None  # of a stroke that has not ended
    number = 1
    try:
        if not text.lstrip().startswith("."):
            raise ValueError("not UNIPEN text, which begins with a keyword such as .VERSION")
        for number, line in enumerate(text.splitlines(), 1):
            words = line.split()
            if points is not None and words:
                if words == [".PEN_UP"] and points:
                    parsed.strokes.append(np.array(points, np.float64))
                    points = None
                else:
                    points.append(_point(words))
            elif words[:1] == [".PEN_DOWN"]:
                points = []
            elif words[:1] == [".SEGMENT"]:
                parsed.segments.append(_segment(line, number))
            elif words[:1] == [".COMMENT"] and parsed.segments:
                parsed.segments[-1].comment = words[1:]
            elif words[:1] == [".COORD"] and words[1:3] != ["X", "Y"]:
                raise ValueError("points must begin with x and y")
        if points is not None:
            raise ValueError("the last stroke does not end with .PEN_UP")
    except ValueError as error:
        raise DigitrecError(f"{name}, line {number}: {error}") from None
    return parsed


def _point(words: list[str]) -> tuple[float, float]:
    """Parse a line of a stroke; what follows x and y, such as the time, is skipped."""
    try:
        x, y = (float(word) for word in words[:2])
    except ValueError:
        x = y = math.nan
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError(f"not a point: {' '.join(words)[:60]}")
    return x, y


def _segment(line: str, number: int) -> Segment:
    match = _SEGMENT.fullmatch(line.strip())
    if match is None:
        raise ValueError(f"not a segment: {line.strip()[:60]}")
    level, strokes, _, label = match.groups()
    numbers = []
    for part in strokes.split(","):
        first, _, last = part.partition("-")
        numbers.append(range(int(first), int(last or first) + 1))
    return Segment(number, level, numbers, label)
