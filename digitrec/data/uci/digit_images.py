"""Images drawn from UCI's pen digits, as a data set that is split by writer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digitrec.data.clusters import Clusters
from digitrec.data.dataset import DataSet, Examples
from digitrec.data.rendering.render import AS_WRITTEN, Variation, render
from digitrec.data.uci.digits import (
    TEST_WRITERS,
    TRAINING_WRITERS,
    VALIDATION_WRITERS,
    PenDigit,
    read,
)
from digitrec.data.uci.file import SHA256

__all__ = ["load", "load_test"]


def load(
    name: str,
    root: str | None,
    renderings: int,
    strength: float,
    validation: int,
    *,
    training: bool = True,
) -> DataSet:
    """Return the pen digits as a data set in which each writer is in one part only.

    Args:
        name: Of the data set.
        root: The data folder, as in `digitrec.data.mnist_files.read`.
        renderings: How many images are drawn of each digit.
        strength: Of the stroke augmentation of training digits.
        validation: 0 moves the validation writers to the training part; any other number holds
            out all of them.
        training: False leaves the training part empty.

    Raises:
        DigitrecError: if the pen digits cannot be read.
    """
    digits = read(root)
    validators = VALIDATION_WRITERS if validation else ()
    trainers = sorted(set(TRAINING_WRITERS + VALIDATION_WRITERS) - set(validators))
    if not training:
        trainers = []
    train = _render_writers(digits, trainers, renderings, Variation(strength))
    held_out, test = (
        _render_writers(digits, writers, renderings) for writers in (validators, TEST_WRITERS)
    )
    return DataSet(name, _checksum(renderings), train, held_out, test)


def load_test(root: str | None, renderings: int) -> tuple[Examples, str]:
    """Return the test part alone, and the checksum of the data set; as `load`."""
    return _render_writers(read(root), TEST_WRITERS, renderings), _checksum(renderings)


def _render_writers(
    digits: Sequence[PenDigit],
    writers: Sequence[int],
    renderings: int,
    variation: Variation = AS_WRITTEN,
) -> Examples:
    # The seed depends on the part, so that a part is the same whether or not others are drawn.
    chosen = [digit for digit in digits if digit.writer in writers]
    seed = min(writers, default=0)
    images = render([digit.strokes for digit in chosen], renderings, seed, variation)
    labels = np.array([digit.label for digit in chosen], np.int64)
    clusters = Clusters.of_writers([digit.writer for digit in chosen], renderings)
    return Examples.from_arrays(images, np.tile(labels, renderings), clusters)


def _checksum(renderings: int) -> str:
    return f"{SHA256[:16]}x{renderings}"
