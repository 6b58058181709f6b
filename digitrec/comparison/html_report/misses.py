"""What networks misread: the images that one row misses and others do not, and confusions."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from digitrec.arrays import Float64Array, Uint8Array
from digitrec.comparison.recipes import Row
from digitrec.comparison.runs import TestSet
from digitrec.comparison.verdicts import Pair
from digitrec.errors import DigitrecError

__all__ = ["COLUMNS", "Gallery", "Miss", "confusion_change", "galleries", "pictures", "sprite"]

SHOWN = 24  # images a gallery
COLUMNS = 16  # of the picture that holds them all; browsers have limits to one side of it
SIDE = 28


@dataclass(frozen=True)
class Miss:
    """A test image that some row misreads, and what its runs take it for, the commonest first."""

    index: int
    label: int
    answers: Sequence[tuple[int, int]]  # digit, runs
    runs: int


@dataclass(frozen=True)
class Gallery:
    """Images that most runs of a row misread, and of no other row; with no row, of every row."""

    row: Row | None
    count: int
    misses: Sequence[Miss]


def galleries(rows: Sequence[Row]) -> list[Gallery]:
    """Find for each of several rows on one test set what it alone misses, and what all miss."""
    rates = np.stack([row.errors.rate for row in rows])
    missed = rates >= 0.5
    found = []
    for number, row in enumerate(rows):
        alone = missed[number] & ~np.delete(missed, number, axis=0).any(axis=0)
        others = np.delete(rates, number, axis=0).mean(axis=0)
        found.append(_gallery(row, [row], np.flatnonzero(alone), rates[number] - others))
    everywhere = np.flatnonzero(missed.all(axis=0))
    return [*found, _gallery(None, rows, everywhere, rates.mean(axis=0))]


def confusion_change(pair: Pair) -> Float64Array:
    """Return (10, 10) how many images of a digit more are read as another by ``b`` than by ``a``.

    Means over the runs; the diagonal is zero.
    """
    return _confusion(pair.b) - _confusion(pair.a)


def pictures(row: Row) -> Uint8Array | None:
    """Return the test images (N, 28, 28) that a row's runs saw, where they are at hand.

    Nothing is downloaded. What has another checksum or other labels than the runs is not taken.
    """
    for choice in row.runs[0].data.without_download():
        try:
            examples, checksum = choice.load_test()
        except DigitrecError:
            continue
        same = TestSet(row.test_set.name, checksum, len(examples)) == row.test_set
        if same and np.array_equal(examples.labels.numpy(), row.runs[0].labels):
            images: Uint8Array = examples.images[:, 0].numpy()
            return images
    return None


def sprite(images: Uint8Array) -> str:
    """Return images (N, 28, 28) in rows of `COLUMNS` as a data: address of one PNG.

    The ink is in its alpha channel, so that a page can use it as a mask in any colour.
    """
    lines = -(-len(images) // COLUMNS)
    grid = np.zeros((lines * COLUMNS, SIDE, SIDE), np.uint8)
    grid[: len(images)] = images
    ink = grid.reshape(lines, COLUMNS, SIDE, SIDE).swapaxes(1, 2).reshape(lines * SIDE, -1)
    picture = Image.fromarray(np.stack([np.zeros_like(ink), ink], axis=-1), "LA")
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


def _gallery(
    row: Row | None, rows: Sequence[Row], images: npt.NDArray[np.intp],
    weight: Float64Array,
) -> Gallery:  # fmt: skip
    order = images[np.argsort(-weight[images], kind="stable")][:SHOWN]
    runs = [run for one in rows for run in one.runs]
    misses = []
    for index in order.tolist():
        digits, counts = np.unique([run.answers[index] for run in runs], return_counts=True)
        answers = sorted(zip(digits.tolist(), counts.tolist(), strict=True), key=lambda a: -a[1])
        misses.append(Miss(index, int(runs[0].labels[index]), answers, len(runs)))
    return Gallery(row, len(images), misses)


def _confusion(row: Row) -> Float64Array:
    counts = np.zeros((10, 10))
    for run in row.runs:
        np.add.at(counts, (run.labels, run.answers), 1 / len(row.runs))
    np.fill_diagonal(counts, 0)
    return counts
