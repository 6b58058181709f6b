"""A file of answers in a text format: begun, or found after a kill, mended and gone on with.

Each answer is in the file as soon as it is written, so that a killed process loses only what it was
reading. What a process that was killed wrote last may be half of a row, or some of the rows of a
picture: all rows of the last picture are dropped and read again.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

from digitrec.errors import DigitrecError, DiskFullError
from digitrec.recognition.answer_files.formats import TextFormat
from digitrec.recognition.read_files import FileAnswer
from digitrec.storage.atomic import NO_SPACE

__all__ = ["AnswerFile", "AnswerStream"]


class AnswerStream:
    """Answers that are printed, to a terminal or a pipe.

    Args:
        form: How.
        stream: Where.
    """

    def __init__(self, form: TextFormat, stream: TextIO) -> None:
        self._form, self._stream, self._empty = form, stream, True
        stream.write(form.head)

    def write(self, answer: FileAnswer) -> None:
        """Print what was read in a file, at once."""
        for name, result in answer.pages:
            self._stream.write(self._form.before(self._empty) + self._form.rows(name, result))
            self._empty = False
        self._stream.flush()

    def finish(self) -> None:
        """Print what stands after all answers."""
        self._stream.write(self._form.tail(self._empty))
        self._stream.flush()


class AnswerFile:
    """A file of answers.

    Args:
        form: Its format.
        path: Of the file; it must not be there yet.
        resume: It may be there, by the same command, and is gone on with.

    Raises:
        DigitrecError: if it is there and is not to be, or holds something else.
        OSError: if it cannot be written.
    """

    def __init__(self, form: TextFormat, path: Path, resume: bool) -> None:
        self._form, self._path = form, path
        if resume and path.exists():
            self._file: BinaryIO = path.open("r+b", buffering=0)
            self._kept = self._whole_pictures()
        else:
            try:
                self._file = path.open("xb", buffering=0)
            except FileExistsError:
                raise DigitrecError(
                    f"{path} is there already; --resume reads what is left, or name another file"
                ) from None
            self._kept = 0
        self._end = self._kept
        if not self._kept:
            self._write(form.head)

    def key(self, name: str) -> str:
        """Return what `names` gives for the rows of a picture of this name."""
        return self._form.key(name)

    def names(self) -> Iterator[str]:
        """Find the pictures that were written before: the key of each row, from the first on."""
        if not self._kept:
            return
        with self._path.open("rb") as file:
            for name, end in self._form.names(file):
                if end > self._kept:
                    return
                yield name

    def write(self, answer: FileAnswer) -> None:
        """Write what was read in a file, at once.

        Raises:
            DigitrecError: if another program has emptied the file, or written to it: what stands
                before an answer would be a hole, or no answer.
        """
        if os.fstat(self._file.fileno()).st_size != self._end:
            self._file.close()
            raise DigitrecError(
                f"{self._path} was changed by another program while it was written; read again, "
                "into another file"
            )
        text = ""
        for name, result in answer.pages:
            first = self._end <= len(self._form.head) and not text
            text += self._form.before(first) + self._form.rows(name, result)
        self._write(text)

    def finish(self) -> None:
        """Write what stands after all answers, and close the file, unless it is closed.

        Raises:
            DigitrecError: if the file was removed meanwhile, and all that was written with it.
        """
        if self._file.closed:
            return
        self._write(self._form.tail(self._end <= len(self._form.head)))
        removed = os.fstat(self._file.fileno()).st_nlink == 0
        self._file.close()
        if removed:
            raise DigitrecError(f"{self._path} was removed while it was written; read again")

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
        except BaseException:  # Ctrl-C: no half of a row stays
            with contextlib.suppress(OSError):
                self._file.truncate(whole)
                self._file.seek(whole)
            raise
        self._end = os.lseek(self._file.fileno(), 0, os.SEEK_CUR)

    def _whole_pictures(self) -> int:
        """Cut the rows of the last picture off, and return how many bytes stay."""
        last, before, start = "", 0, 0
        try:
            with self._path.open("rb") as file:
                if not self._form.may_begin(file.read(1000)):
                    raise DigitrecError("is another kind of file")
                file.seek(0)
                for name, end in self._form.names(file):
                    if not _follows(name, last):
                        start = before
                    last, before = name, end
        except DigitrecError as error:
            self._file.close()
            raise DigitrecError(
                f"{self._path} {error}; name another file, or give the options it was written with"
            ) from None
        self._file.truncate(start)
        self._file.seek(start)
        return start


def _follows(name: str, last: str) -> bool:
    """Tell whether a row may be of the same file as the one before it.

    Both have the same name, as the digits of a page in a table do, or are pages 2 and 3 of a file.
    """
    if name == last:
        return True
    one, other = (re.fullmatch(r"(.*)\[([0-9]+)\]", page, re.DOTALL) for page in (last, name))
    return bool(one and other and one[1] == other[1] and int(other[2]) == int(one[2]) + 1)
