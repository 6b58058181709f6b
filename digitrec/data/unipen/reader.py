"""Reads the labelled characters of a folder in UNIPEN's layout.

``data/1a`` (digits), ``1b`` (capitals), ``1c`` (small letters) and ``1d`` (symbols) hold files of
labels, whose ``.INCLUDE`` lines name the files of ink below ``include``. y grows upwards in UNIPEN;
here it grows down.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.data.unipen.file_format import UnipenText, parse_unipen
from digitrec.data.unipen.rules import DAMAGED, NO_CHARACTER, drop_faulty
from digitrec.data.unipen.segments import Characters, starts_of
from digitrec.errors import DigitrecError
from digitrec.storage.regular_files import read_bytes

__all__ = ["files_of", "read_folder"]

PARTS = ("1a", "1b", "1c", "1d")
MAX_BYTES = 64 * 2**20  # of a file; the largest of UNIPEN's has 0.6 MB


def files_of(folder: Path) -> tuple[list[Path], list[Path]]:
    """List the files of labels, and the files that they may include; each sorted."""
    labels = [path for part in PARTS for path in (folder / "data" / part).rglob("*.dat")]
    return sorted(labels), sorted((folder / "include").rglob("*.dat"))


def read_folder(folder: Path) -> Characters:
    """Read all characters, and drop those that are faulty by the rules.

    Args:
        folder: Holds ``data`` and ``include``.
    """
    reader = _Reader(folder / "include")
    for path in files_of(folder)[0]:
        reader.read_labels(path, path.relative_to(folder / "data").as_posix())
    return drop_faulty(reader.characters())


@dataclass
class _Ink:
    """The content of a file of ink."""

    strokes: list[Float64Array]
    writer: str


@dataclass
class _Reader:
    """What has been read so far; the lists are those of `Characters`."""

    include: Path
    ink: dict[str, _Ink | None] = field(default_factory=dict)
    strokes: list[Float64Array] = field(default_factory=list)
    stroke_counts: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    writers: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    writer_names: dict[str, int] = field(default_factory=dict)
    file_names: list[str] = field(default_factory=list)
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)

    def read_labels(self, path: Path, name: str) -> None:
        """Read a file of labels and the ink that it includes."""
        source = PurePosixPath(name).parts[1]
        text = _parse(path, name)
        if text is None:
            self.dropped[DAMAGED, source] += 1
            return
        writer = ""
        for include in text.includes:
            if PurePosixPath(include).suffix != ".dat":
                continue  # a description of the source, or a list of words
            ink = self._read_ink(include)
            if ink is None:
                self.dropped[DAMAGED, source] += len(text.segments)
                return
            text.strokes.extend(ink.strokes)
            writer = writer or ink.writer
        number = self.writer_names.setdefault(f"{source}/{writer or name}", len(self.writer_names))
        for segment in text.segments:
            label = _character(segment.label)
            if label is None:
                self.dropped[NO_CHARACTER, source] += 1
                continue
            try:
                strokes = text.strokes_of(segment)
            except ValueError:
                self.dropped[DAMAGED, source] += 1
                continue
            self.strokes += strokes
            self.stroke_counts.append(len(strokes))
            self.labels.append(ord(label))
            self.writers.append(number)
            self.files.append(len(self.file_names))
            self.lines.append(segment.line)
        self.file_names.append(name)

    def _read_ink(self, name: str) -> _Ink | None:
        if name not in self.ink:
            path = PurePosixPath(name)
            inside = not path.is_absolute() and ".." not in path.parts
            text = _parse(self.include / path, name) if inside else None
            ink = _Ink(text.strokes, next(iter(text.writers), "")) if text else None
            self.ink[name] = ink
        return self.ink[name]

    def characters(self) -> Characters:
        """Return all that was read."""
        points = np.concatenate([*self.strokes, np.zeros((0, 2))]) * (1, -1)
        return Characters(
            points.astype(np.float32),
            starts_of([len(stroke) for stroke in self.strokes]),
            starts_of(self.stroke_counts),
            np.array(self.labels, np.int64),
            np.array(self.writers, np.int64),
            np.array(self.files, np.int64),
            np.array(self.lines, np.int64),
            tuple(self.writer_names),
            tuple(self.file_names),
            self.dropped,
        )


def _parse(path: Path, name: str) -> UnipenText | None:
    """Parse a file; None if it is missing or damaged."""
    try:
        # Latin-1 has a character for each byte, and keywords and numbers are ASCII.
        return parse_unipen(read_bytes(path, MAX_BYTES).decode("latin-1"), name)
    except (OSError, DigitrecError):
        return None


def _character(label: str) -> str | None:
    r"""Return the character that a label names, which may be written as ``\"`` or ``\\``."""
    label = {r"\"": '"', r"\\": "\\"}.get(label, label)
    return label if len(label) == 1 and "!" <= label <= "~" else None
