"""Images of strings: one to five digits that touch or overlap, or characters that are not digits.

A string is drawn from pen strokes or pasted together from scans. The pen strokes are those of one
writer, or synthetic handwriting. Now and then a character of a drawn string is not a digit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from digitrec.arrays import Float64Array, Int64Array, Uint8Array
from digitrec.data.hands.sources import SourceCharacters
from digitrec.data.rendering.canvas_placement import Strokes
from digitrec.data.rendering.stroke_augmentation import augment_strokes
from digitrec.data.synthetic import nondigits, scribbles
from digitrec.data.synthetic.handwriting import Writing, write
from digitrec.data.synthetic.stroke_models import digit_models
from digitrec.data.synthetic.text_lines import Line, RightEdge, row_extents, set_on_baseline
from digitrec.drawing.rasterise import rasterise
from digitrec.imaging.normalise import BOX, SIZE, normalise_string
from digitrec.models.ctc import NOT_A_DIGIT

__all__ = ["LONGEST", "Sources", "write_string"]

LONGEST = 5
"""The most characters that a string has."""

# How many characters a string has, and with what probability
_LENGTHS, _LENGTH_WEIGHTS = tuple(range(1, LONGEST + 1)), (0.18, 0.42, 0.22, 0.12, 0.06)
_MAX_WIDTH = 128  # pixels of an image; a wider string is thrown away and another one made
# Shares of the strings that are pasted from scans and that are synthetic handwriting; the others
# are drawn from pen digits.
_SCANNED, _SYNTHETIC = 0.25, 0.2
_NONDIGIT = 0.08  # share of the drawn characters that are not digits
_ALL_NONDIGITS = 0.04  # share of the drawn strings in which no character is a digit
_WRITTEN_LETTERS = 0.5  # share of the non-digits that people wrote; the others are synthetic
_NONDIGIT_KINDS = (nondigits.letters, nondigits.letters, scribbles.curves, scribbles.zigzags)

# In units of the height of a digit
_PEN = (0.04, 0.16)
_SLANT_SPREAD = 0.15

_ANGLE = 5  # degrees by which a drawn string is rotated, at most
_HEIGHT = 60  # pixels of a digit, before the string is normalised
_SCAN_SCALE = _HEIGHT / BOX  # of MNIST's images


@dataclass(frozen=True, eq=False)
class Sources:
    """What strings are made of.

    Attributes:
        writers: The digits of each writer, strokes and label of each.
        letters: Strokes of letters and signs; may be none.
        images: Scans of digits, uint8 (N, 28, 28), 0 the background and 255 full ink.
        labels: What the scans show, int64 (N,).
    """

    writers: Sequence[Sequence[tuple[Strokes, int]]]
    letters: Sequence[Strokes]
    images: Uint8Array
    labels: Int64Array

    @classmethod
    def from_handwriting(
        cls,
        digits: Sequence[SourceCharacters],
        letters: Sequence[SourceCharacters],
        images: Uint8Array,
        labels: Int64Array,
    ) -> Sources:
        """Group digits by their writers; ``images`` and ``labels`` as above."""
        writers: dict[str, list[tuple[Strokes, int]]] = defaultdict(list)
        for source in digits:
            for writer, strokes, label in zip(
                source.writers, source.strokes, source.labels.tolist(), strict=True
            ):
                writers[writer].append((strokes, label))
        others = [strokes for source in letters for strokes in source.strokes]
        return cls([writers[name] for name in sorted(writers)], others, images, labels)


def write_string(sources: Sources, rng: np.random.Generator) -> tuple[Uint8Array, list[int]]:
    """Make one string.

    Returns:
        Its image uint8 (28, W), 0 the background and 255 full ink, and the classes of its
        characters from left to right: 0 to 9, or `NOT_A_DIGIT`.
    """
    while True:
        make = _paste_scans if rng.uniform() < _SCANNED else _draw_strokes
        ink, classes = make(sources, rng)
        image = normalise_string(ink)
        if image.shape[1] <= _MAX_WIDTH:
            return np.rint(image * 255).astype(np.uint8), classes


def _choose_length(rng: np.random.Generator) -> int:
    return int(rng.choice(_LENGTHS, p=_LENGTH_WEIGHTS))


def _choose_shift(edge: RightEdge, low: Float64Array, rng: np.random.Generator) -> float:
    """Choose how far right to move a digit so that it touches or nearly touches the ink before it.

    Args:
        edge: Of the ink before it.
        low: How far left the digit reaches, in each row.
        rng: The source of the random variation.
    """
    touching = edge.touching(low)
    beside = float(edge.rows.max() - low.min())
    way = rng.uniform()
    if np.isfinite(touching) and way < 0.6:
        return touching - rng.uniform(-0.02, 0.08)
    if np.isfinite(touching) and way < 0.75:
        return touching - rng.uniform(0.05, 0.2)
    return max(touching, beside + rng.uniform(-0.3, 0.1)) + rng.uniform(0, 0.06)


def _draw_strokes(sources: Sources, rng: np.random.Generator) -> tuple[Uint8Array, list[int]]:
    """Draw a string from pen strokes; returns its ink (H, W) and classes."""
    count = _choose_length(rng)
    if rng.uniform() < _SYNTHETIC / (1 - _SCANNED):
        classes = rng.integers(10, size=count).tolist()
        characters = _strokes(write(digit_models(), np.array(classes), rng))
    else:
        writer = sources.writers[int(rng.integers(len(sources.writers)))]
        chosen = [writer[i] for i in rng.integers(len(writer), size=count)]
        classes = [label for _, label in chosen]
        characters = [augment_strokes(strokes, rng) for strokes, _ in chosen]
    replaced = rng.uniform(size=count) < (1 if rng.uniform() < _ALL_NONDIGITS else _NONDIGIT)
    for i in np.flatnonzero(replaced).tolist():
        characters[i], classes[i] = _nondigit(sources, rng), NOT_A_DIGIT
    slant = rng.normal(0, _SLANT_SPREAD)
    pen = float(np.exp(rng.uniform(*np.log(_PEN))))
    strokes: list[Float64Array] = []
    edge = RightEdge()
    for i, character in enumerate(characters):
        placed = set_on_baseline(character, rng, slant)
        low, high = row_extents(placed, pen)
        shift = _choose_shift(edge, low, rng) if i else 0.0
        strokes += [path + np.array([shift, 0.0]) for path in placed]
        edge.add(high, shift)
    line = Line(strokes, pen).rotated(np.radians(rng.uniform(-_ANGLE, _ANGLE)))
    low, high = line.bounds()
    ink = rasterise(*line.on_canvas(_HEIGHT / (high - low)[1], np.ones((2, 2))))
    return ink, classes


def _nondigit(sources: Sources, rng: np.random.Generator) -> Strokes:
    """Return a letter or a sign that somebody wrote, or a synthetic one, or a scribble."""
    if sources.letters and rng.uniform() < _WRITTEN_LETTERS:
        return augment_strokes(sources.letters[int(rng.integers(len(sources.letters)))], rng)
    kind = _NONDIGIT_KINDS[rng.integers(len(_NONDIGIT_KINDS))]
    return _strokes(kind(1, rng))[0]


def _strokes(writing: Writing) -> list[Strokes]:
    return [[path for path, _ in writing.strokes(i)] for i in range(len(writing.points))]


def _paste_scans(sources: Sources, rng: np.random.Generator) -> tuple[Uint8Array, list[int]]:
    """Paste scans of digits side by side; returns the ink (H, W) and the classes."""
    chosen = rng.integers(len(sources.labels), size=_choose_length(rng))
    slant = rng.normal(0, _SLANT_SPREAD)
    side = round(SIZE * _SCAN_SCALE)
    rows = np.arange(side)
    pieces: list[tuple[Uint8Array, int]] = []
    edge = RightEdge()
    for i, index in enumerate(chosen):
        piece = _enlarge_and_slant(sources.images[index], side, slant, rng)
        ink = piece > 0.4 * piece.max()
        has_ink = ink.any(axis=1)
        low = np.where(has_ink, ink.argmax(axis=1), np.inf) / _HEIGHT
        high = np.where(has_ink, side - ink[:, ::-1].argmax(axis=1), -np.inf) / _HEIGHT
        shift = 0.0
        if i:
            # Ink also touches across neighbouring rows.
            near = [edge.rows[np.clip(rows + step, 0, side - 1)] for step in (-2, 0, 2)]
            shift = _choose_shift(RightEdge(np.max(near, axis=0)), low, rng)
        edge.add(high, shift)
        pieces.append((piece, round(shift * _HEIGHT)))
    first = min(left for _, left in pieces)
    width = max(left for _, left in pieces) - first + side
    string = np.zeros((side, width), np.uint8)
    for piece, left in pieces:
        window = string[:, left - first : left - first + side]
        np.maximum(window, piece, out=window)
    return string, sources.labels[chosen].tolist()


def _enlarge_and_slant(
    image: Uint8Array, side: int, slant: float, rng: np.random.Generator
) -> Uint8Array:
    """Enlarge a scan to (side, side) with a slightly random size and height, and slant it."""
    scale = _SCAN_SCALE * np.exp(rng.normal(0, 0.08))
    middle, rise = side / 2, SIZE / 2 + rng.normal(0, 0.6)
    across = (1 / scale, slant / scale, SIZE / 2 - middle * (1 + slant) / scale)
    down = (0.0, 1 / scale, rise - middle / scale)
    enlarged = Image.fromarray(image).transform(
        (side, side), Image.Transform.AFFINE, (*across, *down), Image.Resampling.BILINEAR
    )
    return np.asarray(enlarged)
