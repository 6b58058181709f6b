"""Handwriting made from stroke models: digits to train on that need no download.

A digit starts as one of the shapes of `digitrec.data.shapes` and is written by a hand drawn at
random: `_write` lists the steps. What comes out are strokes, which become images the way strokes
in the drawing window do: `digitrec.ink.rasterise`, then `digitrec.image.normalise_ink`.

All steps work on many digits at once, arrays (N, P, 2) of pen positions, in units of the height
that the shape has before it is varied: x to the right, y down, the middle near (0, 0).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from digitrec.data.strokes import StrokeModels, stroke_models
from digitrec.image import SIZE, normalise_ink
from digitrec.ink import Drawing, Stroke, rasterise

__all__ = ["CHUNK", "draw", "generate"]

CHUNK = 250
"""Images made from one random stream; a multiple of ten, so that each holds all digits alike."""

_PIXELS = 60.0  # what `generate` rasterises at: three pixels for each of the 20 kept of them

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def generate(
    count: int, seed: int, *, start: int = 0
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Make images ``start`` to ``start + count`` of the endless set that ``seed`` names.

    Image i of a seed is the same whatever ``start`` and ``count`` are, so that ranges that do not
    meet, and different seeds, make disjoint sets. Every ten images from a multiple of ten on hold
    each digit once.

    Returns images (count, 28, 28) uint8, ink 255 on 0, and labels (count,) int64. Raises
    ValueError where ``count``, ``seed`` or ``start`` is negative.
    """
    for name, value in {"count": count, "seed": seed, "start": start}.items():
        if value < 0:
            raise ValueError(f"{name} must not be negative; got {value}")
    images = np.zeros((count, SIZE, SIZE), np.uint8)
    labels = np.zeros(count, np.int64)
    for chunk in range(start // CHUNK, -(-(start + count) // CHUNK)):
        first = chunk * CHUNK
        since, until = max(start, first), min(start + count, first + CHUNK)
        # A whole chunk's strokes are cheap; only the images that are asked for get drawn.
        rng = np.random.default_rng([seed, chunk])
        digits = rng.permuted(np.tile(np.arange(10), (CHUNK // 10, 1)), axis=1).ravel()
        labels[since - start : until - start] = digits[since - first : until - first]
        writings = _fit(_write(digits, rng), range(since - first, until - first))
        for i, (strokes, width, height) in enumerate(writings, since - start):
            images[i] = np.rint(normalise_ink(rasterise(strokes, width, height)) * 255)
    return images, labels


def draw(digit: int, rng: np.random.Generator, width: int = 280, height: int = 280) -> Drawing:
    """Write a digit somewhere on a canvas, as a person in a window would.

    With its pen's width it spans 30 to 90 % of the canvas' shorter side, and its pen 2 to 10 % of
    that side, but no more than a fifth of the digit. Raises ValueError where ``digit`` is none of
    0 to 9 or the canvas has no pixels.
    """
    if digit not in range(10):
        raise ValueError(f"a digit is one of 0 to 9; got {digit}")
    if width < 1 or height < 1:
        raise ValueError(f"a canvas has at least 1 by 1 pixels; got {width} by {height}")
    writing = _write(np.array([digit]), rng)
    side = min(width, height)
    size = side * rng.uniform(0.3, 0.9)
    pen = min(side * rng.uniform(0.02, 0.1), size / 5)
    (low,), (high,) = writing.bounds()
    scale = (size - pen) / (high - low).max()
    room = (width, height) - (high - low) * scale - pen
    corner = pen / 2 + room * rng.uniform(size=2)
    paths = [path for path, _ in writing.strokes(0)]
    strokes = [Stroke((path - low) * scale + corner, pen) for path in paths]
    return Drawing(width, height, strokes)


@dataclass(frozen=True)
class _Writing:
    """N written digits: points (N, P, 2) and pen widths (N, K), of which each uses the first few.

    A digit's points are those of its strokes one after the other, split by its ``spans``; what
    is left of P repeats the last one.
    """

    points: Floats
    pens: Floats
    spans: list[list[tuple[int, int]]]

    def bounds(self) -> tuple[Floats, Floats]:
        """Upper left and lower right corners (N, 2) of the paths, without their width."""
        return self.points.min(axis=1), self.points.max(axis=1)

    def strokes(self, i: int) -> list[tuple[Floats, float]]:
        """Path (P, 2) and width of each stroke of digit i."""
        spans = self.spans[i]
        return [(self.points[i, a:b], self.pens[i, k]) for k, (a, b) in enumerate(spans)]


def _write(digits: Ints, rng: np.random.Generator) -> _Writing:
    """Write digits (N,), each by a hand of its own."""
    models = stroke_models()
    chosen = _choose_shapes(models, digits, rng)
    controls = _misplace(models, chosen, rng)
    points = _trace(models.bases[chosen], controls, rng)
    points = _end_strokes(points, models, chosen, rng)
    points = _bend(points, rng)
    points = _stretch(points, rng)
    points = _tremble(points, rng)
    points = _slant_and_turn(points, rng)
    points = _pick(points, models.used[chosen])
    pens = _choose_pens(len(digits), models.strokes, rng)
    return _Writing(points, pens, [models.spans[shape] for shape in chosen])


def _fit(writing: _Writing, wanted: range) -> Iterator[tuple[list[Stroke], int, int]]:
    """Each digit's strokes on the smallest canvas that holds them, and its width and height."""
    low, high = writing.bounds()
    pen = writing.pens.max(axis=1, keepdims=True)
    scale = _PIXELS / ((high - low).max(axis=1, keepdims=True) + pen)
    points = (writing.points - (low - pen / 2)[:, None]) * scale[:, None] + 1
    sizes = np.ceil((high - low + pen) * scale).astype(np.int64) + 2
    fitted = _Writing(points, writing.pens * scale, writing.spans)
    for i in wanted:
        width, height = sizes[i].tolist()
        yield [Stroke(*stroke) for stroke in fitted.strokes(i)], width, height


# The steps, in the order of `_write`. Spreads are standard deviations unless they say otherwise.


def _choose_shapes(models: StrokeModels, digits: Ints, rng: np.random.Generator) -> Ints:
    """Draw one of its digit's shapes for each of digits (N,), by their weights."""
    beyond = rng.uniform(size=(len(digits), 1)) >= models.cumulative[digits]
    chosen: Ints = models.first_shape[digits] + beyond.sum(axis=1)
    return chosen


def _misplace(models: StrokeModels, chosen: Ints, rng: np.random.Generator) -> Floats:
    """Control points (N, C, 2), missed a little, and whole strokes set down beside their place."""
    controls = models.controls[chosen]
    n, c, _ = controls.shape
    pen_down = rng.normal(0, 0.025, (n, models.strokes, 2))
    pen_down[:, 0] = 0
    missed = rng.normal(0, 0.018, (n, c, 2))
    return controls + missed + _pick(pen_down, models.control_stroke[chosen])


def _trace(bases: Floats, controls: Floats, rng: np.random.Generator) -> Floats:
    """Join control points (N, C, 2) to paths (N, P, 2), between neat, angular and hasty."""
    n = len(controls)
    hasty = rng.beta(0.8, 1.2, n)
    angular = rng.beta(0.6, 2.5, n) * 0.7
    mix = np.stack([(1 - angular) * (1 - hasty), angular, (1 - angular) * hasty], axis=1)
    readings = bases @ controls[:, None]  # (N, 3, P, 2)
    paths: Floats = (readings * mix[:, :, None, None]).sum(axis=1)
    return paths


def _end_strokes(
    points: Floats, models: StrokeModels, chosen: Ints, rng: np.random.Generator
) -> Floats:
    """Start and end strokes early or late: gaps and crossings where lines should meet."""
    stroke, first, last = models.point_stroke[chosen], models.first[chosen], models.last[chosen]
    cut = rng.normal(0, 0.035, (2, len(points), models.strokes)).clip(-0.08, 0.08)
    start, end = _pick(cut[0], stroke), 1 - _pick(cut[1], stroke)
    position = first + (last - first) * (start + models.along[chosen] * (end - start))
    # Beyond its ends a stroke goes straight on.
    before = np.floor(position).astype(np.int64).clip(first, last - 1)
    part = (position - before)[..., None]
    points = _pick(points, before) * (1 - part) + _pick(points, before + 1) * part
    return points


def _bend(points: Floats, rng: np.random.Generator) -> Floats:
    """Push neighbouring parts the same way: waves across the plane, mostly longer than a digit."""
    for _ in range(3):
        wave = rng.normal(0, 3.2, (len(points), 2, 1))
        phase = rng.uniform(0, 2 * np.pi, (len(points), 1, 1))
        push = rng.normal(0, 0.035, (len(points), 1, 2))
        points = points + np.sin(points @ wave + phase) * push
    return points


def _stretch(points: Floats, rng: np.random.Generator) -> Floats:
    """Vary proportions: head against foot in width and height, stems bent to a bow."""
    n = len(points)
    x, y = points[..., 0], points[..., 1]
    taper, waist, bow = rng.normal(0, [0.3, 0.14, 0.12], (n, 3)).T[..., None]
    return np.stack([x * np.exp(taper * y) + bow * y * y, y + waist * (y * y - 0.25)], axis=2)


def _tremble(points: Floats, rng: np.random.Generator) -> Floats:
    """Shake the pen: smooth noise along the path."""
    n, p, _ = points.shape
    cycles = np.array([1.5, 3.0, 5.0, 8.0])
    along = np.linspace(0, 2 * np.pi, p)[:, None] * cycles  # (P, waves)
    phase = rng.uniform(0, 2 * np.pi, (n, 2, len(cycles)))
    strength = rng.gamma(1.5, 0.006, (n, 1)) / np.sqrt(cycles)
    # sin(along + phase), summed over the waves as two products of matrices.
    shake: Floats = np.sin(along) @ (np.cos(phase) * strength[:, None]).swapaxes(1, 2)
    shake += np.cos(along) @ (np.sin(phase) * strength[:, None]).swapaxes(1, 2)
    shake += points
    return shake


def _slant_and_turn(points: Floats, rng: np.random.Generator) -> Floats:
    """Widen the whole digit, lean it to the right (mostly), and turn it."""
    aspect = np.exp(rng.normal(0.04, 0.25, (len(points), 1)))
    slant = rng.normal(0.15, 0.25, (len(points), 1))
    angle = rng.normal(0, 0.12, (len(points), 1))
    x, y = aspect * points[..., 0] - slant * points[..., 1], points[..., 1]
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=2)


def _choose_pens(n: int, strokes: int, rng: np.random.Generator) -> Floats:
    """Widths (n, strokes) of the pen: a hairline to a brush, and nearly alike within a digit."""
    width = np.exp(rng.normal(np.log(0.11), 0.48, (n, 1))).clip(0.035, 0.3)
    widths: Floats = width * rng.uniform(0.9, 1.1, (n, strokes))
    return widths


def _pick(values: npt.NDArray[np.float64], index: Ints) -> Floats:
    """Rows ``index`` (N, M) of values (N, K, …), each digit's from its own."""
    return values[np.arange(len(values))[:, None], index]
