"""Strings of digits that touch, as a data set: many images, made in several processes.

The strings are made from MNIST's scans and the pen strokes of UCI and UNIPEN (`string_images`). No
scan and no writer of strokes is in two parts of the data set; only UCI has writers who test. The
images are grouped by their width.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context

import numpy as np
import torch
from torch import Tensor

from digitrec.arrays import Uint8Array
from digitrec.data import mnist_files
from digitrec.data.dataset import AnyDataSet, combine_checksums
from digitrec.data.hands import sources
from digitrec.data.parts import Part
from digitrec.data.string_images import LONGEST, Sources, write_string
from digitrec.data.uci.file import SHA256
from digitrec.data.unipen import cache

__all__ = ["StringDataSet", "StringExamples", "Strings", "load", "load_test"]

HELD_OUT = 2_000  # strings to validate with, and as many to test with
_CHUNK = 2_000  # strings that a process makes at a time


@dataclass(frozen=True, eq=False)
class Strings:
    """Images of strings that are all of one width.

    Attributes:
        images: uint8 (N, 1, 28, W), 0 the background and 255 full ink.
        targets: int64 (N, 5), the classes of `StringNetwork` from left to right; zeros follow where
            a string has fewer than five characters.
        lengths: int64 (N,), how many characters each string has.
    """

    images: Tensor
    targets: Tensor
    lengths: Tensor

    def __len__(self) -> int:
        return len(self.lengths)


@dataclass(frozen=True, eq=False)
class StringExamples:
    """Images of strings, grouped by their width.

    Attributes:
        groups: The images of each width, narrow ones first.
    """

    groups: Sequence[Strings]

    def __len__(self) -> int:
        return sum(map(len, self.groups))

    def to(self, device: torch.device) -> StringExamples:
        """Return the same examples on a device."""
        return StringExamples(
            [
                Strings(group.images.to(device), group.targets.to(device), group.lengths.to(device))
                for group in self.groups
            ]
        )


class StringDataSet(AnyDataSet[StringExamples]):
    """A data set of strings."""


def load(name: str, root: str | None, count: int, seed: int, validation: int) -> StringDataSet:
    """Make a data set of strings, in as many processes as PyTorch has threads.

    Args:
        name: Of the data set.
        root: The data folder, as in `digitrec.data.mnist_files.read`.
        count: Strings to train on.
        seed: Of the strings.
        validation: 0 makes no strings to validate on; any other number makes `HELD_OUT`.

    Raises:
        DigitrecError: if the data sets cannot be read.
    """
    train = make_strings(count, seed, root, processes=torch.get_num_threads())
    held_out = make_strings(HELD_OUT, seed, root, part=Part.VALIDATION) if validation else []
    test, tested = load_test(root, seed)
    identity = combine_checksums(tested, cache.read(root).checksum())
    return StringDataSet(
        name, identity, StringExamples(train), StringExamples(held_out), test, (name, tested)
    )


def load_test(root: str | None, seed: int) -> tuple[StringExamples, str]:
    """Return the test part alone, and the checksum that identifies it; as `load`."""
    test = StringExamples(make_strings(HELD_OUT, seed, root, part=Part.TEST))
    return test, combine_checksums(mnist_files.read(root).checksum, SHA256, seed, HELD_OUT)


def make_strings(
    count: int, seed: int, root: str | None, *, part: Part = Part.TRAINING, processes: int = 1
) -> list[Strings]:
    """Make ``count`` strings, grouped by the width of their images, narrow ones first.

    String i of a seed is the same whatever ``count`` and ``processes`` are.

    Args:
        count: How many strings to make.
        seed: Names an endless set of strings, of which the first ``count`` are made.
        root: The data folder, as in `digitrec.data.mnist_files.read`.
        part: The part of the data set, from whose scans and writers they are made.
        processes: How many processes make strings side by side. They are spawned, not forked,
            because a process that has started PyTorch's threads cannot be forked safely.

    Raises:
        DigitrecError: if the data sets cannot be read.
    """
    # Read before the processes do, so that a missing data set is downloaded or reported only once.
    _read_sources(root, part)
    chunks = [
        (root, part, seed, range(start, min(start + _CHUNK, count)))
        for start in range(0, count, _CHUNK)
    ]
    if processes == 1:
        made = [_make_chunk(chunk) for chunk in chunks]
    else:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            made = list(pool.map(_make_chunk, chunks))
    by_width: dict[int, list[Strings]] = {}
    for strings in (strings for chunk in made for strings in chunk):
        by_width.setdefault(strings.images.shape[3], []).append(strings)
    return [_concatenate(same_width) for _, same_width in sorted(by_width.items())]


@lru_cache(maxsize=3)  # a process makes many chunks from the same sources
def _read_sources(root: str | None, part: Part) -> Sources:
    scans, labels = mnist_files.read(root).of(part)
    written = sources.digits(root)
    if part == Part.TEST:
        return Sources.from_handwriting([written[sources.UCI].of(part)], [], scans, labels)
    letters = map(sources.taught_as_nondigits, sources.nondigits(root).values())
    return Sources.from_handwriting(
        [source.of(part) for source in written.values()],
        [source.of(part) for source in letters],
        scans,
        labels,
    )


def _make_chunk(chunk: tuple[str | None, Part, int, range]) -> list[Strings]:
    root, part, seed, indices = chunk
    return _write_strings(_read_sources(root, part), seed, indices, part=part)


def _write_strings(
    sources: Sources, seed: int, indices: range, *, part: Part = Part.TRAINING
) -> list[Strings]:
    """Write the strings with these indices of a seed, grouped by width, narrow ones first."""
    by_width: dict[int, list[tuple[Uint8Array, list[int]]]] = {}
    for index in indices:
        # With the part, so that no synthetic handwriting is in two parts, either.
        image, classes = write_string(sources, np.random.default_rng([seed, index, part]))
        by_width.setdefault(image.shape[1], []).append((image, classes))
    return [_stack(same_width) for _, same_width in sorted(by_width.items())]


def _stack(strings: list[tuple[Uint8Array, list[int]]]) -> Strings:
    images = np.stack([image for image, _ in strings])[:, None]  # (N, 1, 28, W)
    targets = torch.zeros(len(strings), LONGEST, dtype=torch.int64)
    for row, (_, classes) in zip(targets, strings, strict=True):
        row[: len(classes)] = torch.tensor(classes)
    lengths = torch.tensor([len(classes) for _, classes in strings])
    return Strings(torch.from_numpy(images), targets, lengths)


def _concatenate(same_width: Sequence[Strings]) -> Strings:
    return Strings(
        torch.cat([strings.images for strings in same_width]),
        torch.cat([strings.targets for strings in same_width]),
        torch.cat([strings.lengths for strings in same_width]),
    )
