"""Digits on made paper, as they reach the network in use: after their ink was found.

Where ink has to be found, parts of strokes are lost, bits of frames stay, and pale strokes are
grey. A network that has learnt only from drawings has never seen that. So composites
(`digitrec.data.ink`) are normalised as pictures are in use, with the network for ink that ships.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from digitrec.arrays import Float32Array
from digitrec.data.dataset import NO_DIGIT, Examples
from digitrec.data.ink.composites import Composite, compose
from digitrec.data.ink.writers import Writers, read_writers
from digitrec.data.parts import Part
from digitrec.imaging.normalise import SIZE, normalise, normalise_ink

__all__ = ["make_paper_images"]

COUNT = 12_000
SEED = 2
_KINDS = (
    "plain", "edge", "box", "part of a box", "comb", "underline", "circle", "frame", "table",
    "diagonals", "ruled", "print", "block", "code", "objects",
)  # fmt: skip
_SIDE = 112  # pixels
# What is found has so much in common with what is there, as a share of both together.
_FOUND = 0.4


@lru_cache(maxsize=2)
def make_paper_images(root: str | None, leave_out: tuple[str, ...]) -> Examples:
    """Make images of digits, and of a few letters.

    Args:
        root: the data folder, as in `digitrec.data.ink.writers.read_writers`.
        leave_out: sources whose handwriting is not used.

    Raises:
        DigitrecError: if the data sets cannot be read.
    """
    writers = read_writers(root, Part.TRAINING, leave_out)
    images = np.zeros((COUNT, SIZE, SIZE), np.uint8)
    labels = np.zeros(COUNT, np.int64)
    for index in range(COUNT):
        image, labels[index] = _make(writers, np.random.default_rng([SEED, index]))
        images[index] = np.rint(image * 255)
    return Examples.from_arrays(images, labels)


def _make(writers: Writers, rng: np.random.Generator) -> tuple[Float32Array, int]:
    """Return the image of a picture whose ink was found, and its label."""
    while True:
        kind = _KINDS[int(rng.integers(len(_KINDS)))]
        made = compose(writers, rng, kind=kind, side=_SIDE)
        if made.text is None or len(made.text) != 1:
            continue
        image = normalise(made.picture)
        if _is_found(made, image):
            return image, int(made.text) if made.text.isdecimal() else NO_DIGIT


def _is_found(made: Composite, image: Float32Array) -> bool:
    """Tell whether an image has enough of the ink of a picture."""
    there = normalise_ink(made.ink)
    both = float(np.minimum(there, image).sum())
    return both >= _FOUND * float(np.maximum(there, image).sum()) > 0
