"""Images of characters whose pen strokes are known, as they would reach a network in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digitrec.arrays import Uint8Array
from digitrec.data.rendering.added_strokes import add_strokes
from digitrec.data.rendering.canvas_placement import Strokes, place_on_canvas
from digitrec.data.rendering.low_quality import draw_in_low_quality
from digitrec.data.rendering.stroke_augmentation import augment_strokes
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.imaging.normalise import SIZE, normalise_ink

__all__ = ["AS_WRITTEN", "Variation", "render"]


@dataclass(frozen=True)
class Variation:
    """How images differ from characters as they were written.

    Attributes:
        stroke_augmentation: Its strength; 0 leaves the strokes as they are.
        added_strokes: Fraction of the digits to which a stroke is added that other people add
            (`digitrec.data.rendering.added_strokes`).
        low_quality: Fraction of the images that are pictures of low quality in place of drawings
            (`digitrec.data.rendering.low_quality`).
    """

    stroke_augmentation: float = 0.0
    added_strokes: float = 0.0
    low_quality: float = 0.0


AS_WRITTEN = Variation()
"""Nothing is varied but place, size and pen."""


def render(
    characters: Sequence[Strokes],
    renderings: int,
    seed: int | Sequence[int],
    variation: Variation = AS_WRITTEN,
    digits: Sequence[int] = (),
) -> Uint8Array:
    """Draw characters as people draw, on canvases of different sizes with different pens.

    Args:
        characters: The strokes of each character.
        renderings: How many images are drawn of each character.
        seed: Of the random variation.
        variation: Of the strokes and of what is drawn of them.
        digits: Which digit each character is; empty adds no strokes.

    Returns:
        uint8 (renderings * len(characters), 28, 28), 0 the background and 255 full ink: all
        characters once, then all characters again, and so on.
    """
    rng = np.random.default_rng(seed)
    images = np.empty((renderings, len(characters), SIZE, SIZE), np.uint8)
    for turn in range(renderings):
        for i, strokes in enumerate(characters):
            if digits and variation.added_strokes and rng.uniform() < variation.added_strokes:
                strokes = add_strokes(strokes, digits[i], rng)
            if variation.stroke_augmentation:
                strokes = augment_strokes(strokes, rng, variation.stroke_augmentation)
            if variation.low_quality and rng.uniform() < variation.low_quality:
                image = draw_in_low_quality(strokes, rng)
            else:
                image = normalise_ink(rasterise_drawing(place_on_canvas(strokes, rng)))
            images[turn, i] = np.rint(image * 255)
    return images.reshape(-1, SIZE, SIZE)
