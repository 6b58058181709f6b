"""Outlines of frames that are not boxes: polygons, stars, hearts, clouds, printed or drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from digitrec.arrays import Float64Array

__all__ = ["frame_around"]

Rng = np.random.Generator
_POINTS = 72  # of an outline that bends
# Share of the frames that are drawn by hand, and how far their lines stray.
_DRAWN, _WOBBLE = 0.4, 0.025
_OPEN = 0.3  # share of the hand-drawn frames whose ends do not meet
_NEAREST = (0.5, 1.0)  # from the middle to the nearest line, in heights of a digit


def frame_around(rng: Rng) -> Float64Array:
    """Return the outline (P, 2) of a frame around a digit 1 high whose middle is at (0, 0)."""
    shape = _SHAPES[int(rng.integers(len(_SHAPES)))](rng)
    lines = _divided(shape)
    nearest = float(np.hypot(*lines.T).min())
    stretch = np.exp(rng.normal(0, 0.12, 2))
    outline = lines * stretch * rng.uniform(*_NEAREST) / nearest
    if rng.uniform() < _DRAWN:
        outline = outline + _stray(rng, len(outline)) * float(np.abs(outline).max())
        if rng.uniform() < _OPEN:
            outline = outline[: len(outline) - int(rng.integers(1, 6))]
    return outline


def _polygon(rng: Rng) -> Float64Array:
    """Three to eight equal sides, mostly on one of them or on a corner."""
    count = int(rng.choice([3, 3, 3, 4, 4, 5, 6, 6, 8]))
    foot = np.pi / 2 + (np.pi / count if rng.uniform() < 0.6 and count != 4 else 0)
    return _circle(count, foot + (rng.normal(0, 0.15) if rng.uniform() < 0.3 else 0))


def _star(rng: Rng) -> Float64Array:
    points = int(rng.integers(4, 9))
    spikes = _circle(2 * points, -np.pi / 2)
    spikes[1::2] *= rng.uniform(0.4, 0.7)
    spikes[-1] = spikes[0]
    return spikes


def _heart(rng: Rng) -> Float64Array:
    at = np.linspace(0, 2 * np.pi, _POINTS)
    across = 16 * np.sin(at) ** 3
    down = -(13 * np.cos(at) - 5 * np.cos(2 * at) - 2 * np.cos(3 * at) - np.cos(4 * at))
    return np.stack([across, down - rng.uniform(-2, 1)], axis=1) / 16


def _cloud(rng: Rng) -> Float64Array:
    bumps = int(rng.integers(5, 11))
    at = np.linspace(0, 2 * np.pi, 2 * _POINTS)
    away = 1 + rng.uniform(0.1, 0.3) * np.abs(np.sin(at * bumps / 2 + rng.uniform(0, np.pi)))
    outline = np.stack([np.cos(at), np.sin(at)], axis=1) * away[:, None]
    outline[-1] = outline[0]
    return outline


_SHAPES: tuple[Callable[[Rng], Float64Array], ...] = (_polygon, _polygon, _star, _heart, _cloud)


def _circle(count: int, start: float) -> Float64Array:
    """Return corners on a circle, the first again as the last, (count + 1, 2)."""
    angles = start + np.linspace(0, 2 * np.pi, count + 1)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _divided(outline: Float64Array) -> Float64Array:
    """Put points at equal distances along an outline, its corners kept."""
    steps = np.hypot(*np.diff(outline, axis=0).T)
    along = np.concatenate([[0], np.cumsum(steps)])
    places = np.union1d(along, np.linspace(0, along[-1], _POINTS))
    return np.stack([np.interp(places, along, outline[:, axis]) for axis in (0, 1)], axis=1)


def _stray(rng: Rng, count: int) -> Float64Array:
    """Return how far a hand strays from a line, (count, 2), smoothly."""
    knots = np.linspace(0, 1, 9)
    at = np.linspace(0, 1, count)
    return np.stack([np.interp(at, knots, rng.normal(0, _WOBBLE, 9)) for _ in (0, 1)], axis=1)
