"""Which files an earlier call has answered, found out name by name.

Names and rows come in the same order, unless files were added or removed since. As long as they
agree, only the next row is in memory.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

__all__ = ["Finished", "Unread", "is_of", "number_of_page"]


class Unread(str):
    """The key of a row of a picture that could not be read."""

    __slots__ = ()


def number_of_page(key: str) -> int:
    """Return the page that a key names: 2 for ``scan.tif[2]``; 0 where it names none."""
    found = re.search(r"\[([0-9]+)\]\Z", key)
    return int(found[1]) if found else 0


def is_of(row: str, name: str, key: Callable[[str], str], page: int | None) -> bool:
    """Tell whether a row may be of a file, or of a page of it.

    Args:
        row: Its key.
        name: That of the file.
        key: Gives the key of a name.
        page: The only page that is read of each file; None where all are.
    """
    return row in (key(name), key(f"{name}[{page or number_of_page(row)}]"))


class Finished:
    """Tells, for one file after the other, whether it was answered before.

    Args:
        rows: The key of the name in each row that was written, from the first on.
        key: Gives the key of a name.
        page: The only page that was read of each file; None where all were.
        several_rows: Whether a picture may have several rows, which stand together.

    Attributes:
        count: How many files were answered before, so far.
        unreadable: How many of them could not be read, or have a page that could not.
    """

    def __init__(
        self,
        rows: Iterator[str],
        key: Callable[[str], str],
        page: int | None,
        several_rows: bool,
    ) -> None:
        self._rows, self._key, self._first = rows, key, page or 1
        self._several_rows = several_rows
        self._next = next(rows, None)
        self._left: Counter[str] | None = None  # rows out of order, once there are any
        self._left_unread: Counter[str] = Counter()  # those of them that are `Unread`
        self._last: str | None = None  # the name before, if it was done
        self._found_unread = False
        self.count = self.unreadable = 0

    def has(self, name: str) -> bool:
        """Tell whether a file was answered; the names come in the order of the command."""
        # Twice in a row: its rows look like those of one file.
        self._found_unread = False
        found = (self._several_rows and name == self._last) or self._take(name)
        self._last = name if found else None
        self.count += found
        self.unreadable += self._found_unread
        return found

    def _take(self, name: str) -> bool:
        """Take the rows of a file off those that are left, and tell whether there were any."""
        if self._left is None and self._next is not None:
            expected = (self._key(name), self._key(f"{name}[{self._first}]"))
            if self._next not in expected:
                rest = list(self._rest())
                self._left = Counter(rest)
                self._left_unread = Counter(key for key in rest if isinstance(key, Unread))
        if self._take_row(self._key(name)):
            return True
        number = self._first
        while self._take_row(self._key(f"{name}[{number}]")):
            number += 1
        return number > self._first

    def _take_row(self, key: str) -> bool:
        if self._left is not None:
            self._left[key] -= (there := self._left[key] > 0)
            self._left_unread[key] -= (unread := there and self._left_unread[key] > 0)
            self._found_unread |= unread
            return there
        there = self._next == key
        self._found_unread |= there and isinstance(self._next, Unread)
        if there:
            self._next = next(self._rows, None)
        while there and self._several_rows and self._next == key:
            self._next = next(self._rows, None)
        return there

    def _rest(self) -> Iterator[str]:
        """Return the key of each picture that is left, once for its rows that stand together."""
        last = None
        while self._next is not None:
            if self._next != last or not self._several_rows:
                yield self._next
            last, self._next = self._next, next(self._rows, None)
