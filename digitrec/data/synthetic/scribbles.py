"""Scribbles, lines, dots and clusters of strokes, as drawings that are not digits.

Each function draws n of its kind, in the units of `handwriting`. Lines that are nearly upright and
spirals of a single turn are not drawn, because they look like some people's 1 and 6.
"""

from __future__ import annotations

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.data.synthetic.handwriting import (
    Writing,
    add_tremor,
    bend,
    choose_pen_widths,
    slant_and_rotate,
)
from digitrec.data.synthetic.stroke_models import spline_matrix

__all__ = ["characters", "curves", "dots", "lines", "loops", "spirals", "zigzags"]


def characters(n: int, rng: np.random.Generator) -> Writing:
    """Draw clusters of five to ten short strokes, most level or upright, as in Chinese script."""
    length = 6
    count = rng.integers(5, 11, n)
    most = int(count.max())
    shape = (n, most)
    slope = rng.choice([0.0, 0.0, 0.5, 0.5, 0.3, 0.7], shape) + rng.normal(0, 0.03, shape)
    direction = np.stack([np.cos(slope * np.pi), np.sin(slope * np.pi)], axis=-1)
    middle = rng.uniform(-0.4, 0.4, (*shape, 2))
    size = rng.uniform(0.15, 0.5, (*shape, 1))
    along = np.linspace(-1, 1, length)[:, None]
    points = middle[:, :, None] + along * (size * direction)[:, :, None]
    hook = rng.normal(0, 0.12, (*shape, 2)) * (rng.random((*shape, 1)) < 0.3)
    points[:, :, -1] += hook
    # A cluster with fewer strokes repeats its last one.
    index = np.minimum(np.arange(most), count[:, None] - 1)
    points = points[np.arange(n)[:, None], index].reshape(n, most * length, 2)
    spans = [[(k * length, (k + 1) * length) for k in range(m)] for m in count.tolist()]
    return _as_handwriting(points, spans, most, rng)


def curves(n: int, rng: np.random.Generator) -> Writing:
    """Draw smooth lines through twelve to sixteen random places."""
    basis = spline_matrix(16, frozenset(), density=6)
    controls = rng.uniform(-0.5, 0.5, (n, 16, 2))
    # A quarter of them are random walks.
    wander = np.cumsum(rng.normal(0, 0.3, (n, 16, 2)), axis=1)
    controls = np.where(rng.random((n, 1, 1)) < 0.25, wander, controls)
    stop = rng.integers(12, 17, (n, 1))
    controls = controls[np.arange(n)[:, None], np.minimum(np.arange(16), stop - 1)]
    points = basis @ controls
    return _as_handwriting(points, [[(0, (s - 1) * 6 + 1)] for (s,) in stop.tolist()], 1, rng)


def zigzags(n: int, rng: np.random.Generator) -> Writing:
    """Draw zigzag lines, from a few wide turns to a dense patch.

    They run in any direction; those of four or five strokes only across, because upright ones are
    some people's 3.
    """
    most = 40
    turns = np.rint(np.exp(rng.uniform(np.log(4), np.log(most - 1), (n, 1)))).astype(np.int64)
    step = np.minimum(np.arange(most), turns)
    height = rng.uniform(0.3, 0.7, (n, 1)) * (1 + rng.normal(0, 0.2, (n, most)))
    # Some become larger or smaller along their way.
    height *= np.exp(rng.normal(0, 0.6, (n, 1)) * (step / turns - 0.5))
    x = step / turns - 0.5 + rng.normal(0, 0.015, (n, most))
    y = np.where(step % 2, 0.5, -0.5) * height + rng.normal(0, 0.03, (n, most))
    controls = np.stack([x, y], axis=2)[np.arange(n)[:, None], step]
    density = 4
    neat = spline_matrix(most, frozenset(range(1, most - 1)), density) @ controls
    hasty = spline_matrix(most, frozenset(), density) @ controls
    angle = np.where(turns[:, 0] < 6, rng.normal(0, 0.3, n), rng.uniform(0, np.pi, n))
    points = _rotate(neat + (hasty - neat) * rng.random((n, 1, 1)), angle)
    return _as_handwriting(points, [[(0, t * density + 1)] for (t,) in turns.tolist()], 1, rng)


def spirals(n: int, rng: np.random.Generator) -> Writing:
    """Draw spirals of two and a half to six turns, inwards or outwards."""
    t = np.linspace(0, 1, 120)
    turns = rng.uniform(2.5, 6, (n, 1)) * rng.choice([-1, 1], (n, 1))
    angle = 2 * np.pi * (turns * t + rng.random((n, 1)))
    radius = 0.5 * (rng.uniform(0, 0.15, (n, 1)) + t) ** rng.uniform(0.7, 1.3, (n, 1))
    return _as_handwriting(_polar(angle, radius), [[(0, 120)]] * n, 1, rng)


def loops(n: int, rng: np.random.Generator) -> Writing:
    """Draw four to nine loops in a row, or on top of each other like a ball of wool."""
    t = np.linspace(0, 1, 120)
    count = rng.uniform(4, 9, (n, 1)) * rng.choice([-1, 1], (n, 1))
    angle = 2 * np.pi * (count * t + rng.random((n, 1)))
    points = _polar(angle, rng.uniform(0.1, 0.5, (n, 1)) * np.ones_like(t))
    points[..., 0] *= rng.uniform(0.4, 1.0, (n, 1))
    row = (t - 0.5) * rng.uniform(0.8, 2.0, (n, 1))
    ball = 0.35 * np.sin(2 * np.pi * (rng.uniform(0.3, 2.2, (2, n, 1)) * t + rng.random((2, n, 1))))
    heaped = rng.random((n, 1)) < 0.4
    points += np.where(heaped, ball, [row, np.zeros_like(row)]).transpose(1, 2, 0)
    points = _rotate(points, np.where(heaped[:, 0], 0, rng.normal(0, 0.5, n)))
    return _as_handwriting(points, [[(0, 120)]] * n, 1, rng)


def dots(n: int, rng: np.random.Generator) -> Writing:
    """Draw one to eight dots, some of them dashes; a dot alone is round, because a dash is a 1."""
    count = np.minimum(1 + rng.geometric(0.35, n), 8) - (rng.random(n) < 0.4)
    most = int(count.max())
    place = rng.uniform(-0.5, 0.5, (n, most, 1, 2)) * rng.uniform(0.3, 1, (n, 1, 1, 2))
    dash = rng.normal(0, 0.03, (n, most, 1, 2)) * rng.integers(0, 2, (n, 1, 1, 1))
    dash[count == 1] = 0
    points = place + dash * np.array([[0.0], [1.0]])
    points = points[np.arange(n)[:, None], np.minimum(np.arange(most), count[:, None] - 1)]
    spans = [[(2 * k, 2 * k + 2) for k in range(m)] for m in count.tolist()]
    # Thinner pens, because several dots of a wide pen would run together
    pens = choose_pen_widths(n, most, rng) * 0.7
    return Writing(points.reshape(n, 2 * most, 2), pens, spans)


def lines(n: int, rng: np.random.Generator) -> Writing:
    """Draw a lying line, straight or wavy, or two or three parallel lines, or a cross."""
    p = 24
    t = np.linspace(-0.5, 0.5, p)
    kind = rng.choice(4, n, p=[0.4, 0.25, 0.1, 0.25])  # one, two, three, crossed
    count = np.array([1, 2, 3, 2])[kind]
    wave = rng.normal(0, 0.05, (n, 1)) * rng.integers(0, 2, (n, 1))
    wavy = wave * np.sin(2 * np.pi * rng.uniform(0.4, 4, (n, 1)) * t + rng.uniform(0, 6, (n, 1)))
    level = np.stack([np.broadcast_to(t, (n, p)), wavy], axis=2)  # (n, p, 2)
    # A single line is at least 60 degrees from upright where it leans right, as a slanted 1 does,
    # and 50 where it leans left.
    down = rng.uniform(-np.pi / 6, np.pi * 2 / 9, n)
    angle = np.where(kind == 0, down, rng.uniform(0, np.pi, n))
    gap = rng.uniform(0.25, 0.8, n) * np.where(kind == 3, 0, 1)
    parts = []
    for k in range(3):
        part = level * rng.uniform(0.8, 1.0, (n, 1, 1)) + rng.normal(0, 0.03, (n, 1, 2))
        crossing = (kind == 3) & (k == 1)
        part = _rotate(part, np.where(crossing, rng.uniform(0.28, 0.72, n) * np.pi, 0))
        part[..., 1] += (gap * min(k, 2))[:, None]
        parts.append(_rotate(part, angle))
    points = add_tremor(np.concatenate(parts, axis=1), rng)
    points = points[np.arange(n)[:, None], np.minimum(np.arange(3 * p), count[:, None] * p - 1)]
    spans = [[(k * p, (k + 1) * p) for k in range(m)] for m in count.tolist()]
    return Writing(points, choose_pen_widths(n, 3, rng), spans)


def _as_handwriting(
    points: Float64Array, spans: list[list[tuple[int, int]]], strokes: int, rng: np.random.Generator
) -> Writing:
    """Vary points (n, P, 2) as handwriting, and choose pens."""
    points = slant_and_rotate(add_tremor(bend(points, rng), rng), rng)
    # The tremor also moved the points that repeat the last one: repeat it again.
    last = np.array([span[-1][1] - 1 for span in spans])
    index = np.minimum(np.arange(points.shape[1]), last[:, None])
    points = points[np.arange(len(points))[:, None], index]
    # A thin pen, because a wide one makes a blot, and an upright blot could be a 1
    return Writing(points, 0.6 * choose_pen_widths(len(points), strokes, rng), spans)


def _polar(angle: Float64Array, radius: Float64Array) -> Float64Array:
    """Return points (n, P, 2) at angles and distances (n, P) from the middle."""
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=2)


def _rotate(points: Float64Array, angle: Float64Array) -> Float64Array:
    """Rotate each drawing of points (n, P, 2) about the middle by its angle (n,)."""
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y = points[..., 0], points[..., 1]
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=2)
