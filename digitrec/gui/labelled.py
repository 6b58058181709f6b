"""Which digit the strokes on the canvas were said to be."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from digitrec.drawing.strokes import Stroke

__all__ = ["Labels"]


class Labels:
    """The labels given, by the very strokes they are for: moved or undone, they are known again."""

    def __init__(self) -> None:
        # With the strokes themselves: as long as they are held here, their ids are nobody else's.
        self._given: dict[tuple[int, ...], tuple[int, int, tuple[Stroke, ...]]] = {}

    def of(self, strokes: tuple[Stroke, ...]) -> int | None:
        """Return the label last given to these strokes; None where there is none."""
        found = self._given.get(_identity(strokes))
        return found[0] if found else None

    def next_without(self, digits: Sequence[tuple[Stroke, ...]], after: int) -> int:
        """Return the index of the next digit, to the right and round, that has no label yet.

        Where all have one, that is ``after`` itself.
        """
        others = [(after + step) % len(digits) for step in range(1, len(digits))]
        return next((index for index in others if self.of(digits[index]) is None), after)

    def give(self, strokes: tuple[Stroke, ...], label: int) -> int:
        """Label strokes, and return the key of their drawing, which stays the same ever after."""
        known = self._given.get(_identity(strokes))
        key = known[1] if known else secrets.randbits(64)
        self._given[_identity(strokes)] = label, key, strokes
        return key


def _identity(strokes: tuple[Stroke, ...]) -> tuple[int, ...]:
    return tuple(id(stroke) for stroke in strokes)
