"""Which files an earlier call has answered, told while their names come by.

Both the names and the rows have an order, which is the same unless files were added or removed
since. As long as they agree, nothing is in memory but the row that is next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

__all__ = ["Finished"]


class Finished:
    """Tells of one file after the other whether it was answered before.

    Args:
        rows: The key of the name in each row that was written, from the first on.
        key: Gives the key of a name.
        page: The only page that was read of each file; None where all were.

    Attributes:
        count: The files that were, so far.
    """

    def __init__(self, rows: Iterator[str], key: Callable[[str], str], page: int | None) -> None:
        self._rows, self._key, self._first = rows, key, page or 1
        self._next = next(rows, None)
        self._left: Counter[str] | None = None  # rows out of order, once there are any
        self._last: str | None = None  # the name before, if it was done
        self.count = 0

    def has(self, name: str) -> bool:
        """Tell whether a file was answered; the names come in the order of the command."""
        # Twice in a row: its rows look like those of one file.
        found = name == self._last or self._take(name)
        self._last = name if found else None
        self.count += found
        return found

    def _take(self, name: str) -> bool:
        """Take the rows of a file off those that are left, and tell whether there were any."""
        if self._left is None and self._next is not None:
            expected = (self._key(name), self._key(f"{name}[{self._first}]"))
            if self._next not in expected:
                self._left = Counter(self._rest())
        if self._take_row(self._key(name)):
            return True
        number = self._first
        while self._take_row(self._key(f"{name}[{number}]")):
            number += 1
        return number > self._first

    def _take_row(self, key: str) -> bool:
        if self._left is not None:
            self._left[key] -= (there := self._left[key] > 0)
            return there
        there = self._next == key
        while there and self._next == key:
            self._next = next(self._rows, None)
        return there

    def _rest(self) -> Iterator[str]:
        """Return the key of each picture that is left, once for rows that stand together."""
        last = None
        while self._next is not None:
            if self._next != last:
                yield self._next
            last, self._next = self._next, next(self._rows, None)
