"""Telling ink from what else lies on a ground: light, shade, grain, and the ripple of compression.

`paper_ink` is for paper that is not one even colour, photographs and scans. Whatever is wider than
strokes is paper, shadows with their edges too; ink is what stands out of it by more than the grain.
`without_ripple` is for drawings on an even ground that were saved with loss.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image
from scipy import ndimage

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.imaging.downscale import reduced_to
from digitrec.imaging.page_boundary import only_sheet
from digitrec.imaging.ruled_lines import without_rules
from digitrec.imaging.stroke_width import mean_width

__all__ = ["paper_ink", "without_ripple"]


# A contrast in grey levels of 255 below which nothing is ink: ruling and stains are this strong.
_FAINTEST = 14.0
# Ink stands out of the paper by more than this many standard deviations of the grain.
_GRAIN = 4.0
# The direction of the strongest contrast is found on a copy with this longer side,
_DETAIL_SIDE = 64
# whether ink is darker than paper on one with this: its detail is finer than this share of it,
_SIGN_SIDE, _FINE = 512, 0.17
# and how wide strokes are on one with this.
_WIDTH_SIDE = 256
# At most this share of the picture's longer side,
_WIDEST_STROKE = 0.35
# and parts of it at most so many times what they are in the mean. In so many steps at most is the
# width found: what is wide but no stroke spoils the first mean.
_MEAN_TO_WIDEST, _STEPS = 4, 3
# Paper is the nearest to one level of all: of a thick digit that is cropped tightly, this share.
_LEAST_PAPER = 0.25
_LEVELS = 20_000  # pixels that tell the paper's level
# Shadows differ over more than this share of the longer side, and leave this share of contrast.
_SHADE, _DARKEST_SHADE = 0.03, 0.5
# Grain makes specks up to this share of the picture's longer side.
_SHORTEST = 0.035
_SHORTEST_ON_PAGE = 12  # pixels
# The soft edge of a stroke only rises towards it, but ripple peaks again and again. Peaks below
# this share of the strongest ink are looked at.
_FAINT_PEAK = 0.25
# So many are ripple, where half of them are below the second share: faint strokes peak higher.
_RIPPLE_PEAKS = 16
_RIPPLE_MEDIAN = 0.085
# The highest ripple is 2.5 to 3 times the median of its peaks, at JPEG's qualities 75 to 95.
_RIPPLE_REACH = 3


def paper_ink(pixels: Uint8Array, *, page: bool = False) -> Uint8Array:
    """Ink on uneven paper: what stands out of its ground by more than the grain.

    page: whether digits may be small beside the picture, and beside the largest of the ink.
    """
    grey = _strongest_contrast(pixels)
    sheet = only_sheet(grey)
    if sheet is not None:
        ink = _ink(sheet, page)
        if ink.any():  # else what looked like a sheet is a stroke
            return ink
    return _ink(grey, page)


def without_ripple(ink: Uint8Array) -> Uint8Array:
    """Take away the ripple that lossy compression, or a sharp resampling, leaves beside strokes.

    ink: (H, W), 0 on a ground of one exact colour. Comes back as it is where nothing ripples.
    Ripple is faint, but reaches several pixels out, and the ink would seem larger by as much.
    """
    width, strongest = ink.shape[1], int(ink.max())
    # 0 - 1 wraps to 255: one comparison finds what is above 0 and at most the limit.
    peaks = np.flatnonzero(ink - np.uint8(1) < np.uint8(_FAINT_PEAK * strongest))
    peaks = peaks[(peaks > width) & (peaks < ink.size - width - 1)]
    flat = ink.ravel()
    # Above all 8 neighbours: the plateaus of enlarged pixels are no peaks.
    for step in (1, width, width + 1, width - 1):
        here = flat[peaks]
        peaks = peaks[(here > flat[peaks - step]) & (here > flat[peaks + step])]
    if len(peaks) < _RIPPLE_PEAKS:
        return ink
    median = float(np.median(flat[peaks]))
    if median > _RIPPLE_MEDIAN * strongest:
        return ink
    return np.where(ink > _RIPPLE_REACH * median, ink, np.uint8(0))


def _ink(grey: Float32Array, page: bool) -> Uint8Array:
    """What stands out of paper (H, W) that fills a picture."""
    # One pixel of blur costs strokes little and halves grain, which is finer.
    bright = _sign(grey) * ndimage.gaussian_filter(grey, 1.0, truncate=2.0)
    relief = _relief(bright, _window(bright))
    low, full = _levels(relief)
    ruled = False
    if full > 0:
        rest = without_rules(relief, low)
        ruled = rest is not relief
        if ruled:
            relief = rest
            low, full = _levels(relief)
    if full == 0:
        return np.zeros(relief.shape, np.uint8)
    # On a page, shade may make ink fainter; beside one digit, or rules, what is fainter is none.
    most = _full(relief, full) if page and not ruled else full
    ink = (relief - low) * (255 / (0.85 * most - low))
    return _without_specks(np.clip(ink, 0, 255).astype(np.uint8), page)


def _strongest_contrast(pixels: Uint8Array) -> Float32Array:
    """Grey image (H, W) along the colour direction in which the detail of a picture varies most.

    For most pictures that is near luminance; for red ink on green it is red against green.
    """
    if pixels.ndim == 2:
        return pixels.astype(np.float32)
    small = reduced_to(pixels, _DETAIL_SIDE)[0].astype(np.float32)
    # Take the slow part, light and shade, away: it may vary more than the ink.
    small -= ndimage.gaussian_filter(small, (_DETAIL_SIDE / 8, _DETAIL_SIDE / 8, 0))
    detail = small.reshape(-1, 3)
    direction = np.linalg.eigh(detail.T @ detail)[1][:, -1]
    grey: Float32Array = pixels @ (direction / np.abs(direction).sum()).astype(np.float32)
    return grey


def _sign(grey: Float32Array) -> int:
    """1 where ink is lighter than its ground, else -1."""
    fine, coarse = (reduced_to(grey, side)[0] for side in (_SIGN_SIDE, _DETAIL_SIDE))
    blur = _FINE * min(coarse.shape)
    ground = ndimage.gaussian_filter(coarse, blur, mode="nearest", truncate=3.0)
    height, width = fine.shape
    detail = fine - np.asarray(Image.fromarray(ground).resize((width, height)))
    # The edge of a shadow goes as far up on one side as down on the other. Cubes: a few strong
    # pixels are ink, many weak ones are the ground between.
    return 1 if float((detail * detail * detail).sum()) > 0 else -1


def _window(bright: Float32Array) -> int:
    """Pixels that no stroke is as wide as; bright: (H, W), ink lighter than its ground."""
    small = reduced_to(bright, _WIDTH_SIDE)[0]
    window: float = _WIDEST_STROKE * max(small.shape)
    for _ in range(_STEPS):
        relief = _relief(small, int(window))
        low, full = _levels(relief)
        ink = relief > max(low, full / 2)
        found = _MEAN_TO_WIDEST * mean_width(ink)
        if full == 0 or found > 0.8 * window:
            break
        window = found
    return math.ceil(window * float(max(bright.shape) / max(small.shape)))


def _relief(bright: Float32Array, window: int) -> Float32Array:
    """How far what is narrower than a window stands out of the paper, (H, W)."""
    window = max(window, 3)
    # An opening cuts off what is narrower. Beyond the border it goes on as it is there: a shadow in
    # the corner is wide.
    wide = np.pad(bright, window, mode="edge")
    wide = ndimage.grey_opening(wide, size=(window, window))
    relief: Float32Array = bright - wide[window:-window, window:-window]
    # The ground follows the extremes of the grain, the paper lies above it.
    return relief - np.float32(_densest(relief)[0])


def _levels(relief: Float32Array) -> tuple[float, float]:
    """From where on a relief is ink, and where full ink is, 0 where there is none."""
    level = max(_GRAIN * _densest(relief)[1], _FAINTEST)
    strong = relief[relief > level]
    full = float(np.percentile(strong, 80)) if len(strong) > 3 else 0.0
    return max(0.7 * level, 0.15 * full), full


def _full(relief: Float32Array, full: float) -> Float32Array:
    """How far full ink stands out from place to place, (H, W): in a shadow less."""
    # What is fainter is no ink in a shadow, but what is left of a rule or a stain.
    ink = np.where(relief > _DARKEST_SHADE * full, relief, np.float32(0))
    near = _SHADE * _WIDTH_SIDE
    mass, weighted = (
        ndimage.gaussian_filter(reduced_to(x, _WIDTH_SIDE)[0], near, truncate=2.0)
        for x in (ink, ink * ink)
    )
    # The mean of the ink near by, weighted by itself: edges of strokes weigh little.
    mean = weighted / np.maximum(mass, np.float32(1e-3))
    share = np.clip(mean / full, _DARKEST_SHADE, 1)
    height, width = relief.shape
    return full * np.asarray(Image.fromarray(share).resize((width, height)), np.float32)


def _densest(values: Float32Array) -> tuple[float, float]:
    """Level that values are most often near, and their standard deviation round it.

    It is in the middle of the shortest interval that holds a share of them (Andrews et al. 1972,
    "Robust estimates of location").
    """
    ranked = np.sort(values.ravel()[:: -(-values.size // _LEVELS)])
    count = int(_LEAST_PAPER * len(ranked))
    if count == 0:
        return float(ranked[0]), 0.0
    start = int(np.argmin(ranked[count:] - ranked[:-count]))
    low, high = float(ranked[start]), float(ranked[start + count])
    # Of a normal distribution, 25% are within 0.319 standard deviations.
    return (low + high) / 2, (high - low) / 0.637


def _without_specks(ink: Uint8Array, page: bool) -> Uint8Array:
    """Keep the pieces that are strong somewhere and, but for a page, not tiny beside the largest.

    Where even the longest of them is but a speck, the picture is blank.
    """
    pieces, count = ndimage.label(ink, structure=np.ones((3, 3)))
    if count == 0:
        return ink
    numbers = np.arange(1, count + 1)
    keep = ndimage.maximum(ink, pieces, numbers) > 127
    if not page:
        mass = ndimage.sum_labels(ink, pieces, numbers)
        keep &= mass > 0.02 * mass.max()
    boxes = [box for box, kept in zip(ndimage.find_objects(pieces), keep, strict=True) if kept]
    longest = max((s.stop - s.start for box in boxes for s in box), default=0)
    if longest < (_SHORTEST_ON_PAGE if page else _SHORTEST * max(ink.shape)):
        return np.zeros_like(ink)
    return np.where(np.concatenate([[False], keep])[pieces], ink, 0).astype(np.uint8)
