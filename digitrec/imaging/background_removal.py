"""Background removal: the ink of photographs and scans, whose paper is not one even colour.

Whatever is wider than strokes is background, shadows with their edges too. What stands out of it by
more than the noise is ink. The steps, in their order:

1. one grey value a pixel (`grey_conversion`), and the page alone (`page_boundary`),
2. a white top-hat with a window wider than any stroke: what is narrower stands out,
3. ruled lines are subtracted (`ruled_lines`),
4. two levels of contrast: where ink begins, and where it is full,
5. specks are removed (`specks`).
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image
from scipy import ndimage

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.imaging.downscale import downscale
from digitrec.imaging.grey_conversion import ink_polarity, strongest_contrast
from digitrec.imaging.page_boundary import extend_page
from digitrec.imaging.ruled_lines import remove_ruled_lines
from digitrec.imaging.specks import remove_specks
from digitrec.imaging.stroke_width import mean_stroke_width

__all__ = ["remove_background"]

# A contrast in grey levels of 255 below which nothing is ink: ruled lines and stains are as strong.
_FAINTEST = 14.0
# Ink stands out of the paper by more than this many standard deviations of the noise.
_NOISE = 4.0
# The width of strokes is found on a copy with this longer side.
_WIDTH_SIDE = 256
_WIDEST_STROKE = 0.35  # greatest width of a stroke, as a fraction of the picture's longer side
_MEAN_TO_WIDEST = 4  # a stroke is at most this many times as wide as strokes are in the mean
_STEPS = 3  # in which the width is found: what is wide but not a stroke spoils the first mean
# The paper is where most pixels are near to one level. They are this fraction at least, even in a
# tight crop of a thick digit.
_LEAST_PAPER = 0.25
_SAMPLES = 20_000  # pixels that the paper's level is estimated from
# A shadow reaches over more than this fraction of the longer side, and leaves at least this
# fraction of the contrast.
_SHADE, _DARKEST_SHADE = 0.03, 0.5


def remove_background(pixels: Uint8Array, *, page: bool = False) -> Uint8Array:
    """Find the ink on an uneven background.

    Args:
        pixels: Shape (H, W) or (H, W, 3).
        page: Whether digits may be small beside the picture, and beside the largest ink.

    Returns:
        Shape (H, W), 255 where ink is full; all 0 where there is none.
    """
    grey = strongest_contrast(pixels)
    extended = extend_page(grey)
    if extended is not None:
        ink = _ink(extended, page)
        if ink.any():  # else what looked like a page is a stroke
            return ink
    return _ink(grey, page)


def _ink(grey: Float32Array, page: bool) -> Uint8Array:
    """Find the ink on paper (H, W) that fills the picture."""
    # One pixel of blur costs strokes little and halves the noise, which is finer.
    bright = ink_polarity(grey) * ndimage.gaussian_filter(grey, 1.0, truncate=2.0)
    contrast = _contrast(bright, _window(bright))
    low, full = _levels(contrast)
    ruled = False
    if full > 0:
        rest = remove_ruled_lines(contrast, low)
        ruled = rest is not contrast
        if ruled:
            contrast = rest
            low, full = _levels(contrast)
    if full == 0:
        return np.zeros(contrast.shape, np.uint8)
    # In a shadow on a page ink is fainter. Beside a single digit, or where lines were removed, what
    # is fainter is not ink.
    most = _full_by_place(contrast, full) if page and not ruled else full
    ink = (contrast - low) * (255 / np.maximum(0.85 * most - low, 1))
    return remove_specks(np.clip(ink, 0, 255).astype(np.uint8), page=page)


def _window(bright: Float32Array) -> int:
    """Return a width in pixels that no stroke has; bright: (H, W), ink lighter than paper."""
    small = downscale(bright, _WIDTH_SIDE)[0]
    window: float = _WIDEST_STROKE * max(small.shape)
    for _ in range(_STEPS):
        contrast = _contrast(small, int(window))
        low, full = _levels(contrast)
        ink = contrast > max(low, full / 2)
        found = _MEAN_TO_WIDEST * mean_stroke_width(ink)
        if full == 0 or found > 0.8 * window:
            break
        window = found
    return math.ceil(window * float(max(bright.shape) / max(small.shape)))


def _contrast(bright: Float32Array, window: int) -> Float32Array:
    """Return how far what is narrower than a window stands out of the paper, (H, W)."""
    window = max(window, 3)
    # Beyond the border the picture goes on as it is there: a shadow in the corner is wide.
    padded = np.pad(bright, window, mode="edge")
    tophat = ndimage.white_tophat(padded, size=(window, window))
    contrast: Float32Array = tophat[window:-window, window:-window]
    # What was subtracted follows the extremes of the noise; the paper lies above it.
    return contrast - np.float32(_most_frequent_level(contrast)[0])


def _levels(contrast: Float32Array) -> tuple[float, float]:
    """Return the contrast at which ink begins, and that of full ink: 0 if there is none."""
    level = max(_NOISE * _most_frequent_level(contrast)[1], _FAINTEST)
    strong = contrast[contrast > level]
    full = float(np.percentile(strong, 80)) if len(strong) > 3 else 0.0
    return max(0.7 * level, 0.15 * full), full


def _full_by_place(contrast: Float32Array, full: float) -> Float32Array:
    """Return the contrast of full ink from place to place, (H, W): in a shadow it is lower."""
    # What is fainter is not ink in a shadow, but what is left of a ruled line or a stain.
    ink = np.where(contrast > _DARKEST_SHADE * full, contrast, np.float32(0))
    near = _SHADE * _WIDTH_SIDE
    mass, weighted = (
        ndimage.gaussian_filter(downscale(x, _WIDTH_SIDE)[0], near, truncate=2.0)
        for x in (ink, ink * ink)
    )
    # The mean of the ink near by, weighted by itself: edges of strokes weigh little.
    mean = weighted / np.maximum(mass, np.float32(1e-3))
    share = np.clip(mean / full, _DARKEST_SHADE, 1)
    height, width = contrast.shape
    return full * np.asarray(Image.fromarray(share).resize((width, height)), np.float32)


def _most_frequent_level(values: Float32Array) -> tuple[float, float]:
    """Return the level that most values are near, and their standard deviation about it.

    It is the middle of the shortest interval that holds a given fraction of the values (Andrews et
    al. 1972, "Robust estimates of location").
    """
    ranked = np.sort(values.ravel()[:: -(-values.size // _SAMPLES)])
    count = int(_LEAST_PAPER * len(ranked))
    if count == 0:
        return float(ranked[0]), 0.0
    start = int(np.argmin(ranked[count:] - ranked[:-count]))
    low, high = float(ranked[start]), float(ranked[start + count])
    # Of a normal distribution, 25% are within 0.319 standard deviations of the mean.
    return (low + high) / 2, (high - low) / 0.637
