"""Telling ink from what else lies on a ground: light, shade, grain, and the ripple of compression.

`paper_ink` is for paper that is not one even colour, photographs and scans. The paper's surface is
estimated from a small copy, where grain has been averaged away; ink is what stands out of it by
more than the grain. `without_ripple` is for drawings on an even ground that were saved with loss.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

__all__ = ["paper_ink", "without_ripple"]

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

# A contrast in grey levels of 255 below which nothing is ink: ruling and stains are this strong.
_FAINTEST = 14.0
# The paper's shape is found on a copy with this longer side, where grain has been averaged away.
_PAPER_SIDE = 64
# Strokes are narrower than this share of the picture's shorter side, shadows are wider.
_WIDEST_STROKE = 0.4
# Grain makes specks up to this share of the picture's longer side.
_SHORTEST = 0.035
_SHORTEST_ON_PAGE = 12  # pixels
# Ink stands out of the paper by more than this many standard deviations of the grain.
_GRAIN = 4.0
# The soft edge of a stroke only rises towards it, but ripple peaks again and again. Peaks below
# this share of the strongest ink are looked at.
_FAINT_PEAK = 0.25
# So many are ripple, where half of them are below the second share: faint strokes peak higher.
_RIPPLE_PEAKS = 16
_RIPPLE_MEDIAN = 0.085
# The highest ripple is 2.5 to 3 times the median of its peaks, at JPEG's qualities 75 to 95.
_RIPPLE_REACH = 3


def paper_ink(pixels: Bytes, *, page: bool = False) -> Bytes:
    """Ink on uneven paper: what stands out of a smooth ground by more than the grain.

    page: whether digits may be small beside the picture, and beside the largest of the ink.
    """
    grey = _strongest_contrast(pixels)
    ground, sign = _ground(grey)
    relief = sign * (grey - ground)
    # One pixel of blur costs strokes little and halves grain, which is finer.
    relief = ndimage.gaussian_filter(relief, 1.0, truncate=2.0)
    grain = 1.4826 * float(np.median(np.abs(relief[::2, ::2])))
    level = max(_GRAIN * grain, _FAINTEST)
    strong = relief[relief > level]
    if len(strong) < 4:
        return np.zeros(relief.shape, np.uint8)
    full = float(np.percentile(strong, 80))
    low = max(0.7 * level, 0.15 * full)
    ink = np.clip((relief - low) * (255 / (0.85 * full - low)), 0, 255).astype(np.uint8)
    return _without_specks(ink, page)


def without_ripple(ink: Bytes) -> Bytes:
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


def _strongest_contrast(pixels: Bytes) -> Floats:
    """Grey image (H, W) along the colour direction in which the detail of a picture varies most.

    For most pictures that is near luminance; for red ink on green it is red against green.
    """
    if pixels.ndim == 2:
        return pixels.astype(np.float32)
    factor = -(-max(pixels.shape[:2]) // _PAPER_SIDE)
    small = np.asarray(Image.fromarray(pixels).reduce(factor), np.float32)
    # Take the slow part, light and shade, away: it may vary more than the ink.
    small -= ndimage.gaussian_filter(small, (_PAPER_SIDE / 8, _PAPER_SIDE / 8, 0))
    detail = small.reshape(-1, 3)
    direction = np.linalg.eigh(detail.T @ detail)[1][:, -1]
    grey: Floats = pixels @ (direction / np.abs(direction).sum()).astype(np.float32)
    return grey


def _ground(grey: Floats) -> tuple[Floats, int]:
    """The paper without ink: its surface (H, W), and 1 where ink is lighter than it, else -1."""
    height, width = grey.shape
    small = np.asarray(Image.fromarray(grey).reduce(-(-max(grey.shape) // _PAPER_SIDE)))
    shading = _quadratic(small)
    residual = small - shading
    # Cubes: a few strong pixels are ink, many weak ones are a shadow.
    sign = 1 if float((residual**3).sum()) > 0 else -1
    # Opening cuts off what is narrower than its window, that is strokes, and leaves wide shadows.
    # On the picture it mistakes a bend in the light for ink, on the residual the edge of a shadow:
    # only what both cut off is ink.
    window = max(3, int(_WIDEST_STROKE * min(small.shape)))
    inside = (slice(window, -window),) * 2
    relief = np.pad(sign * residual, window, mode="edge")
    # Beyond the border shadows go on, and strokes, which are stronger, do not.
    cut = np.ones(relief.shape, bool)
    cut[inside] = False
    relief[cut & (relief > 0.6 * np.percentile(sign * residual, 98))] = 0
    light = sign * np.pad(shading, window, mode="edge")
    opened = [
        ndimage.grey_opening(r, size=(window, window))[inside] for r in (relief, relief + light)
    ]
    ground = np.maximum(opened[0], opened[1] - light[inside])
    # It follows the extremes of the grain; the mean of the pixels that are not ink does not.
    relief = relief[inside] - ground
    paper = relief < max(3 * 1.4826 * float(np.median(relief)), _FAINTEST / 2)
    weight = paper + np.float32(1e-3)
    shadow = ndimage.gaussian_filter(weight * np.where(paper, residual, sign * ground), 1.5)
    shadow /= ndimage.gaussian_filter(weight, 1.5)
    surface = Image.fromarray(np.asarray(shading + shadow, np.float32))
    return np.asarray(surface.resize((width, height), Image.Resampling.BILINEAR)), sign


def _quadratic(grey: Floats) -> Floats:
    """Surface of second order through a picture's ground, by least squares reweighted.

    It starts from the border, where most of what shows is ground, and takes in what lies near.
    """
    height, width = grey.shape
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    basis = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)
    values = grey.ravel()
    edge = np.maximum(np.abs(x), np.abs(y)).ravel() > 0.9
    surface = np.full(len(values), np.median(values[edge]))
    near = edge
    for _ in range(6):
        residual = np.abs(values - surface)
        scale = max(1.4826 * float(np.median(residual[near])), 1.0)
        weight = np.clip(1 - (residual / (4 * scale)) ** 2, 0, None) ** 2
        near = weight > 0
        weighted = basis * weight[:, None]
        # The ridge keeps a picture one pixel wide solvable.
        normal = weighted.T @ basis + 1e-6 * np.eye(6)
        surface = basis @ np.linalg.solve(normal, weighted.T @ values)
    return surface.reshape(height, width).astype(np.float32)


def _without_specks(ink: Bytes, page: bool) -> Bytes:
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
