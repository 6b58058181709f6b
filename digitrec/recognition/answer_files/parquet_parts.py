"""Answers as a folder of Parquet files, which any program reads as one table.

A Parquet file cannot be read before its end is written. So the table is in parts of some thousand
rows, each of which is either complete or missing. The answer for a file is never divided between
parts. A killed process loses only its last part, whose files are read again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitrec.errors import DigitrecError
from digitrec.recognition.answer_files.formats import key_of, row_of
from digitrec.recognition.answer_files.output_path import is_there
from digitrec.recognition.read_files import FileAnswer
from digitrec.recognition.results import Page
from digitrec.storage.atomic import atomic_path, remove_partial
from digitrec.storage.file_names import target_of

if TYPE_CHECKING:
    import pyarrow

__all__ = ["ParquetParts"]

DIGITS = 10_000  # in a part, roughly at most: some MB of memory
SECONDS = 30.0  # after which a smaller part is written, too


class ParquetParts:
    """A folder of Parquet files: ``part-00000.parquet``, ``part-00001.parquet`` and so on.

    Args:
        path: Of the folder; without ``resume`` it must be empty, or not there.
        lines: Whether rows are of pages, and not of single digits.
        resume: It may hold the parts that the same command wrote before it was killed.

    Raises:
        DigitrecError: if pyarrow is missing, or the folder holds something else.
    """

    several_rows = False  # of a picture; it has one, with all of its lines

    def __init__(self, path: Path, lines: bool, resume: bool) -> None:
        _import_pyarrow()
        self._path, self._lines = path, lines
        self._rows: list[dict[str, Any]] = []
        self._digits = 0
        self._written = time.monotonic()
        if path.is_file():
            raise DigitrecError(f"{path} is a file; --parquet writes a folder of files")
        if not resume and path.is_dir() and any(path.iterdir()):
            raise is_there(path, "folder")
        target_of(path).mkdir(parents=True, exist_ok=True)
        remove_partial(path)
        self._parts = sorted(path.glob("part-*.parquet"))
        numbers = [re.fullmatch(r"part-([0-9]+)\.parquet", part.name) for part in self._parts]
        self._number = max((int(found[1]) + 1 for found in numbers if found), default=0)

    def key(self, name: str) -> str:
        """Return how a name is written: bytes that are not text as ``\\xff``."""
        return _as_text(name)

    def names(self) -> Iterator[str]:
        """Find the pictures that were written before: the name in each row, from the first on."""
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile

        expected = [*_schema(self._lines).names]
        for part in self._parts:
            try:
                with ParquetFile(part) as file:
                    if file.schema_arrow.names != expected:
                        raise DigitrecError(
                            f"{part} was not written by this command with the same options"
                        )
                    told = ["file", "reason", *([] if self._lines else ["confidence"])]
                    for batch in file.iter_batches(columns=told):
                        for row in batch.to_pylist():
                            yield key_of(row["file"], row.get("confidence"), row["reason"])
            except ArrowException as error:
                raise DigitrecError(
                    f"{part} is damaged ({error}); remove it, and its files are read again"
                ) from None

    def write(self, answer: FileAnswer) -> None:
        """Keep what was read in a file, and write the part when it is large or old enough."""
        for name, result in answer.pages:
            row = row_of(_as_text(name), result, lines=self._lines)
            self._rows.append(row | {"reason": row["reason"] and _as_text(row["reason"])})
            self._digits += 1 + len(result.digits if isinstance(result, Page) else ())
        if self._digits >= DIGITS or time.monotonic() - self._written >= SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what is left as a part."""
        if self._rows or self._number == 0:
            from pyarrow import Table
            from pyarrow.parquet import write_table

            table = Table.from_pylist(self._rows, _schema(self._lines))
            part = self._path / f"part-{self._number:05}.parquet"
            with atomic_path(part) as temporary:
                write_table(table, temporary)
            self._number += 1
            self._rows, self._digits = [], 0
        self._written = time.monotonic()

    finish = flush


def _import_pyarrow() -> None:
    """Check that pyarrow is there.

    Raises:
        DigitrecError: one line that says how to install it.
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise DigitrecError(
            "--parquet needs the package pyarrow: pip install 'digitrec[parquet]'"
        ) from None


def _as_text(name: str) -> str:
    r"""Return a name as Parquet can hold it: with ``\xff`` for each byte that is not text."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _schema(lines: bool) -> pyarrow.Schema:
    """Return the columns: those of the JSON of ``predict``, with their types."""
    import pyarrow as pa

    digit = [
        ("digit", pa.int8()),
        ("confidence", pa.float64()),
        ("probabilities", pa.list_(pa.float64())),
        ("text", pa.string()),
        ("reason", pa.string()),
    ]
    if not lines:
        return pa.schema([("file", pa.string()), *digit])
    box = pa.struct([*digit, ("box", pa.list_(pa.int32()))])
    mark = pa.struct(
        [
            ("text", pa.string()),
            ("confidence", pa.float64()),
            ("box", pa.list_(pa.int32())),
            ("place", pa.int32()),
            ("reason", pa.string()),
        ]
    )
    return pa.schema(
        [
            ("file", pa.string()),
            ("text", pa.string()),
            ("lines", pa.list_(pa.list_(box))),
            ("marks", pa.list_(pa.list_(mark))),
            ("reason", pa.string()),
        ]
    )
