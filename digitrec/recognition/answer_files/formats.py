"""Text, CSV, JSON and JSON Lines: how a row is written, and how it is found again in a file.

A file that was cut anywhere, by a killed process or a full disk, is read up to its last whole row.
"""

from __future__ import annotations

import csv
import io
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from digitrec.errors import DigitrecError, PictureError
from digitrec.message_text import printable
from digitrec.models.marks import EQUALS, MARKS
from digitrec.recognition.answer_files.finished import Unread
from digitrec.recognition.answer_rows import (
    page_row,
    prediction_row,
    unread_page_row,
    unread_prediction_row,
)
from digitrec.recognition.results import Page, PictureResult, Rejection, RejectionKind

__all__ = ["TEXT_FORMATS", "TextFormat", "as_utf8", "key_of", "row_of"]

PREDICTION_COLUMNS = (
    "file", "digit", "confidence", *(f"p{digit}" for digit in range(10)), "text", "reason",
)  # fmt: skip
PAGE_COLUMNS = (
    "file", "line", "left", "top", "right", "bottom", "digit", "confidence", "reason",
)  # fmt: skip
# The characters of a line of a page, besides wide spaces; "-" also stands for a page without text.
CHARACTERS = f"0123456789?{MARKS}{EQUALS}"
# Why a page that was read may have no lines.
REJECTIONS = tuple(str(Rejection(kind)) for kind in get_args(RejectionKind))
NEVER_WRITTEN = "was not written by this command with the same options"


def as_utf8(name: str) -> str:
    """Return the name of a file as files of answers hold it: in UTF-8, whatever the locale's is.

    Where the locale has another encoding, such as ASCII, Python decodes the bytes of a name that it
    lacks one by one, although together they are text.
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def row_of(name: str, result: PictureResult, *, lines: bool) -> dict[str, Any]:
    """Return a result as plain data.

    Args:
        name: Of the picture.
        result: What was read in it, or why it cannot be read.
        lines: Whether the others are rows of pages, and not of single digits.
    """
    name = as_utf8(name)
    if isinstance(result, PictureError):
        return (unread_page_row if lines else unread_prediction_row)(name, result)
    if isinstance(result, Page):
        return page_row(name, result)
    return prediction_row(name, result)


def key_of(name: str, confidence: float | None, reason: str | None) -> str:
    """Return the key of a row, which is `Unread` where the picture could not be read.

    Args:
        name: The key of any other row of this name.
        confidence: Of a row of one digit; see `unread_prediction_row`. None of a page.
        reason: Of a page, why it has no lines.
    """
    if confidence is None:
        unread = bool(reason) and not str(reason).startswith(REJECTIONS)
    else:
        unread = confidence == 0
    return Unread(name) if unread else name


class TextFormat(ABC):
    """A format of rows of text.

    Attributes:
        lines: Whether rows are of pages, and not of single digits.
        head: What stands before all rows.
        start: What a file with rows begins with.
        several_rows: Whether a picture may have several rows.
    """

    head = ""
    start = ""
    several_rows = False

    def __init__(self, lines: bool) -> None:
        self.lines = lines

    @abstractmethod
    def rows(self, name: str, result: PictureResult) -> str:
        """Return all that is written for a picture."""

    def before(self, first: bool) -> str:
        """Return the text before the rows of a picture; ``first``: the file has no rows yet."""
        return ""

    def tail(self, empty: bool) -> str:
        """Return the text after all rows; ``empty`` says that there are none."""
        return ""

    def may_begin(self, content: bytes) -> bool:
        """Tell whether a file of this format, which may be cut, can begin so."""
        start = self.start.encode()
        return content[: len(start)] == start[: len(content)]

    def key(self, name: str) -> str:
        """Return what `names` gives for the rows of a picture of this name, which is in UTF-8."""
        return name

    @abstractmethod
    def names(self, file: Iterable[bytes]) -> Iterator[tuple[str, int]]:
        """Find the whole rows of a file.

        Args:
            file: Its lines, each with its end.

        Yields:
            The key of the name in each row, which is `Unread` of one that could not be read, and
            the bytes from the start to the end of the row.

        Raises:
            DigitrecError: if the file has another format; the message lacks the name of the file.
        """


class Text(TextFormat):
    """Lines for people."""

    def __init__(self, lines: bool) -> None:
        super().__init__(lines)
        self.several_rows = lines
        # The text of a page holds single spaces, and its name may hold double ones.
        signs = f"[{re.escape(CHARACTERS)}]+"
        page = rf"{signs}(?: {signs})*()  (.*)"
        self._row = re.compile(page if lines else r"[0-9-] +([0-9.]+)%  (.*)")

    def rows(self, name: str, result: PictureResult) -> str:
        """Return a line for a digit, and a line for each line of a page."""
        row = row_of(name, result, lines=self.lines)
        name = self.key(name)
        reason = f"  ({row['reason']})" if row["reason"] else ""
        if self.lines:
            return "".join(f"{text or '-'}  {name}{reason}\n" for text in row["text"].split("\n"))
        sure = 0.0 if isinstance(result, PictureError | Page) else result.confidence
        return f"{row['text'] or '-'}  {sure:7.2%}  {name}{reason}\n"

    def may_begin(self, content: bytes) -> bool:
        """Tell whether a file of this format, which may be cut, can begin so."""
        return not content or content[:1] in CHARACTERS.encode()

    def key(self, name: str) -> str:
        """Return the name as it is written: a newline would make two lines, and "  (" a reason."""
        return printable(name).replace("  (", r" \x20(")

    def names(self, file: Iterable[bytes]) -> Iterator[tuple[str, int]]:
        """Find the whole lines."""
        at = 0
        for line in file:
            at += len(line)
            if not line.endswith(b"\n"):
                return
            found = self._row.fullmatch(line.decode("utf-8", "surrogateescape").rstrip("\r\n"))
            if not found:
                raise DigitrecError(NEVER_WRITTEN)
            name, _, reason = found[2].partition("  (")
            sure = None if self.lines else float(found[1] != "0.00")
            yield key_of(name, sure, reason), at


class CSV(TextFormat):
    """A table with a row for each digit."""

    def __init__(self, lines: bool) -> None:
        super().__init__(lines)
        self.several_rows = lines
        self._columns = PAGE_COLUMNS if lines else PREDICTION_COLUMNS
        self.head = self.start = ",".join(self._columns) + "\n"

    def rows(self, name: str, result: PictureResult) -> str:
        """Return the rows of a picture; a page without digits has one row, without a place."""
        row = row_of(name, result, lines=self.lines)
        table: list[list[object]]
        if self.lines:
            in_order = result.in_order if isinstance(result, Page) else ()
            table = [
                [name, number, *(p.box or [""] * 4), p.text, f"{p.confidence:.6f}", p.reason]
                for number, line in enumerate(in_order, 1)
                for p in line
            ]
            table = table or [[name, *[""] * 7, row["reason"]]]
        else:
            numbers = [f"{value:.6f}" for value in (row["confidence"], *row["probabilities"])]
            table = [[name, row["text"], *numbers, row["text"], row["reason"]]]
        return "".join(map(_csv_line, table))

    def names(self, file: Iterable[bytes]) -> Iterator[tuple[str, int]]:
        """Find the whole rows."""
        at, ended = 0, True

        def decoded() -> Iterator[str]:
            nonlocal at, ended
            for line in file:
                at += len(line)
                ended = line.endswith(b"\n")
                yield line.decode("utf-8", "surrogateescape")

        rows = enumerate(_csv_rows(decoded()))
        for number, row in rows:
            if not ended:
                return
            if number and len(row) < len(self._columns):
                if next(rows, None) is None:  # cut in a name with a newline
                    return
                raise DigitrecError(NEVER_WRITTEN)
            if row != list(self._columns) if number == 0 else len(row) > len(self._columns):
                raise DigitrecError(NEVER_WRITTEN)
            if number:
                sure = None if self.lines else float(row[2] != "0.000000")
                yield key_of(row[0], sure, "" if row[1] else row[-1]), at


class JSONLines(TextFormat):
    """One object per line for each picture."""

    start = '{"file": "'

    def rows(self, name: str, result: PictureResult) -> str:
        """Return the object of a picture."""
        return json.dumps(row_of(name, result, lines=self.lines)) + "\n"

    def names(self, file: Iterable[bytes]) -> Iterator[tuple[str, int]]:
        """Find the whole lines."""
        at = 0
        for line in file:
            at += len(line)
            if not line.endswith(b"\n"):
                return
            yield _key_of_object(line, self.lines), at


class JSON(TextFormat):
    """An array with an object for each picture."""

    head = "["
    start = '[\n {\n  "file": "'

    def rows(self, name: str, result: PictureResult) -> str:
        """Return the object of a picture."""
        text = json.dumps(row_of(name, result, lines=self.lines), indent=1)
        return "".join(f" {line}" for line in text.splitlines(keepends=True))

    def may_begin(self, content: bytes) -> bool:
        """Tell whether a file of this format, which may be cut, can begin so."""
        return content == b"[]\n" or super().may_begin(content)

    def before(self, first: bool) -> str:
        """Return the comma that separates it from the one before."""
        return "\n" if first else ",\n"

    def tail(self, empty: bool) -> str:
        """Return the end of the array."""
        return "]\n" if empty else "\n]\n"

    def names(self, file: Iterable[bytes]) -> Iterator[tuple[str, int]]:
        """Find the whole objects, by their indentation."""
        at, row = 0, b""
        for number, line in enumerate(file):
            if number == 0 and not line.startswith(b"["):
                raise DigitrecError(NEVER_WRITTEN)
            if number and line.startswith(b" "):
                row += line
                if line.startswith(b" }"):
                    yield (
                        _key_of_object(row.rstrip().removesuffix(b","), self.lines),
                        at + len(b" }"),
                    )
                    row = b""
            elif number and line not in (b"]", b"]\n"):
                raise DigitrecError(NEVER_WRITTEN)
            at += len(line)


def _csv_rows(lines: Iterable[str]) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines)
    except csv.Error:  # as of a field that has no end
        raise DigitrecError(NEVER_WRITTEN) from None


def _csv_line(row: list[object]) -> str:
    text = io.StringIO()
    # With this end a carriage return in a name is quoted too.
    csv.writer(text, lineterminator="\r\n").writerow(row)
    return text.getvalue().removesuffix("\r\n") + "\n"


def _key_of_object(row: bytes, lines: bool) -> str:
    try:
        found = json.loads(row)
        name, of_lines = found["file"], "lines" in found
        reason, sure = found.get("reason"), None if lines else found.get("confidence")
    except (ValueError, TypeError, KeyError, RecursionError):
        raise DigitrecError(NEVER_WRITTEN) from None
    if not isinstance(name, str) or of_lines != lines:
        raise DigitrecError(NEVER_WRITTEN)
    return key_of(as_utf8(name), sure, reason)


TEXT_FORMATS: dict[str, type[TextFormat]] = {
    "text": Text,
    "csv": CSV,
    "json": JSON,
    "jsonl": JSONLines,
}
