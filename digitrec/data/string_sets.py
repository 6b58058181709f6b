"""Sets of string images to train and validate a `StringNetwork` on, grouped by their width.

The strings are made from MNIST's scans and UCI's pen digits. Strings that validate are made from
other scans and other writers than strings that train.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from digitrec.arrays import Uint8Array
from digitrec.config.train_config import HELD_OUT_IMAGES
from digitrec.data import mnist_files, pen_digits
from digitrec.data.string_images import LONGEST, Sources, write_string
from digitrec.data.validation_split import stratified_split

__all__ = ["Strings", "make_strings"]

Part = Literal["training", "validation", "test"]

_STREAMS: dict[Part, list[int]] = {"training": [], "validation": [1], "test": [2]}
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


def make_strings(
    count: int, seed: int, root: str | None, *, part: Part = "training", processes: int = 1
) -> list[Strings]:
    """Make ``count`` strings, grouped by the width of their images, narrow ones first.

    String i of a seed is the same whatever ``count`` and ``processes`` are.

    Args:
        count: how many strings to make.
        seed: names an endless set of strings, of which the first ``count`` are made.
        root: the folder of the data sets, as in `mnist_files.read`.
        part: whose scans and writers they are made from. No scan and no writer is in two parts.
        processes: how many processes make strings side by side. They are spawned, not forked,
            because a process that has started PyTorch's threads cannot be forked safely.

    Raises:
        DigitrecError: if the data sets cannot be read.
    """
    # Read before the processes do: a missing data set is downloaded, or complained of, once.
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
    mnist = mnist_files.read(root)
    images, labels = mnist.test_images, mnist.test_labels
    if part != "test":
        training, validation = stratified_split(mnist.train_labels, HELD_OUT_IMAGES)
        scans = training if part == "training" else validation
        images, labels = mnist.train_images[scans], mnist.train_labels[scans]
    writers = {
        "training": pen_digits.TRAINING_WRITERS,
        "validation": pen_digits.VALIDATION_WRITERS,
        "test": pen_digits.TEST_WRITERS,
    }[part]
    digits = [digit for digit in pen_digits.read(root) if digit.writer in writers]
    return Sources.of(digits, images, labels)


def _make_chunk(chunk: tuple[str | None, Part, int, range]) -> list[Strings]:
    root, part, seed, indices = chunk
    return _write_strings(_read_sources(root, part), seed, indices, part=part)


def _write_strings(
    sources: Sources, seed: int, indices: range, *, part: Part = "training"
) -> list[Strings]:
    """Write the strings with these indices of a seed, grouped by width, narrow ones first."""
    by_width: dict[int, list[tuple[Uint8Array, list[int]]]] = {}
    for index in indices:
        # Each part has random streams of its own: its synthetic handwriting is in no other, either.
        stream = [seed, index, *_STREAMS[part]]
        image, classes = write_string(sources, np.random.default_rng(stream))
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
