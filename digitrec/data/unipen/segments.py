"""Labelled characters of UNIPEN (its segments), kept as a few large arrays."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from digitrec.arrays import BoolArray, Float32Array, Int64Array

__all__ = ["Character", "Characters", "kind_of", "source_of", "starts_of"]


def kind_of(label: str) -> str:
    """Return "digit", "capital", "small letter" or "symbol"."""
    if label.isdecimal():
        return "digit"
    if label.isalpha():
        return "capital" if label.isupper() else "small letter"
    return "symbol"


def source_of(name: str) -> str:
    """Return the source in the name of a writer or of a file, "apb" in "apb/data/apb22/a.dat"."""
    return name.partition("/")[0]


@dataclass(frozen=True, eq=False)
class Character:
    """A character as somebody wrote it.

    Attributes:
        label: One ASCII character.
        writer: The source and the writer's name there, such as ``ibm/r00-07``.
        place: The file that labels it and the line there, such as ``1a/ibm/ibm0/r0007.dat:4``.
        strokes: float32 (P, 2) each, x to the right and y down, in units of the source.
    """

    label: str
    writer: str
    place: str
    strokes: tuple[Float32Array, ...] = field(repr=False)

    @property
    def kind(self) -> str:
        """What it is: "digit", "capital", "small letter" or "symbol"."""
        return kind_of(self.label)

    @property
    def source(self) -> str:
        """The laboratory that recorded it, in three letters."""
        return source_of(self.writer)


@dataclass(frozen=True, eq=False)
class Characters:
    """Many characters.

    Attributes:
        points: float32 (P, 2), of all strokes.
        stroke_starts: int64 (S + 1,), where each stroke begins in ``points``, and their number.
        starts: int64 (N + 1,), where each character begins in ``stroke_starts``, and S.
        labels: int64 (N,), ASCII codes.
        writers: int64 (N,), numbers in ``writer_names``.
        files: int64 (N,), numbers in ``file_names``.
        lines: int64 (N,), of the labels in the files.
        writer_names: The writers.
        file_names: The files.
        dropped: How many were left out, by rule and source (see `digitrec.data.unipen.rules`).
    """

    points: Float32Array
    stroke_starts: Int64Array
    starts: Int64Array
    labels: Int64Array
    writers: Int64Array
    files: Int64Array
    lines: Int64Array
    writer_names: tuple[str, ...]
    file_names: tuple[str, ...]
    dropped: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> Character:
        bounds = self.stroke_starts[self.starts[index] : self.starts[index + 1] + 1]
        return Character(
            chr(self.labels[index]),
            self.writer_names[self.writers[index]],
            f"{self.file_names[self.files[index]]}:{self.lines[index]}",
            tuple(self.points[first:last] for first, last in pairwise(bounds)),
        )

    def __iter__(self) -> Iterator[Character]:
        return (self[index] for index in range(len(self)))

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of the writers, sorted."""
        return tuple(sorted({source_of(name) for name in self.writer_names}))

    def checksum(self) -> str:
        """Return 16 hex digits that identify the characters and who wrote them."""
        digest = hashlib.sha256("\n".join(self.writer_names).encode())
        for array in (self.stroke_starts, self.starts, self.labels, self.writers):
            digest.update(array.astype("<i8").tobytes())
        digest.update(self.points.astype("<f4").tobytes())
        return digest.hexdigest()[:16]

    def of_kind(self, kind: str) -> Int64Array:
        """Return the numbers of the characters of a kind."""
        chosen = [code for code in range(128) if kind_of(chr(code)) == kind]
        return np.flatnonzero(np.isin(self.labels, chosen))

    def select(self, kept: BoolArray, dropped: Mapping[tuple[str, str], int]) -> Characters:
        """Return some of the characters; ``kept`` is (N,)."""
        strokes = np.diff(self.starts)
        kept_strokes = np.repeat(kept, strokes)
        points = np.diff(self.stroke_starts)
        return Characters(
            self.points[np.repeat(kept_strokes, points)],
            starts_of(points[kept_strokes]),
            starts_of(strokes[kept]),
            self.labels[kept],
            self.writers[kept],
            self.files[kept],
            self.lines[kept],
            self.writer_names,
            self.file_names,
            dropped,
        )


def starts_of(lengths: Int64Array | list[int]) -> Int64Array:
    """Return where each part begins if parts of these lengths stand in a row, and their end."""
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
