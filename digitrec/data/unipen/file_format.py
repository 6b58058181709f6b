"""Parser for UNIPEN text, a format for pen strokes and what they show.

I. Guyon, L. Schomaker, R. Plamondon, M. Liberman and S. Janet, "UNIPEN project of on-line data
exchange and recognizer benchmarks", ICPR 1994.

The format holds keywords, each at the beginning of a line and followed by its arguments. Parsed
are strokes (``.PEN_DOWN``, points, ``.PEN_UP``), labels (``.SEGMENT``), ``.COMMENT``,
``.WRITER_ID``, and the names of other files (``.INCLUDE``); all other keywords are skipped. A
segment refers to its strokes by their numbers, which go on from one included file to the next.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.errors import DigitrecError

__all__ = ["Segment", "UnipenText", "parse_unipen"]

# .SEGMENT LEVEL STROKES QUALITY "LABEL", where STROKES is as 3 or 3-4 or 3:0-4:12 or 3-4,6
_SPAN = r"\d+(?::\d+)?(?:-\d+(?::\d+)?)?"
_SEGMENT = re.compile(rf'\.SEGMENT\s+(\S+)\s+({_SPAN}(?:,{_SPAN})*)\s+(\S+)\s+"(.*)"\s*')


class Span(NamedTuple):
    """Strokes that follow one another.

    Attributes:
        first: The number of the first stroke, from 0.
        start: The first point of that stroke that belongs to it, from 0.
        last: The number of the last stroke.
        end: The last point of that stroke that belongs to it; None for all to its end.
    """

    first: int
    start: int
    last: int
    end: int | None


@dataclass(eq=False)
class Segment:
    """A part of the ink with a label.

    Attributes:
        line: The number of its line in the text, from 1.
        level: What it is in the text's hierarchy, such as ``DIGIT``.
        spans: Its strokes.
        label: What it shows.
        comment: The words of the last ``.COMMENT`` after it.
    """

    line: int
    level: str
    spans: list[Span]
    label: str
    comment: list[str] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class UnipenText:
    """A parsed text.

    Attributes:
        segments: In the order of the text.
        strokes: Float (P, 2) each, x and y as in the text, in the order of the text.
        includes: The names of the files that the text includes.
        writers: The words of each ``.WRITER_ID``.
    """

    segments: list[Segment] = field(default_factory=list)
    strokes: list[Float64Array] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)
    writers: list[str] = field(default_factory=list)

    def strokes_of(self, segment: Segment) -> list[Float64Array]:
        """Return the strokes of a segment, each a view.

        Raises:
            ValueError: if the text does not have all of them, or a span ends before it begins.
        """
        found = []
        for span in segment.spans:
            if span.last < span.first:
                raise ValueError(f"strokes {span.first}-{span.last} end before they begin")
            if span.last >= len(self.strokes):
                count = len(self.strokes)
                raise ValueError(f"the text has {count} strokes, too few for this segment")
            strokes = self.strokes[span.first : span.last + 1]
            if span.end is not None:
                strokes[-1] = strokes[-1][: span.end + 1]
            strokes[0] = strokes[0][span.start :]
            found += strokes
        if not all(map(len, found)):
            raise ValueError("the segment has a stroke without points")
        return found


def parse_unipen(text: str, name: str) -> UnipenText:
    """Parse UNIPEN text.

    Args:
        text: The content of a file.
        name: Of the file, for messages.

    Raises:
        DigitrecError: if a line is not as the format has it; gives its number.
    """
    parsed = UnipenText()
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
            elif words[:1] == [".INCLUDE"]:
                parsed.includes.extend(words[1:])
            elif words[:1] == [".WRITER_ID"]:
                parsed.writers.append(" ".join(words[1:]))
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
    return Segment(number, level, [_span(part) for part in strokes.split(",")], label)


def _span(text: str) -> Span:
    first, _, last = text.partition("-")
    first_stroke, _, start = first.partition(":")
    last_stroke, _, end = (last or first_stroke).partition(":")
    return Span(int(first_stroke), int(start or 0), int(last_stroke), int(end) if end else None)
