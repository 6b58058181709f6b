"""A file of answers in a text format: a new one, or one that is continued after a kill.

Each answer is in the file as soon as it is written, so that a killed process loses only what it was
reading. The last thing that it wrote may be half of a row, which is dropped, or only some of the
rows of a picture file. Where the latter is possible, these rows stay until that file is read again,
and are then replaced by the new answer.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from digitrec.errors import DigitrecError, PictureError
from digitrec.recognition.answer_files.finished import is_of, number_of_page
from digitrec.recognition.answer_files.formats import TextFormat, as_utf8
from digitrec.recognition.answer_files.output_path import is_there
from digitrec.recognition.read_files import FileAnswer
from digitrec.storage.atomic import NO_SPACE
from digitrec.storage.file_names import target_of
from digitrec.storage.writing_errors import DiskFullError

__all__ = ["AnswerFile", "AnswerStream"]


class AnswerStream:
    """Answers that are printed, to a terminal or a pipe.

    Args:
        form: How.
        stream: Where.
    """

    def __init__(self, form: TextFormat, stream: TextIO) -> None:
        self._form, self._stream, self._empty = form, stream, True
        self._print(form.head)

    def write(self, answer: FileAnswer) -> None:
        """Print what was read in a file, at once."""
        for name, result in answer.pages:
            self._print(self._form.before(self._empty) + self._form.rows(name, result))
            self._empty = False
        self._print("", flush=True)

    def finish(self) -> None:
        """Print what stands after all answers."""
        self._print(self._form.tail(self._empty), flush=True)

    def _print(self, text: str, flush: bool = False) -> None:
        try:
            self._stream.write(text)
            if flush:
                self._stream.flush()
        except OSError as error:  # which names no file
            raise OSError(error.errno, error.strerror, "standard output") from None


class _Rows(NamedTuple):
    """Rows side by side, of one file: the key of the first, and where they begin and end."""

    key: str
    start: int
    end: int


class AnswerFile:
    """A file of answers.

    Args:
        form: Its format.
        path: Of the file; it must not be there yet.
        resume: It may be there, by the same command, and is gone on with.
        page: The only page that is read of each file; None where all are.

    Raises:
        DigitrecError: if it is there and is not to be, or holds something else.
        OSError: if it cannot be written.
    """

    def __init__(self, form: TextFormat, path: Path, resume: bool, page: int | None = None) -> None:
        self._form, self._path, self._page = form, path, page
        self._unsure: _Rows | None = None
        if resume and path.exists():
            self._file = path.open("r+b", buffering=0)
            self._end = self._keep_whole_rows()
        else:
            try:
                self._file = target_of(path).open("xb", buffering=0)
            except FileExistsError:
                raise is_there(path) from None
            self._end = 0
        self._certain = self._unsure.start if self._unsure else self._end
        if not self._end:
            self._write(form.head)

    @property
    def several_rows(self) -> bool:
        """Whether a picture may have several rows."""
        return self._form.several_rows

    def key(self, name: str) -> str:
        """Return what `names` gives for the rows of a picture of this name."""
        return self._form.key(as_utf8(name))

    def names(self) -> Iterator[str]:
        """Find the answers already in the file: the key of each row, from the first on."""
        if not self._certain:
            return
        with self._path.open("rb") as file:
            for name, end in self._form.names(file):
                if end > self._certain:
                    return
                yield name

    def write(self, answer: FileAnswer) -> None:
        """Write what was read in a file, at once.

        Where the last rows of an earlier call are of the same file, the answer replaces them;
        unless the file can no longer be read, in which case the earlier rows stay.

        Raises:
            DigitrecError: if another program has emptied the file, or written to it: before the
                answer there would be a hole, or something that is not an answer.
        """
        if os.fstat(self._file.fileno()).st_size != self._end:
            self._file.close()
            raise DigitrecError(
                f"{self._path} was changed by another program while it was written; read again, "
                "into another file"
            )
        rows = self._unsure
        if rows and is_of(rows.key, answer.name, self.key, self._page):
            self._unsure = None
            if _is_unreadable(answer):
                return
            self._take_out(rows)
        text = ""
        for name, result in answer.pages:
            text += self._form.before(self._is_empty and not text)
            text += self._form.rows(as_utf8(name), result)
        self._write(text)

    def finish(self) -> None:
        """Write what stands after all answers, and close the file, unless it is closed.

        Raises:
            DigitrecError: if the file was removed meanwhile, and all that was written with it.
        """
        if self._file.closed:
            return
        self._write(self._form.tail(self._is_empty))
        removed = os.fstat(self._file.fileno()).st_nlink == 0
        self._file.close()
        if removed:
            raise DigitrecError(f"{self._path} was removed while it was written; read again")

    def _may_be_of_one_file(self, last: str, name: str) -> bool:
        """Tell whether a row may be of the file of the row before it, as this call reads files."""
        return name == last or (self._page is None and _follows(name, last))

    @property
    def _is_empty(self) -> bool:
        """Whether there is no row."""
        return self._end <= len(self._form.head)

    def _take_out(self, rows: _Rows) -> None:
        """Take rows out, and move what this call has written behind them to their place."""
        self._file.seek(rows.end)
        behind = self._file.read().decode("utf-8", "surrogateescape")
        self._file.truncate(rows.start)
        self._file.seek(rows.start)
        self._end = rows.start
        if behind:
            behind = behind.removeprefix(self._form.before(first=False))
            self._write(self._form.before(self._is_empty) + behind)

    def _write(self, text: str) -> None:
        content = memoryview(text.encode("utf-8", "surrogateescape"))
        whole, size = self._end, len(content)
        try:
            while content:
                content = content[self._file.write(content) :]
        except OSError as error:
            with contextlib.suppress(OSError), self._file as file:
                file.truncate(whole)
            if error.errno in NO_SPACE and error.errno is not None:
                raise DiskFullError(
                    error.errno, error.strerror or "", self._path, whole + size, whole=False
                ) from None
            raise OSError(error.errno, error.strerror, str(self._path)) from None
        except BaseException:  # such as Ctrl-C: half a row must not stay
            with contextlib.suppress(OSError):
                self._file.truncate(whole)
                self._file.seek(whole)
            raise
        self._end = os.lseek(self._file.fileno(), 0, os.SEEK_CUR)

    def _keep_whole_rows(self) -> int:
        """Cut off what follows the last whole row, and return how many bytes stay."""
        last, end = _Rows("", 0, 0), 0
        previous = ""
        try:
            with self._path.open("rb") as file:
                if not self._form.may_begin(file.read(1000)):
                    raise DigitrecError("is another kind of file")
                file.seek(0)
                for name, row_end in self._form.names(file):
                    if not end or not self._may_be_of_one_file(previous, name):
                        last = _Rows(name, end or len(self._form.head), row_end)
                    previous, end = name, row_end
                file.seek(end)
                rest, tail = file.read(10), self._form.tail(empty=False).encode()
        except DigitrecError as error:
            self._file.close()
            raise DigitrecError(
                f"{self._path} {error}; name another file, or give the options it was written with"
            ) from None
        may_have_more = self._form.several_rows or (self._page is None and number_of_page(last.key))
        if end and may_have_more and not (tail and rest == tail):
            self._unsure = last._replace(end=end)
        self._file.truncate(end)
        self._file.seek(end)
        return end


def _is_unreadable(answer: FileAnswer) -> bool:
    """Tell whether a file cannot be opened at all, as one that was moved away."""
    name, result = answer.pages[0]
    return name == answer.name and isinstance(result, PictureError)


def _follows(name: str, last: str) -> bool:
    """Tell whether a row may be of the next page of the same file as the row before it."""
    number, number_before = number_of_page(name), number_of_page(last)
    return bool(
        number
        and number_before
        and name.rpartition("[")[0] == last.rpartition("[")[0]
        and number == number_before + 1
    )
