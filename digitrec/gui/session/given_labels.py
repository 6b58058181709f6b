"""Remember which digit the strokes on the canvas were said to be."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from digitrec.drawing.strokes import Stroke

__all__ = ["GivenLabels"]


class GivenLabels:
    """The labels that the user gave, found again by the strokes that they belong to.

    Strokes are compared by identity, so a label is still known after undo and redo.
    """

    def __init__(self) -> None:
        # The strokes are kept too: while they exist, no other stroke can have the same id.
        self._given: dict[tuple[int, ...], tuple[int, int, tuple[Stroke, ...]]] = {}

    def label_of(self, strokes: tuple[Stroke, ...]) -> int | None:
        """Return the label that was given last to these strokes, or None."""
        found = self._given.get(_ids(strokes))
        return found[0] if found else None

    def next_unlabelled(self, digits: Sequence[tuple[Stroke, ...]], after: int) -> int:
        """Return the index of the next digit without a label.

        Args:
            digits: The strokes of each digit, from left to right.
            after: Where to start. The search goes to the right, then on from the first digit.

        Returns:
            The index, or ``after`` if all other digits have a label.
        """
        others = [(after + step) % len(digits) for step in range(1, len(digits))]
        return next((index for index in others if self.label_of(digits[index]) is None), after)

    def give(self, strokes: tuple[Stroke, ...], label: int) -> int:
        """Label strokes, and return the key of their drawing, the same each time."""
        known = self._given.get(_ids(strokes))
        key = known[1] if known else secrets.randbits(64)
        self._given[_ids(strokes)] = label, key, strokes
        return key

    def take_back(self, strokes: tuple[Stroke, ...], label: int | None) -> None:
        """Restore the label that strokes had before; None if they had none."""
        if label is None:
            del self._given[_ids(strokes)]
        else:
            self.give(strokes, label)


def _ids(strokes: tuple[Stroke, ...]) -> tuple[int, ...]:
    return tuple(id(stroke) for stroke in strokes)
