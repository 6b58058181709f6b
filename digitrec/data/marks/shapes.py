"""Marks made of lines and dots, which add to those that people wrote where there are few."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from digitrec.arrays import Float64Array

__all__ = ["make_mark"]

# Shares of the slashes, and of the upright strokes of other marks, that sway or have a hook.
_SWAYING, _HOOKED = 0.4, 0.15
_LARGE = 0.4  # share of the dots that are larger than the pen
_DOTTED = 0.15  # share of the percent signs with dots in place of rings
# Shares of the percent signs whose first ring runs into the slash, and of those drawn in one stroke
_FIRST_JOINED, _ALL_JOINED = 0.3, 0.04


def make_mark(mark: str, rng: np.random.Generator) -> list[Float64Array]:
    """Make the strokes of a mark, each (P, 2), in any unit; y down."""
    return _MAKERS[mark](rng)


def _dot(rng: np.random.Generator, x: float = 0.0, y: float = 0.0) -> Float64Array:
    """Draw a dot: as small as the pen, or pressed and turned until it is larger."""
    place = np.array([x, y])
    if rng.uniform() < _LARGE:
        angles = np.linspace(0, 2 * np.pi, 7) + rng.uniform(0, 6)
        radius = rng.uniform(0.02, 0.14)
        return place + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return place + np.cumsum(rng.normal(0, 0.01, (int(rng.integers(1, 4)), 2)), axis=0)


def _line(rng: np.random.Generator, start: Float64Array, end: Float64Array) -> Float64Array:
    """Draw a line that is bent a little."""
    along = np.linspace(0, 1, 6)[:, None]
    across = (end - start)[::-1] * (1, -1) * rng.normal(0, 0.06)
    bent: Float64Array = start + (end - start) * along + across * (4 * along * (1 - along))
    return bent


def _point(rng: np.random.Generator) -> list[Float64Array]:
    return [_dot(rng)]


def _comma(rng: np.random.Generator) -> list[Float64Array]:
    lean = rng.uniform(-0.1, 0.9)
    start, end = np.array([lean, 0.0]), np.array([0.0, 1.0])
    along = np.linspace(0, 1, 6)[:, None]
    bulge = np.array([rng.uniform(0, 0.5), 0.0]) * (4 * along * (1 - along))
    return [_line(rng, start, end) + bulge]


def _dash(rng: np.random.Generator) -> list[Float64Array]:
    return [_line(rng, np.zeros(2), np.array([1.0, rng.normal(0, 0.08)]))]


def _slash(rng: np.random.Generator) -> list[Float64Array]:
    return [_upright(rng, np.array([rng.uniform(0.08, 0.9), 0.0]), np.array([0.0, 1.0]))]


def _upright(rng: np.random.Generator, start: Float64Array, end: Float64Array) -> Float64Array:
    """Draw a line that is bent, and may sway to both sides or have a hook where the pen lifts."""
    path = _line(rng, start, end)
    if rng.uniform() < _SWAYING:
        path[:, 0] += rng.normal(0, 0.05) * np.sin(np.linspace(0, 2 * np.pi, len(path)))
    if rng.uniform() < _HOOKED:
        hook = path[-1] + rng.uniform(0.05, 0.2) * np.array([rng.choice([-1.0, 1.0]), -0.6])
        path = np.concatenate([path, hook[None]])
    return path


def _colon(rng: np.random.Generator) -> list[Float64Array]:
    return [_dot(rng), _dot(rng, rng.normal(0, 0.1), 1.0)]


def _percent(rng: np.random.Generator) -> list[Float64Array]:
    """Draw rings, dots or open bows beside a slash; the pen may stay down between them."""
    lean, foot = rng.uniform(0.1, 0.9), rng.uniform(-0.1, 0.2)
    slash = _upright(rng, np.array([foot + lean, 0.0]), np.array([foot, 1.0]))
    apart = rng.uniform(0.0, 0.25)
    upper = np.array([foot + 0.75 * lean - 0.2 - apart, rng.uniform(0.05, 0.35)])
    lower = np.array([foot + 0.25 * lean + 0.2 + apart, rng.uniform(0.65, 0.95)])
    radius = 0.03 if rng.uniform() < _DOTTED else rng.uniform(0.08, 0.26)
    first, second = _ring(rng, upper, radius), _ring(rng, lower, radius)
    joined = rng.uniform()
    if joined < _FIRST_JOINED:
        return [np.concatenate([first, slash]), second]
    if joined < _FIRST_JOINED + _ALL_JOINED:
        return [np.concatenate([first, slash, second])]
    return [first, slash, second]


def _ring(rng: np.random.Generator, middle: Float64Array, radius: float) -> Float64Array:
    """Draw an oval that need not close, with few or many corners."""
    turn = rng.choice([-1.0, 1.0]) * rng.uniform(4.2, 6.9)
    angles = rng.uniform(0, 2 * np.pi) + np.linspace(0, turn, int(rng.integers(5, 14)))
    radii = radius * np.exp(rng.normal(0, 0.25, 2))
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    tilt = rng.uniform(-0.6, 0.6)
    oval: Float64Array = middle + circle * radii @ np.array([[1.0, 0.0], [-tilt, 1.0]])
    return oval


def _plus(rng: np.random.Generator) -> list[Float64Array]:
    x, y = rng.uniform(0.3, 0.7), rng.uniform(0.25, 0.75)
    lean = rng.normal(0, 0.12)
    upright = _upright(rng, np.array([x + lean, 0.0]), np.array([x - lean, 1.0]))
    width = rng.uniform(0.6, 1.3)
    left, right = x - width * rng.uniform(0.35, 0.65) + np.array([0.0, width])
    level = _line(rng, np.array([left, y]), np.array([right, y + rng.normal(0, 0.1)]))
    return [upright, level]


_MAKERS: Mapping[str, Callable[[np.random.Generator], list[Float64Array]]] = {
    ".": _point,
    ",": _comma,
    "-": _dash,
    "/": _slash,
    ":": _colon,
    "%": _percent,
    "+": _plus,
}
