"""Which pictures of a folder are held out: by writer, or by picture; the same ones in every run."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from digitrec.arrays import BoolArray, IntArray
from digitrec.data.dataset import NO_DIGIT
from digitrec.errors import ConfigError

__all__ = ["by_picture", "by_writer", "writers_of"]

NOBODY = ""


def by_picture(
    labels: IntArray, digests: npt.NDArray[np.uint64], fraction: float, seed: int, parts: int
) -> list[BoolArray]:
    """Hold out the same fraction of the pictures of each digit, once or more often.

    Files of the same content are never in two parts, and a picture that is added or renamed moves
    few others. Pictures without a digit are not held out.

    Args:
        labels: (N,).
        digests: (N,), the same for files of the same content.
        fraction: Of the pictures of a digit. At least one is held out if there are three; and
            unless the fraction is 1, at least one is left to train on.
        seed: Chooses the pictures.
        parts: How many times that many are held out.

    Returns:
        For each part, which pictures it holds, (N,).
    """
    held_out = [np.zeros(len(labels), np.bool_) for _ in range(parts)]
    for label in np.unique(labels[labels != NO_DIGIT]).tolist():
        pictures = np.flatnonzero(labels == label)
        contents, which = np.unique(digests[pictures], return_inverse=True)
        order = np.argsort([_place(seed, content) for content in contents.tolist()])
        rank = np.empty(len(contents), np.int64)
        rank[order] = np.arange(len(contents))
        least = 1 if len(contents) > parts else 0
        count = _held_out(fraction, len(contents), parts, least)
        for part, chosen in enumerate(held_out):
            chosen[pictures] = rank[which] // max(count, 1) == part if count else False
    return held_out


def by_writer(
    names: Sequence[str], labels: IntArray, pattern: str, fraction: float, seed: int, parts: int
) -> list[BoolArray]:
    """Hold out all pictures of some writers, as `by_picture` does.

    Args:
        names: Paths of the pictures, with ``/``.
        labels: Of each. A picture without a digit need have no writer; it is not held out then.
        pattern: A regular expression that finds the writer in the name of a file: its first group,
            or all that it matches if it has none.
        fraction: Of the writers. At least one is held out; and unless the fraction is 1, at least
            one is left to train on.
        seed: Chooses the writers.
        parts: How many times that many are held out.

    Raises:
        ConfigError: if the pattern finds no writer in a name, or too few writers for the parts.
    """
    found = [
        _writer(name, pattern, optional=label == NO_DIGIT)
        for name, label in zip(names, labels.tolist(), strict=True)
    ]
    known = sorted({*found} - {NOBODY}, key=lambda writer: _place(seed, writer))
    if len(known) <= parts and fraction < 1:
        raise ConfigError(
            f"data.writer={pattern}: finds {len(known)} writers; {parts + 1} are needed, at least "
            "one to train on and one for each other part"
        )
    count = _held_out(fraction, len(known), parts, least=1)
    held_out = [set(known[part * count : (part + 1) * count]) for part in range(parts)]
    return [np.array([writer in chosen for writer in found]) for chosen in held_out]


def writers_of(names: Sequence[str], pattern: str) -> list[str] | None:
    """Return the writer of each picture, as `by_writer` finds them; None if one has none."""
    found = [_writer(name, pattern, optional=True) for name in names]
    return None if NOBODY in found else found


def _held_out(fraction: float, count: int, parts: int, least: int) -> int:
    """Return how many of some pictures or writers each part holds out."""
    most = count if fraction == 1 else (count - 1) // parts
    return min(max(least, round(fraction * count)), most)


def _writer(name: str, pattern: str, *, optional: bool) -> str:
    file = name.rpartition("/")[2]
    match = re.search(pattern, file)
    found = (match[1] if match.re.groups else match[0]) if match else None
    if not found and not optional:
        raise ConfigError(f"data.writer={pattern}: finds no writer in the name of {name}")
    return found or NOBODY


def _place(seed: int, key: object) -> bytes:
    return hashlib.sha256(f"{seed} {key}".encode(errors="surrogateescape")).digest()
