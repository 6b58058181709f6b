"""Pictures of low quality of a character whose strokes are known.

Scanners, old data sets and small screens give few pixels, pixels without grey, JPEG artefacts,
characters stretched to a square, blurred, thick or broken strokes. `draw_in_low_quality` makes such
a picture at random, and normalises it as pictures are in use.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from scipy import ndimage

from digitrec.arrays import Float32Array, Float64Array, Uint8Array
from digitrec.data.rendering.canvas_placement import Strokes
from digitrec.drawing.rasterise import rasterise
from digitrec.drawing.strokes import Stroke
from digitrec.imaging.normalise import normalise, normalise_ink
from digitrec.imaging.tiny_pictures import enlarge_tiny_ink, enlarge_tiny_picture, is_tiny

__all__ = ["draw_in_low_quality"]

# Pixels of the longer side of the ink, from and to; small sizes are as frequent as large ones.
_SIDES = (12, 48)
_ENLARGED_SIDE = 8  # the smallest of a picture that is enlarged again
_PENS = (0.06, 0.17)  # widths of the pen, as shares of the longer side
_THICK_PENS = (0.17, 0.24)
# A stick is narrower than `_STICK`, as a share of its height. It stays a 1 even with a pen so wide
# that it would close other digits.
_STICK, _PENS_OF_STICKS = 0.3, (0.2, 0.42)
_THINNEST_PEN = 0.9  # pixels
_WIDEST = 3.0  # times as wide (or high) as it was, at most, when a character is stretched
# Fractions of the pictures to which each of these happens.
_STRETCHED, _THICK, _CROPPED, _BROKEN, _BLURRED, _ENLARGED = 0.3, 0.12, 0.3, 0.1, 0.4, 0.3
_BINARY, _JPEG = 0.35, 0.2


def draw_in_low_quality(strokes: Strokes, rng: np.random.Generator) -> Float32Array:
    """Make a picture of low quality of a character, and normalise it.

    Args:
        strokes: The character.
        rng: The source of the random variation.

    Returns:
        (28, 28) in [0, 1], as `digitrec.imaging.normalise.normalise` makes it.
    """
    enlarged = rng.uniform() < _ENLARGED
    smallest = _ENLARGED_SIDE if enlarged else _SIDES[0]
    side = float(np.exp(rng.uniform(np.log(smallest), np.log(_SIDES[1]))))
    clean = _draw(strokes, side, rng)
    ink = clean.astype(np.float64) / 255
    if rng.uniform() < _BROKEN:
        ink = _break(ink, side, rng)
    if rng.uniform() < _BLURRED:
        ink = ndimage.gaussian_filter(ink, rng.uniform(0.3, 0.9))
    if enlarged:
        ink = _enlarge(ink, rng)
    if rng.uniform() < _BINARY:
        ink = (ink > rng.uniform(0.25, 0.65) * ink.max()).astype(np.float64)
    if ink.max() < 0.1:  # nothing is left of a thin stroke
        ink = clean.astype(np.float64) / 255
    if rng.uniform() < _JPEG:
        image = normalise(_compress(ink, rng))
        if image.any():  # else the ink was too faint beside the artefacts
            return image
    found = np.rint(ink * 255).astype(np.uint8)
    return normalise_ink((enlarge_tiny_picture if is_tiny(found) else enlarge_tiny_ink)(found))


def _draw(strokes: Strokes, side: float, rng: np.random.Generator) -> Uint8Array:
    """Draw a character whose longer side is ``side`` pixels, with some margin or none."""
    low = np.min([points.min(axis=0) for points in strokes], axis=0)
    extent = np.max([points.max(axis=0) for points in strokes], axis=0) - low
    longest = max(float(extent.max()), 1e-9)
    size = extent / longest * side  # (2,) of width and height
    if rng.uniform() < _STRETCHED:
        # Anything between its own shape and a square.
        wide = np.minimum(side, size * _WIDEST)
        size = size * (wide / np.maximum(size, 1e-9)) ** min(1.0, rng.uniform(0.3, 1.4))
    pens = _PENS
    if rng.uniform() < _THICK:
        pens = _PENS_OF_STICKS if extent[0] < _STICK * extent[1] else _THICK_PENS
    pen = max(_THINNEST_PEN, rng.uniform(*pens) * side)
    size = np.maximum(size - pen, 0) if side > 3 * pen else size
    margins = rng.uniform(0, 0.4 * side, 4) if rng.uniform() >= _CROPPED else np.zeros(4)
    # Where the pixels lie under the strokes is left to chance.
    corner = margins[:2] + rng.uniform(0, 1, 2) + pen / 2
    width, height = np.ceil(corner + size + pen / 2 + margins[2:]).astype(int)
    scale = size / np.maximum(extent, 1e-9)
    return rasterise(
        [Stroke((points - low) * scale + corner, pen) for points in strokes], width, height
    )


def _break(ink: Float64Array, side: float, rng: np.random.Generator) -> Float64Array:
    """Weaken strokes in some places, as worn print and coarse thresholds do."""
    noise = ndimage.gaussian_filter(rng.normal(size=ink.shape), max(0.6, 0.04 * side))
    noise /= noise.std() + 1e-9
    weakened: Float64Array = ink * np.clip(rng.uniform(1.2, 2.4) + noise, 0, 1)
    return weakened


def _enlarge(ink: Float64Array, rng: np.random.Generator) -> Float64Array:
    """Enlarge a picture, smoothly or in blocks."""
    height, width = ink.shape
    factor = rng.uniform(1.5, 5)
    methods = (
        Image.Resampling.BICUBIC,
        Image.Resampling.BILINEAR,
        Image.Resampling.LANCZOS,
        Image.Resampling.NEAREST,
    )
    picture = Image.fromarray(np.rint(ink * 255).astype(np.uint8))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    enlarged = picture.resize(size, methods[rng.integers(len(methods))])
    return np.asarray(enlarged, np.float64) / 255


def _compress(ink: Float64Array, rng: np.random.Generator) -> Uint8Array:
    """Return a picture of ink on paper, dark or light, after JPEG compression."""
    paper, pen = rng.uniform(200, 255), rng.uniform(0, 110)
    if rng.uniform() < 0.3:
        paper, pen = pen, paper
    picture = np.rint(paper + (pen - paper) * np.pad(ink, int(rng.integers(0, 5))))
    file = io.BytesIO()
    Image.fromarray(picture.astype(np.uint8)).save(file, "JPEG", quality=int(rng.integers(15, 76)))
    return np.asarray(Image.open(file))
