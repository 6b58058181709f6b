"""Digits that touched their neighbours, for a network to learn what a good cut looks like.

Numbers are read by cutting ink that hangs together along many seams and asking a network which
pieces, alone or together, look like one digit (`digitrec.segment`). Here the network is shown such
pieces: those that hold one digit, with what the seam left of its neighbours, and those that hold
more than one, which are no digit. To learn from the segmenter's own candidates is LeCun, Bottou,
Bengio & Haffner's (1998, "Gradient-based learning applied to document recognition", section VI).
What is less than a digit is in neither part: half a 4 may be a good 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from digitrec.data.dataset import NO_DIGIT, Arrays
from digitrec.data.numbers import write_touching
from digitrec.data.pen import PenDigit
from digitrec.data.rewrite import rewrite
from digitrec.image import SIZE, normalise_ink
from digitrec.segment import cut

__all__ = ["generate"]

Floats = npt.NDArray[np.float32]

_HEIGHT = 48.0  # of a digit, in pixels
_WHOLE, _REST = 0.93, 0.12  # a digit, and no more than this of another
_BOTH = 0.4  # no one digit: at least so much of two


def generate(digits: Sequence[PenDigit], count: int, seed: int, freedom: float = 0.0) -> Arrays:
    """Make images of pieces, about as many of one digit as of more.

    freedom: how much the strokes are varied first, as `digitrec.data.rewrite.rewrite` does.

    Returns images uint8 (count, 28, 28), ink 255 on 0, and labels int64, `NO_DIGIT` among them.
    """
    rng = np.random.default_rng(seed)
    images, labels = np.empty((count, SIZE, SIZE), np.uint8), np.empty(count, np.int64)
    own = {w: [d for d in digits if d.writer == w] for w in sorted({d.writer for d in digits})}
    writers = list(own)
    done = 0
    while done < count:
        others = own[writers[rng.integers(len(writers))]]
        chosen = [others[i] for i in rng.integers(len(others), size=2)]
        good: list[tuple[Floats, int]] = []
        bad: list[tuple[Floats, int]] = []
        for piece, label in _pieces(chosen, rng, freedom):
            (bad if label == NO_DIGIT else good).append((piece, label))
        for kind in (good, bad):
            for i in rng.permutation(len(kind))[: min(2, count - done)]:
                piece, labels[done] = kind[i]
                images[done] = np.rint(normalise_ink(piece) * 255)
                done += 1
    return images, labels


def _pieces(
    digits: Sequence[PenDigit], rng: np.random.Generator, freedom: float
) -> Iterator[tuple[Floats, int]]:
    """Write digits that touch, cut them, and tell what is a digit of what comes of it."""
    written = [rewrite(d.strokes, rng, freedom) if freedom else d.strokes for d in digits]
    inks = np.stack(write_touching(written, rng, _HEIGHT)).astype(np.float32) / 255
    shared = (inks > 0.5).sum(axis=0) > 1
    alone = [(ink > 0.5) & ~shared for ink in inks]
    if not all(mask.any() for mask in alone):
        return
    ink = inks.max(axis=0)
    parts = cut(ink, _HEIGHT)
    for start, stop in combinations(range(len(parts) + 1), 2):
        run = np.zeros_like(ink)
        for left, top, part in parts[start:stop]:
            place = run[top : top + part.shape[0], left : left + part.shape[1]]
            np.maximum(place, part, out=place)
        held = sorted((float((run > 0.5)[mask].mean()), k) for k, mask in enumerate(alone))
        (next_most, _), (most, which) = held[-2:]
        if most >= _WHOLE and next_most <= _REST:
            yield run, digits[which].label
        elif next_most >= _BOTH:
            yield run, NO_DIGIT
