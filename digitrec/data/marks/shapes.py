"""Marks made of lines and dots, beside those that people wrote: some marks have few writers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from digitrec.arrays import Float64Array

__all__ = ["make_mark"]


def make_mark(mark: str, rng: np.random.Generator) -> list[Float64Array]:
    """Make the strokes of a mark, each (P, 2), in any unit; y down."""
    return _MAKERS[mark](rng)


def _dot(rng: np.random.Generator, x: float = 0.0, y: float = 0.0) -> Float64Array:
    return np.array([x, y]) + np.cumsum(rng.normal(0, 0.01, (int(rng.integers(1, 4)), 2)), axis=0)


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
    return [_line(rng, np.array([rng.uniform(0.08, 0.9), 0.0]), np.array([0.0, 1.0]))]


def _colon(rng: np.random.Generator) -> list[Float64Array]:
    return [_dot(rng), _dot(rng, rng.normal(0, 0.1), 1.0)]


def _percent(rng: np.random.Generator) -> list[Float64Array]:
    slash = _line(rng, np.array([rng.uniform(0.5, 0.9), 0.0]), np.array([rng.uniform(0, 0.2), 1.0]))
    rings = []
    for x, y in ((0.12, 0.2), (0.85, 0.8)):
        angles = np.linspace(0, rng.uniform(5.6, 6.8), 12) + rng.uniform(0, 6.3)
        radius = rng.uniform(0.12, 0.22) * np.exp(rng.normal(0, 0.12, 2))
        middle = np.array([x, y]) + rng.normal(0, 0.06, 2)
        rings.append(middle + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1))
    return [rings[0], slash, rings[1]]


def _plus(rng: np.random.Generator) -> list[Float64Array]:
    x, y = rng.uniform(0.4, 0.6, 2)
    lean = rng.normal(0, 0.08)
    upright = _line(rng, np.array([x + lean, 0.0]), np.array([x - lean, 1.0]))
    return [upright, _line(rng, np.array([0.0, y]), np.array([1.0, y + rng.normal(0, 0.06)]))]


_MAKERS: Mapping[str, Callable[[np.random.Generator], list[Float64Array]]] = {
    ".": _point,
    ",": _comma,
    "-": _dash,
    "/": _slash,
    ":": _colon,
    "%": _percent,
    "+": _plus,
}
