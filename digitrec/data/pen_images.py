"""Images drawn from UCI's pen digits, as a data set that is split by writer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digitrec.data.canvas_placement import place_on_canvas
from digitrec.data.dataset import Arrays, DataSet, Examples
from digitrec.data.pen_digits import (
    TEST_WRITERS,
    TRAINING_WRITERS,
    VALIDATION_WRITERS,
    PenDigit,
    read,
)
from digitrec.data.pen_files import SHA256
from digitrec.data.stroke_augmentation import augment_strokes
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.imaging.normalise import SIZE, normalise_ink

__all__ = ["load", "load_test", "render"]


def load(name: str, root: str | None, renderings: int, strength: float, validation: int) -> DataSet:
    """Return the pen digits as a data set in which each writer is in one part only.

    Args:
        name: of the data set.
        root: the data folder, as in `digitrec.data.mnist_files.read`.
        renderings: how many images are drawn of each digit.
        strength: of the stroke augmentation of training digits.
        validation: 0 moves the validation writers to the training part; any other number holds
            out all of them.

    Raises:
        DigitrecError: if the pen digits cannot be read.
    """
    digits = read(root)
    validators = VALIDATION_WRITERS if validation else ()
    trainers = sorted(set(TRAINING_WRITERS + VALIDATION_WRITERS) - set(validators))
    train = _render_writers(digits, trainers, renderings, strength)
    held_out, test = (
        _render_writers(digits, writers, renderings) for writers in (validators, TEST_WRITERS)
    )
    return DataSet(name, _checksum(renderings), train, held_out, test)


def load_test(root: str | None, renderings: int) -> tuple[Examples, str]:
    """Return the test part alone, and the checksum of the data set; as `load`."""
    return _render_writers(read(root), TEST_WRITERS, renderings), _checksum(renderings)


def render(digits: Sequence[PenDigit], renderings: int, seed: int, strength: float = 0.0) -> Arrays:
    """Draw digits as people draw, on canvases of different sizes with different pens.

    Args:
        digits: the digits.
        renderings: how many images are drawn of each digit.
        seed: of the random variation.
        strength: of the stroke augmentation; 0 leaves the strokes as they are.

    Returns:
        Images uint8 (renderings * len(digits), 28, 28), 0 the background and 255 full ink, and
        labels int64: all digits once, then all digits again, and so on.
    """
    rng = np.random.default_rng(seed)
    images = np.empty((renderings, len(digits), SIZE, SIZE), np.uint8)
    for turn in range(renderings):
        for i, digit in enumerate(digits):
            strokes = augment_strokes(digit.strokes, rng, strength) if strength else digit.strokes
            ink = rasterise_drawing(place_on_canvas(strokes, rng))
            images[turn, i] = np.rint(normalise_ink(ink) * 255)
    labels = np.array([digit.label for digit in digits], np.int64)
    return images.reshape(-1, SIZE, SIZE), np.tile(labels, renderings)


def _render_writers(
    digits: Sequence[PenDigit], writers: Sequence[int], renderings: int, strength: float = 0.0
) -> Examples:
    # The seed depends on the part, so that a part is the same whether or not others are drawn.
    chosen = [digit for digit in digits if digit.writer in writers]
    seed = min(writers, default=0)
    return Examples.from_arrays(*render(chosen, renderings, seed, strength))


def _checksum(renderings: int) -> str:
    return f"{SHA256[:16]}x{renderings}"
