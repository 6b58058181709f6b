"""The sources of pen strokes, UCI's and UNIPEN's, and which of their writers train.

A source is a laboratory with its device and its country. Leaving out whole sources shows how a
network fares with writers and devices that it never saw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from digitrec.arrays import BoolArray, Int64Array
from digitrec.data.dataset import NO_DIGIT
from digitrec.data.parts import Part
from digitrec.data.rendering.canvas_placement import Strokes
from digitrec.data.uci import digits as uci_digits
from digitrec.data.unipen import cache
from digitrec.data.unipen.segments import Character
from digitrec.data.unipen.split import validation_writers
from digitrec.errors import ConfigError

__all__ = [
    "LETTERS_LIKE_DIGITS",
    "UCI",
    "SourceCharacters",
    "check_sources",
    "digits",
    "nondigits",
    "taught_as_nondigits",
]

UCI = "uci"
"""The name of UCI's pen digits among the sources; those of UNIPEN have names of their own."""

LETTERS_LIKE_DIGITS = frozenset("IOSZBGbgoqslzijcCDJQ")
"""Letters that some people write like a digit."""

_TESTERS = frozenset(f"{UCI}/{number}" for number in uci_digits.TEST_WRITERS)  # all are of UCI
# What is trained as "not a digit" must not look like anybody's digits. So the letters above are
# left out, the y because it may look like an open 4, and all signs but these.
_NONDIGITS = frozenset("AEFHKLMNPRTUVWXYadefhkmnprtuvwx") | frozenset('"#$%&*+:;<=?@~')


@dataclass(frozen=True, eq=False)
class SourceCharacters:
    """Characters of one source.

    Attributes:
        strokes: Of each of N characters.
        labels: int64 (N,), the digits, or `NO_DIGIT`.
        characters: What each shows, one character of text.
        writers: Of each, named with the source, such as "uci/12" and "apb/x0".
        places: Where each is labelled: file and line, or the number in the file.
        validators: The writers of the source who validate. They are the same for its digits,
            letters and signs, so that nobody's digits validate whose letters train.
    """

    strokes: Sequence[Strokes]
    labels: Int64Array
    characters: Sequence[str]
    writers: Sequence[str]
    places: Sequence[str]
    validators: frozenset[str]

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, kept: BoolArray) -> SourceCharacters:
        """Return some of the characters; ``kept`` is (N,)."""
        chosen = np.flatnonzero(kept).tolist()
        return SourceCharacters(
            [self.strokes[i] for i in chosen],
            self.labels[kept],
            [self.characters[i] for i in chosen],
            [self.writers[i] for i in chosen],
            [self.places[i] for i in chosen],
            self.validators,
        )

    def of(self, part: Part) -> SourceCharacters:
        """Return what is by the writers of one part, where their source is not left out."""
        if part == Part.TRAINING:
            held_out = self.validators | _TESTERS
            return self.select(np.array([one not in held_out for one in self.writers], bool))
        writers = _TESTERS if part == Part.TEST else self.validators
        return self.select(np.array([one in writers for one in self.writers], bool))


@lru_cache(maxsize=2)  # the jobs of a sweep leave out one source after another
def digits(root: str | None) -> dict[str, SourceCharacters]:
    """Return the digits of all writers by source: UCI's, then UNIPEN's in alphabetical order.

    Args:
        root: The data folder, as in `digitrec.data.mnist_files.read`.

    Raises:
        DigitrecError: if the pen digits or UNIPEN cannot be read.
    """
    written = uci_digits.read(root)
    uci = SourceCharacters(
        [digit.strokes for digit in written],
        np.array([digit.label for digit in written], np.int64),
        [str(digit.label) for digit in written],
        [f"{UCI}/{digit.writer}" for digit in written],
        [f"pendigits-orig.tra:{number}" for number in range(len(written))],
        frozenset(f"{UCI}/{number}" for number in uci_digits.VALIDATION_WRITERS),
    )
    return {UCI: uci} | _unipen_digits(root)


@lru_cache(maxsize=2)
def nondigits(root: str | None) -> dict[str, SourceCharacters]:
    """Return UNIPEN's letters and signs, by source.

    Args:
        root: As in `digits`.

    Raises:
        DigitrecError: if UNIPEN cannot be read.
    """
    found = _unipen(root, lambda code: not chr(code).isdecimal())
    for source, of_digits in _unipen_digits(root).items():
        if source in found:
            found[source] = replace(found[source], validators=of_digits.validators)
    return found


def taught_as_nondigits(written: SourceCharacters) -> SourceCharacters:
    """Return those characters that nobody writes as a digit, from which networks may learn."""
    return written.select(np.array([one in _NONDIGITS for one in written.characters], bool))


def check_sources(names: Sequence[str], root: str | None) -> None:
    """Check that all names are sources of digits.

    Raises:
        ConfigError: if one is not.
        DigitrecError: if the pen digits or UNIPEN cannot be read.
    """
    known = digits(root)
    for name in names:
        if name not in known:
            raise ConfigError(
                f"data.leave_out: there are no digits of {name!r}; the sources are "
                f"{', '.join(known)}"
            )


@lru_cache(maxsize=2)
def _unipen_digits(root: str | None) -> dict[str, SourceCharacters]:
    return _unipen(root, lambda code: chr(code).isdecimal())


def _unipen(root: str | None, wanted: Callable[[int], bool]) -> dict[str, SourceCharacters]:
    read = cache.read(root)
    codes = [code for code in range(128) if wanted(code)]
    by_source: dict[str, list[Character]] = {source: [] for source in read.sources}
    for number in np.flatnonzero(np.isin(read.labels, codes)).tolist():
        character = read[number]
        by_source[character.source].append(character)
    return {source: _handwriting(found) for source, found in by_source.items() if found}


def _handwriting(characters: Sequence[Character]) -> SourceCharacters:
    return SourceCharacters(
        [[stroke.astype(np.float64) for stroke in character.strokes] for character in characters],
        np.array(
            [int(one.label) if one.label.isdecimal() else NO_DIGIT for one in characters], np.int64
        ),
        [character.label for character in characters],
        [character.writer for character in characters],
        [character.place for character in characters],
        frozenset(validation_writers(character.writer for character in characters)),
    )
