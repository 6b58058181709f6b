"""Synthetic handwriting: from the shapes of characters to pen strokes, varied at random.

`write` chooses a shape for each character (`stroke_models`) and varies it in several steps. The
result is strokes, which become images in the same way as strokes in the window: they are
rasterised (`digitrec.drawing.rasterise`) and normalised (`digitrec.imaging.normalise`).

All steps work on many characters at once. Pen positions are arrays (N, P, 2) of x to the right and
y down, in units of the height of a shape before it is varied, with its middle near (0, 0).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from digitrec.arrays import Float64Array, Int64Array, Uint8Array
from digitrec.data.synthetic.stroke_models import StrokeModels
from digitrec.drawing.rasterise import rasterise
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.imaging.normalise import normalise_ink

__all__ = [
    "Writing",
    "add_tremor",
    "bend",
    "choose_pen_widths",
    "draw_on_canvas",
    "slant_and_rotate",
    "stretch",
    "write",
]

_PIXELS = 60.0  # height of a rasterised character: three pixels for each of 20 in the image


@dataclass(frozen=True)
class Writing:
    """N written characters, each of at most K strokes and P points.

    Attributes:
        points: (N, P, 2), the points of a character's strokes one after the other; the rest repeats
            the last one.
        pens: (N, K), the pen's width in each stroke.
        spans: For each character the points of its strokes, from and to (exclusive).
    """

    points: Float64Array
    pens: Float64Array
    spans: list[list[tuple[int, int]]]

    @classmethod
    def from_paths(cls, paths: Sequence[Sequence[Float64Array]], pens: Float64Array) -> Writing:
        """Make it from the paths (P, 2) of each character, at least one, and pen widths (N,)."""
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
        """Return the upper left and lower right corners (N, 2), without the pen's width."""
        return self.points.min(axis=1), self.points.max(axis=1)

    def strokes(self, i: int) -> list[tuple[Float64Array, float]]:
        """Return the path (P, 2) and the pen's width of each stroke of character i."""
        spans = self.spans[i]
        return [(self.points[i, a:b], self.pens[i, k]) for k, (a, b) in enumerate(spans)]

    def images(self, wanted: Iterable[int]) -> Iterator[Uint8Array]:
        """Yield normalised images uint8 (28, 28) of the wanted characters, full ink 255."""
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
    """Write N characters, each in another handwriting.

    Args:
        models: The shapes.
        groups: int64 (N,), the group in ``models`` of each character.
        rng: The source of the random variation.
    """
    chosen = _choose_shapes(models, groups, rng)
    controls = _displace(models, chosen, rng)
    points = _join(models.bases[chosen], controls, rng)
    points = _end_strokes(points, models, chosen, rng)
    points = bend(points, rng)
    points = stretch(points, rng)
    points = add_tremor(points, rng)
    points = slant_and_rotate(points, rng)
    points = _take(points, models.used[chosen])
    pens = choose_pen_widths(len(groups), models.strokes, rng)
    return Writing(points, pens, [models.spans[shape] for shape in chosen])


def draw_on_canvas(writing: Writing, rng: np.random.Generator, width: int, height: int) -> Drawing:
    """Draw the first of the written characters somewhere on a canvas, as people do in the window.

    Including the pen's width, it spans 30 to 90% of the canvas's shorter side; something that has
    hardly a size, such as a dot, stays small. The pen's width is 2 to 10% of that side, but at most
    a fifth of what the character spans.

    Raises:
        ValueError: if the canvas has no pixels.
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


# The steps, in the order of `write`


def _choose_shapes(
    models: StrokeModels, groups: Int64Array, rng: np.random.Generator
) -> Int64Array:
    """Choose a shape of each group (N,), with probabilities by weight; returns indices (N,)."""
    beyond = rng.uniform(size=(len(groups), 1)) >= models.cumulative[groups]
    chosen: Int64Array = models.first_shape[groups] + beyond.sum(axis=1)
    return chosen


def _displace(models: StrokeModels, chosen: Int64Array, rng: np.random.Generator) -> Float64Array:
    """Return control points (N, C, 2), displaced each on its own and stroke by stroke."""
    controls = models.controls[chosen]
    n, c, _ = controls.shape
    pen_down = rng.normal(0, 0.025, (n, models.strokes, 2))
    pen_down[:, 0] = 0
    missed = rng.normal(0, 0.018, (n, c, 2))
    return controls + missed + _take(pen_down, models.control_stroke[chosen])


def _join(bases: Float64Array, controls: Float64Array, rng: np.random.Generator) -> Float64Array:
    """Join control points (N, C, 2) to paths (N, P, 2), a mix of neat, angular and hasty."""
    n = len(controls)
    hasty = rng.beta(0.8, 1.2, n)
    angular = rng.beta(0.6, 2.5, n) * 0.7
    mix = np.stack([(1 - angular) * (1 - hasty), angular, (1 - angular) * hasty], axis=1)
    styles = bases @ controls[:, None]  # (N, 3, P, 2)
    paths: Float64Array = (styles * mix[:, :, None, None]).sum(axis=1)
    return paths


def _end_strokes(
    points: Float64Array, models: StrokeModels, chosen: Int64Array, rng: np.random.Generator
) -> Float64Array:
    """Start and end strokes early or late: lines that should meet have gaps or cross."""
    stroke, first, last = models.point_stroke[chosen], models.first[chosen], models.last[chosen]
    cut = rng.normal(0, 0.035, (2, len(points), models.strokes)).clip(-0.08, 0.08)
    start, end = _take(cut[0], stroke), 1 - _take(cut[1], stroke)
    position = first + (last - first) * (start + models.along[chosen] * (end - start))
    # Beyond its ends a stroke continues straight.
    before = np.floor(position).astype(np.int64).clip(first, last - 1)
    part = (position - before)[..., None]
    points = _take(points, before) * (1 - part) + _take(points, before + 1) * part
    return points


def bend(points: Float64Array, rng: np.random.Generator) -> Float64Array:
    """Bend characters (N, P, 2) by smooth waves, most of them longer than a character."""
    for _ in range(3):
        wave = rng.normal(0, 3.2, (len(points), 2, 1))
        phase = rng.uniform(0, 2 * np.pi, (len(points), 1, 1))
        push = rng.normal(0, 0.035, (len(points), 1, 2))
        points = points + np.sin(points @ wave + phase) * push
    return points


def stretch(points: Float64Array, rng: np.random.Generator) -> Float64Array:
    """Vary the width and height of the upper half against the lower, and bow vertical lines."""
    n = len(points)
    x, y = points[..., 0], points[..., 1]
    taper, waist, bow = rng.normal(0, [0.3, 0.14, 0.12], (n, 3)).T[..., None]
    return np.stack([x * np.exp(taper * y) + bow * y * y, y + waist * (y * y - 0.25)], axis=2)


def add_tremor(points: Float64Array, rng: np.random.Generator) -> Float64Array:
    """Add smooth noise along the paths (N, P, 2), as of a hand that shakes."""
    n, p, _ = points.shape
    cycles = np.array([1.5, 3.0, 5.0, 8.0])
    along = np.linspace(0, 2 * np.pi, p)[:, None] * cycles  # (P, waves)
    phase = rng.uniform(0, 2 * np.pi, (n, 2, len(cycles)))
    strength = rng.gamma(1.5, 0.006, (n, 1)) / np.sqrt(cycles)
    # The sum of sin(along + phase) over the waves, as two matrix products
    shake: Float64Array = np.sin(along) @ (np.cos(phase) * strength[:, None]).swapaxes(1, 2)
    shake += np.cos(along) @ (np.sin(phase) * strength[:, None]).swapaxes(1, 2)
    shake += points
    return shake


def slant_and_rotate(points: Float64Array, rng: np.random.Generator) -> Float64Array:
    """Stretch characters (N, P, 2) in width, slant them, mostly to the right, and rotate them."""
    aspect = np.exp(rng.normal(0.12, 0.25, (len(points), 1)))
    slant = rng.normal(0.15, 0.25, (len(points), 1))
    angle = rng.normal(0, 0.12, (len(points), 1))
    x, y = aspect * points[..., 0] - slant * points[..., 1], points[..., 1]
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=2)


def choose_pen_widths(n: int, strokes: int, rng: np.random.Generator) -> Float64Array:
    """Return pen widths (n, strokes), thin to very thick, and nearly the same in a character."""
    width = np.exp(rng.normal(np.log(0.125), 0.45, (n, 1))).clip(0.035, 0.36)
    widths: Float64Array = width * rng.uniform(0.9, 1.1, (n, strokes))
    return widths


def _take(values: Float64Array, index: Int64Array) -> Float64Array:
    """Return values[i, index[i]] for each character i: of (N, K, …) at (N, M) gives (N, M, …)."""
    return values[np.arange(len(values))[:, None], index]
