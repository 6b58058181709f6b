"""Handwriting for benchmarks, by writers that no network that ships was trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from digitrec.config.compose import compose
from digitrec.data.hands import sources
from digitrec.data.marks.writers import read_writers
from digitrec.data.parts import Part
from digitrec.data.rendering.canvas_placement import Strokes
from digitrec.data.sets.composed import MarksData
from digitrec.data.uci import digits as uci_digits
from digitrec.data.uci.digits import PenDigit

__all__ = ["digits", "letters", "marks"]


def digits(root: str | None) -> list[PenDigit]:
    """Return UCI's pen digits by the writers who validate or test.

    Args:
        root: The data folder, as in `digitrec.data.uci.digits.read`.

    Raises:
        DigitrecError: if they cannot be read.
    """
    return [digit for digit in uci_digits.read(root) if digit.writer in uci_digits.HELD_OUT_WRITERS]


def marks(root: str | None) -> Mapping[str, Sequence[Strokes]]:
    """Return examples of each mark by writers that the network for marks was not trained on.

    Raises:
        DigitrecError: if UNIPEN cannot be read.
    """
    return read_writers(root, Part.TEST, _left_out_of_marks()).marks


def letters(root: str | None) -> list[Strokes]:
    """Return letters unlike digits by writers who validate, of the sources that test marks.

    Raises:
        DigitrecError: if UNIPEN cannot be read.
    """
    strokes: list[Strokes] = []
    for name in _left_out_of_marks():
        written = sources.taught_as_nondigits(sources.nondigits(root)[name]).of(Part.VALIDATION)
        both = zip(written.strokes, written.characters, strict=True)
        strokes += [of_one for of_one, character in both if character.isalpha()]
    return strokes


def _left_out_of_marks() -> tuple[str, ...]:
    """Return the sources that the network for marks was not trained on."""
    data = compose(["experiment=marks"]).data
    assert isinstance(data, MarksData)
    return data.sources_left_out
