"""The handwriting that lines with marks are made of, apart by writer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from digitrec.data.hands import sources
from digitrec.data.hands.sources import SourceCharacters
from digitrec.data.parts import Part
from digitrec.data.rendering.canvas_placement import Strokes
from digitrec.errors import ConfigError
from digitrec.models.marks import MARKS

__all__ = ["MarkWriters", "read_writers"]


@dataclass(frozen=True, eq=False)
class MarkWriters:
    """Characters to write with.

    Attributes:
        digits: The strokes of digits, for each writer; those of a line are by one.
        marks: Of each mark of `digitrec.models.marks.MARKS`, what its writers made of it.
        others: Letters and other signs.
    """

    digits: Sequence[Sequence[Strokes]]
    marks: Mapping[str, Sequence[Strokes]]
    others: Sequence[Strokes]


def check_sources(names: Sequence[str], root: str | None) -> None:
    """Check that sources that are left out have marks, and that others have some, too.

    Raises:
        ConfigError: if one of these has no marks.
        DigitrecError: if UCI's pen digits or UNIPEN cannot be read.
    """
    known = [source for source, signs in sources.nondigits(root).items() if _with_marks(signs)]
    for name in names:
        if name not in known:
            raise ConfigError(
                f"data.leave_out: there are no marks of {name!r}; the sources are "
                f"{', '.join(known)}"
            )
    if not names or set(names) == set(known):
        raise ConfigError(
            f"data.leave_out={','.join(names)}: name some sources of marks to test on, but not "
            f"all: {', '.join(known)}"
        )


@lru_cache(maxsize=3)
def read_writers(root: str | None, part: Part, leave_out: tuple[str, ...]) -> MarkWriters:
    """Read the handwriting of one part of a data set; no writer is in two parts.

    Args:
        root: The data folder, as in `digitrec.data.hands.sources.digits`.
        part: Of the data set. The test part has all writers of the sources that are left out, and
            UCI's test writers; its marks come from the sources that are left out.
        leave_out: Sources of UNIPEN.

    Raises:
        ConfigError: if no marks are left for one of the parts.
        DigitrecError: if the data cannot be read.
    """
    check_sources(leave_out, root)
    digits = [_of(part, one, source in leave_out) for source, one in sources.digits(root).items()]
    signs = [_of(part, one, source in leave_out) for source, one in sources.nondigits(root).items()]
    return MarkWriters(
        [strokes for source in digits for strokes in _by_writer(source)],
        {
            mark: [
                strokes
                for source in signs
                for strokes, character in zip(source.strokes, source.characters, strict=True)
                if character == mark and _is_whole(mark, strokes)
            ]
            for mark in MARKS
        },
        [
            strokes
            for source in signs
            for strokes, character in zip(source.strokes, source.characters, strict=True)
            if character not in MARKS
        ],
    )


def _is_whole(mark: str, strokes: Strokes) -> bool:
    """Tell whether a mark has all its strokes; about one mark in ten lacks some."""
    points = np.concatenate(list(strokes))
    width, height = np.ptp(points, axis=0) + 1e-9
    if mark == "%":
        return len(strokes) > 1
    if mark == ":":
        return len(strokes) > 1 and bool(height > width)
    if mark == "+":
        return bool(0.35 < width / height < 2.8)
    return bool(height > 2 * width / 3) if mark == "/" else True


def _of(part: Part, written: SourceCharacters, left_out: bool) -> SourceCharacters:
    if not left_out:
        return written.of(part)
    return written if part == Part.TEST else written.select(np.zeros(len(written), bool))


def _with_marks(signs: SourceCharacters) -> bool:
    return not set(MARKS).isdisjoint(signs.characters)


def _by_writer(written: SourceCharacters) -> Iterable[list[Strokes]]:
    found: dict[str, list[Strokes]] = {}
    for strokes, writer in zip(written.strokes, written.writers, strict=True):
        found.setdefault(writer, []).append(strokes)
    return found.values()
