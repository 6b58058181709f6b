"""The handwriting that is put on paper: pen strokes and scans, apart by writer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from digitrec.arrays import Float64Array, Int64Array, Uint8Array
from digitrec.data import mnist_files
from digitrec.data.hands import sources
from digitrec.data.parts import Part
from digitrec.data.rendering.canvas_placement import Strokes, bounds

__all__ = ["Writers", "read_writers"]


@dataclass(frozen=True, eq=False)
class Writers:
    """Characters to write with.

    Attributes:
        strokes: Of each of N digits; the longer side of each is 1, and its middle is 0, 0.
        labels: int64 (N,), the digits.
        letters: Strokes of letters and signs, of the same size; may be none.
        scans: Scans of digits, uint8 (M, 28, 28), 0 the background and 255 full ink.
        scan_labels: int64 (M,).
    """

    strokes: Sequence[Strokes]
    labels: Int64Array
    letters: Sequence[Strokes]
    scans: Uint8Array
    scan_labels: Int64Array


@lru_cache(maxsize=3)
def read_writers(root: str | None, part: Part) -> Writers:
    """Read the handwriting of one part of a data set; no writer of strokes is in two parts.

    The writers who train, validate and test single digits do so here. Scans of MNIST are split by
    image. Only UCI's pen digits have writers who test; UNIPEN's train and validate.

    Args:
        root: The data folder, as in `digitrec.data.hands.sources.digits`.
        part: Of the data set.

    Raises:
        DigitrecError: if the data cannot be read.
    """
    scans, scan_labels = mnist_files.read(root).of(part)
    digits = [source.of(part) for source in sources.digits(root).values()]
    letters = [
        sources.taught_as_nondigits(source).of(part) for source in sources.nondigits(root).values()
    ]
    return Writers(
        [_centred(strokes) for source in digits for strokes in source.strokes],
        np.concatenate([source.labels for source in digits]),
        [_centred(strokes) for source in letters for strokes in source.strokes],
        scans,
        scan_labels,
    )


def _centred(strokes: Strokes) -> list[Float64Array]:
    """Move a character's middle to 0, 0, and make its longer side 1."""
    low, high = bounds(strokes)
    extent = max(float((high - low).max()), 1e-9)
    return [(np.asarray(points, np.float64) - (low + high) / 2) / extent for points in strokes]
