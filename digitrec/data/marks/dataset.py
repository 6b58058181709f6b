"""Windows of many lines as a data set: what the network sees, and which mark it is."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import torch

from digitrec.data.dataset import DataSet, Examples, combine_checksums
from digitrec.data.marks.line_windows import look_at_line
from digitrec.data.marks.lines import draw_line
from digitrec.data.marks.writers import MarkWriters, read_writers
from digitrec.data.parts import Part
from digitrec.data.uci.file import SHA256
from digitrec.data.unipen import cache
from digitrec.models.marks import MARKS, WINDOW

__all__ = ["load", "load_test"]

HELD_OUT = 1_000  # lines to validate with, and as many to test with


def load(
    name: str, root: str | None, leave_out: tuple[str, ...], count: int, seed: int, validation: int
) -> DataSet:
    """Make a data set.

    Args:
        name: Of the data set.
        root: The data folder, as in `digitrec.data.marks.writers.read_writers`.
        leave_out: Sources of UNIPEN whose writers test.
        count: Lines to train on; each gives several windows.
        seed: Of the lines.
        validation: 0 makes no windows to validate on; any other number those of `HELD_OUT` lines.

    Raises:
        DigitrecError: if the data cannot be read, or a source is wrong.
    """
    writers = read_writers(root, Part.TRAINING, leave_out)
    train = make_examples(writers, count, seed, Part.TRAINING)
    held_out = make_examples(
        read_writers(root, Part.VALIDATION, leave_out) if validation else writers,
        HELD_OUT if validation else 0,
        seed,
        Part.VALIDATION,
    )
    test, tested = load_test(root, leave_out, seed)
    identity = combine_checksums(tested, SHA256, cache.read(root).checksum())
    return DataSet(name, identity, train, held_out, test, (name, tested))


def load_test(root: str | None, leave_out: tuple[str, ...], seed: int) -> tuple[Examples, str]:
    """Return the test part alone, and the checksum that identifies it; as `load`."""
    writers = read_writers(root, Part.TEST, leave_out)
    test = make_examples(writers, HELD_OUT, seed, Part.TEST)
    return test, combine_checksums(seed, HELD_OUT, _checksum(writers))


def _checksum(writers: MarkWriters) -> str:
    """Return what identifies all strokes, with their writers and marks."""
    groups = [*writers.digits, *(writers.marks[mark] for mark in MARKS), writers.others]
    digest = sha256()
    for group in groups:
        digest.update(f"{len(group)} ".encode())
        for strokes in group:
            digest.update(f"{[len(path) for path in strokes]}".encode())
            digest.update(b"".join(path.astype("<f4").tobytes() for path in strokes))
    return digest.hexdigest()


def make_examples(writers: MarkWriters, count: int, seed: int, part: Part) -> Examples:
    """Make the windows of lines; line i of a seed is the same whatever ``count`` is."""
    images, labels = [np.zeros((0, *WINDOW), np.uint8)], [np.zeros(0, np.int64)]
    for index in range(count):
        rng = np.random.default_rng([seed, index, part])
        windows = look_at_line(draw_line(writers, rng), rng)
        images.append(windows.images)
        labels.append(windows.labels)
    return Examples(
        torch.from_numpy(np.concatenate(images))[:, None], torch.from_numpy(np.concatenate(labels))
    )
