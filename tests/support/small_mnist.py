"""Four small files that stand in for MNIST's, and what the tests ask of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from digitrec.data import mnist_files
from digitrec.data.idx_files import IdxFile
from digitrec.errors import DigitrecError

SHAPES = {
    "train-images-idx3-ubyte": (60, 28, 28),
    "train-labels-idx1-ubyte": (60,),
    "t10k-images-idx3-ubyte": (10, 28, 28),
    "t10k-labels-idx1-ubyte": (10,),
}


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def idx(shape: tuple[int, ...], seed: int) -> bytes:
    """Make an IDX file of unsigned bytes: its magic number, its dimensions, random data."""
    data = np.random.default_rng(seed).integers(0, 10, shape, dtype=np.uint8)
    return bytes([0, 0, 8, len(shape)]) + np.array(shape, ">u4").tobytes() + data.tobytes()


CONTENTS = {name: idx(shape, seed) for seed, (name, shape) in enumerate(SHAPES.items())}
SMALL_FILES = tuple(IdxFile(name, SHAPES[name], md5(raw)) for name, raw in CONTENTS.items())
IMAGES, LABELS, TEST_IMAGES, TEST_LABELS = SHAPES


def fill(root: Path) -> Path:
    raw = root / mnist_files.RAW
    raw.mkdir(parents=True)
    for name, content in CONTENTS.items():
        (raw / name).write_bytes(content)
    return raw


def names(root: Path) -> set[str]:
    return {path.name for path in (root / mnist_files.RAW).iterdir()}


def message(call: Callable[..., object], *args: object) -> str:
    with pytest.raises(DigitrecError) as caught:
        call(*args)
    assert "\n" not in str(caught.value), str(caught.value)
    return str(caught.value)
