"""The hand that writes: from the shapes of characters to strokes on a canvas, varied at random.

What is written starts as one of the shapes of a table (`stroke_curves`); `write` lists the
steps that vary it. What comes out are strokes, which become images the way strokes in the drawing
window do: `digitrec.drawing.rasterise.rasterise`, then `digitrec.imaging.normalise.normalise_ink`.

All steps work on many characters at once, arrays (N, P, 2) of pen positions, in units of the height
that the shape has before it is varied: x to the right, y down, the middle near (0, 0).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from digitrec.arrays import Float64Array, Int64Array, Uint8Array
from digitrec.data.synthetic.stroke_curves import StrokeModels
from digitrec.drawing.rasterise import rasterise
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.imaging.normalise import normalise_ink

__all__ = [
    "Writing",
    "bend",
    "choose_pens",
    "place",
    "slant_and_turn",
    "stretch",
    "tremble",
    "write",
]

_PIXELS = 60.0  # what `images` rasterises at: three pixels for each of the 20 kept of them


@dataclass(frozen=True)
class Writing:
    """N written characters: points (N, P, 2) and pen widths (N, K), of which each uses a few.

    A character's points are those of its strokes one after the other, split by its ``spans``; what
    is left of P repeats the last one.
    """

    points: Float64Array
    pens: Float64Array
    spans: list[list[tuple[int, int]]]

    @classmethod
    def of(cls, paths: Sequence[Sequence[Float64Array]], pens: Float64Array) -> Writing:
        """From each character's paths (P, 2), one at least, and the width of its pen, (N,)."""
        most = max((sum(map(len, strokes)) for strokes in paths), default=0)
        points = np.zeros((len(paths), most, 2))
        spans = []
        for i, strokes in enumerate(paths):
            ends = np.cumsum([0, *map(len, strokes)]).tolist()
            points[i, : ends[-1]] = np.concatenate(strokes)
            points[i, ends[-1] :] = strokes[-1][-1]
            spans.append(list(pairwise(ends)))
        strokes_at_most = max(map(len, spans), default=0)
        return cls(points, np.repeat(pens[:, None], strokes_at_most, axis=1), spans)

    def bounds(self) -> tuple[Float64Array, Float64Array]:
        """Upper left and lower right corners (N, 2) of the paths, without their width."""
        return self.points.min(axis=1), self.points.max(axis=1)

    def strokes(self, i: int) -> list[tuple[Float64Array, float]]:
        """Path (P, 2) and width of each stroke of character i."""
        spans = self.spans[i]
        return [(self.points[i, a:b], self.pens[i, k]) for k, (a, b) in enumerate(spans)]

    def images(self, wanted: Iterable[int]) -> Iterator[Uint8Array]:
        """Normalised images (28, 28) of the wanted characters, ink 255 on 0."""
        low, high = self.bounds()
        pen = self.pens.max(axis=1, keepdims=True)
        scale = _PIXELS / ((high - low).max(axis=1, keepdims=True) + pen)
        points = (self.points - (low - pen / 2)[:, None]) * scale[:, None] + 1
        sizes = np.ceil((high - low + pen) * scale).astype(np.int64) + 2
        fitted = Writing(points, self.pens * scale, self.spans)
        for i in wanted:
            # The smallest canvas that holds the strokes.
            ink = rasterise([Stroke(*stroke) for stroke in fitted.strokes(i)], *sizes[i].tolist())
            yield np.rint(normalise_ink(ink) * 255).astype(np.uint8)


def write(models: StrokeModels, groups: Int64Array, rng: np.random.Generator) -> Writing:
    """Write a character of each of groups (N,) of shapes, each by a hand of its own."""
    chosen = _choose_shapes(models, groups, rng)
    controls = _misplace(models, chosen, rng)
    points = _trace(models.bases[chosen], controls, rng)
    points = _end_strokes(points, models, chosen, rng)
    points = bend(points, rng)
    points = stretch(points, rng)
    points = tremble(points, rng)
    points = slant_and_turn(points, rng)
    points = _pick(points, models.used[chosen])
    pens = choose_pens(len(groups), models.strokes, rng)
    return Writing(points, pens, [models.spans[shape] for shape in chosen])


def place(writing: Writing, rng: np.random.Generator, width: int, height: int) -> Drawing:
    """Put the first of a writing somewhere on a canvas, as a person in a window would.

    With its pen's width it spans 30 to 90 % of the canvas' shorter side, and its pen 2 to 10 % of
    that side, but no more than a fifth of the span; what has hardly a size, as a dot, stays small.
    Raises ValueError where the canvas has no pixels.
    """
    if width < 1 or height < 1:
        raise ValueError(f"a canvas has at least 1 by 1 pixels; got {width} by {height}")
    side = min(width, height)
    size = side * rng.uniform(0.3, 0.9)
    pen = min(side * rng.uniform(0.02, 0.1), size / 5)
    (low, *_), (high, *_) = writing.bounds()
    scale = (size - pen) / max((high - low).max(), 0.4)
    room = (width, height) - (high - low) * scale - pen
    corner = pen / 2 + room * rng.uniform(size=2)
    paths = [path for path, _ in writing.strokes(0)]
    strokes = [Stroke((path - low) * scale + corner, pen) for path in paths]
    return Drawing(width, height, strokes)


# The steps, in the order of `write`. Spreads are standard deviations unless they say otherwise.


def _choose_shapes(
    models: StrokeModels, groups: Int64Array, rng: np.random.Generator
) -> Int64Array:
    """Draw one of its group's shapes for each of groups (N,), by their weights."""
    beyond = rng.uniform(size=(len(groups), 1)) >= models.cumulative[groups]
    chosen: Int64Array = models.first_shape[groups] + beyond.sum(axis=1)
    return chosen


def _misplace(models: StrokeModels, chosen: Int64Array, rng: np.random.Generator) -> Float64Array:
    """Control points (N, C, 2), missed a little, and whole strokes set down beside their place."""
    controls = models.controls[chosen]
    n, c, _ = controls.shape
    pen_down = rng.normal(0, 0.025, (n, models.strokes, 2))
    pen_down[:, 0] = 0
    missed = rng.normal(0, 0.018, (n, c, 2))
    return controls + missed + _pick(pen_down, models.control_stroke[chosen])


def _trace(bases: Float64Array, controls: Float64Array, rng: np.random.Generator) -> Float64Array:
    """Join control points (N, C, 2) to paths (N, P, 2), between neat, angular and hasty."""
    n = len(controls)
    hasty = rng.beta(0.8, 1.2, n)
    angular = rng.beta(0.6, 2.5, n) * 0.7
    mix = np.stack([(1 - angular) * (1 - hasty), angular, (1 - angular) * hasty], axis=1)
    readings = bases @ controls[:, None]  # (N, 3, P, 2)
    paths: Float64Array = (readings * mix[:, :, None, None]).sum(axis=1)
    return paths


def _end_strokes(
    points: Float64Array, models: StrokeModels, chosen: Int64Array, rng: np.random.Generator
) -> Float64Array:
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


def bend(points: Float64Array, rng: np.random.Generator) -> Float64Array:
    """Push neighbouring parts the same way: waves across the plane, mostly longer than a digit."""
    for _ in range(3):
        wave = rng.normal(0, 3.2, (len(points), 2, 1))
        phase = rng.uniform(0, 2 * np.pi, (len(points), 1, 1))
        push = rng.normal(0, 0.035, (len(points), 1, 2))
        points = points + np.sin(points @ wave + phase) * push
    return points


def stretch(points: Float64Array, rng: np.random.Generator) -> Float64Array:
    """Vary proportions: head against foot in width and height, stems bent to a bow."""
    n = len(points)
    x, y = points[..., 0], points[..., 1]
    taper, waist, bow = rng.normal(0, [0.3, 0.14, 0.12], (n, 3)).T[..., None]
    return np.stack([x * np.exp(taper * y) + bow * y * y, y + waist * (y * y - 0.25)], axis=2)


def tremble(points: Float64Array, rng: np.random.Generator) -> Float64Array:
    """Shake the pen: smooth noise along the path."""
    n, p, _ = points.shape
    cycles = np.array([1.5, 3.0, 5.0, 8.0])
    along = np.linspace(0, 2 * np.pi, p)[:, None] * cycles  # (P, waves)
    phase = rng.uniform(0, 2 * np.pi, (n, 2, len(cycles)))
    strength = rng.gamma(1.5, 0.006, (n, 1)) / np.sqrt(cycles)
    # sin(along + phase), summed over the waves as two products of matrices.
    shake: Float64Array = np.sin(along) @ (np.cos(phase) * strength[:, None]).swapaxes(1, 2)
    shake += np.cos(along) @ (np.sin(phase) * strength[:, None]).swapaxes(1, 2)
    shake += points
    return shake


def slant_and_turn(points: Float64Array, rng: np.random.Generator) -> Float64Array:
    """Widen the whole digit, lean it to the right (mostly), and turn it."""
    aspect = np.exp(rng.normal(0.12, 0.25, (len(points), 1)))
    slant = rng.normal(0.15, 0.25, (len(points), 1))
    angle = rng.normal(0, 0.12, (len(points), 1))
    x, y = aspect * points[..., 0] - slant * points[..., 1], points[..., 1]
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=2)


def choose_pens(n: int, strokes: int, rng: np.random.Generator) -> Float64Array:
    """Widths (n, strokes) of the pen: a hairline to a brush, and nearly alike within a digit."""
    width = np.exp(rng.normal(np.log(0.125), 0.45, (n, 1))).clip(0.035, 0.36)
    widths: Float64Array = width * rng.uniform(0.9, 1.1, (n, strokes))
    return widths


def _pick(values: Float64Array, index: Int64Array) -> Float64Array:
    """Rows ``index`` (N, M) of values (N, K, …), each digit's from its own."""
    return values[np.arange(len(values))[:, None], index]
