"""The arguments of an attack, and the file that keeps its outcome so far."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from digitrec.errors import DigitrecError
from digitrec.message_text import quoted
from digitrec.storage import atomic
from digitrec.storage.regular_files import read_text

__all__ = ["Tallies", "understand"]

Result = TypeVar("Result")


@dataclass(frozen=True)
class Asked:
    """What the words ask for.

    Attributes:
        of: The kinds, in their order.
        numbers: By name.
        given: The names of the numbers that the words give.
        file: Keeps the outcome of the attack; None keeps nothing.
    """

    of: list[str]
    numbers: dict[str, int]
    given: set[str]
    file: Path | None


def understand(what: str, words: Sequence[str], kinds: Iterable[str], **numbers: int) -> Asked:
    """Understand the words of a benchmark.

    Args:
        what: Its name.
        words: ``of=KIND``, also several with commas between; ``file=PATH``; and numbers.
        kinds: The names that ``of`` may have. Without it, all are asked for.
        numbers: The default of each.

    Raises:
        DigitrecError: If a word is none of these.
    """
    known = list(kinds)
    of, given, file = known, set(), None
    for word in words:
        name, _, value = word.partition("=")
        if name == "of" and set(value.split(",")) <= set(known):
            of = [kind for kind in known if kind in value.split(",")]
        elif name == "file" and value:
            file = Path(value)
        elif name in numbers and value.isdecimal():
            numbers[name] = int(value)
            given.add(name)
        else:
            takes = ", ".join(f"{number}=N" for number in numbers)
            raise DigitrecError(
                f"{what} takes {takes}, file=PATH and of=KIND, of {', '.join(known)}; "
                f"not {quoted(word)}"
            )
    return Asked(of, numbers, given, file)


class Tallies(Generic[Result]):
    """A tally for each kind, kept in a file after each change.

    Args:
        file: JSON; it is made if it is not there. None keeps nothing.
        form: A dataclass of plain values; calling it makes a new tally.

    Raises:
        DigitrecError: If the file exists and holds something else.
    """

    def __init__(self, file: Path | None, form: type[Result]) -> None:
        self._file, self._form = file, form
        self._kept: dict[str, Any] = {}
        if file is not None and file.exists():
            try:
                self._kept = json.loads(read_text(file))
                for name in self._kept:
                    self.of(name)
            except (OSError, ValueError, TypeError, AttributeError) as error:
                raise DigitrecError(
                    f"file={file} holds no results of this command: {error}; name another"
                ) from None

    def of(self, name: str) -> Result:
        """Return the tally of a kind so far."""
        return self._form(**copy.deepcopy(self._kept.get(name, {})))

    def keep(self, name: str, tally: Result) -> None:
        """Keep the tally of a kind."""
        if self._file is not None:
            self._kept[name] = asdict(tally)  # type: ignore[call-overload] # of a dataclass
            atomic.write_text(self._file, json.dumps(self._kept, indent=1))
