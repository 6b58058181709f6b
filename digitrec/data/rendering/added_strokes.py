"""Strokes that some people add to a digit: the slash of a 0, the bar of a 7, a hook where it ends.

Whether a zero has a slash, how far the slash runs, or whether the pen stays down on its way to the
next digit, is a habit of a country, a trade or a person. The writers of a data set have few of
these habits. `add_strokes` adds the habits of others to their digits, so that a network learns that
a digit is the same with and without such strokes.
"""

from __future__ import annotations

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.data.rendering.canvas_placement import Strokes
from digitrec.data.synthetic.resampling import resample

__all__ = ["add_strokes"]

# Lengths are shares of the longer side of the digit; ranges are from and to.
_SPACING = 0.03  # of the points of a path
_BOW = 0.06  # standard deviation of how far the middle of an added stroke is off its straight line
_NARROWEST = {0: 0.35, 7: 0.3}  # width by height of what can bear a slash or a bar
_WIDEST_STICK = 0.3  # width by height of a 1 that has no flag yet
_CLOSED = 0.3  # between the ends of a 0, at most
# Of the slash of a 0: the angle in degrees to the right and up, and how often it is there.
_SLANTS = ((25.0, 80.0), (-12.0, 15.0), (80.0, 100.0), (100.0, 150.0))
_HOW_OFTEN = (0.62, 0.18, 0.06, 0.14)
_REACHES = (0.35, 2.0)  # length of half a slash, relative to the radius of the oval there
_UNEVEN = (0.8, 1.2)  # factor by which either half differs from that
_DOT = 0.06  # half the length of a dot
# Fractions of the zeros with a dot, and of those whose slash belongs to the stroke of the oval.
_DOTTED, _IN_ONE_STROKE = 0.1, 0.15
# Standard deviation of a slash's distance from the middle, relative to the oval's width and height.
_OFF_MIDDLE = 0.08
_FEET = (0.1, 0.4)  # of a 1, to either side
_TILT = 0.02  # standard deviation of how far the ends of a foot are off its level
_FLAGLESS, _FOOTED = 0.2, 0.55  # fractions of the ones; those without a flag have a foot
# A flag begins at most `_LONGEST_FLAG` down; how far down, as a share of that, is drawn from a beta
# distribution with the parameters `_FALL`, so that short flags are more frequent.
_LONGEST_FLAG = 0.95
_FALL = (1.2, 1.8)
_FLAG_WIDTHS = (0.08, 0.2, 0.35)  # from, to, and how much wider the longest flag may be
_BAR_LEVELS = (0.35, 0.65)  # of the bar of a 7, as fractions of its height
_BAR_SIDES = (0.08, 0.32)  # to either side of the stem
_BAR_ANGLES = (-20.0, 35.0)  # degrees to the right and up
_NINE_BACK, _NINE_ON = (0.25, 0.6), (0.12, 0.3)  # foot of a 9 to the left, or to the right
_BACK = 0.75  # fraction of the feet of 9s that go to the left
_HOOKED = 0.3  # of the digits that could get another stroke, the fraction that get a hook instead
# Fractions of the hooks that are at the start alone, and of those that are at both ends.
_BEGUN, _BEGUN_AND_ENDED = 0.3, 0.15
_HOOKS = (0.08, 0.36)
_HOOK_ANGLES = (25.0, 85.0)  # of hooks at the end; the others begin at the left, lower or higher
_START_ANGLES = (150.0, 250.0)
_LOWEST = 0.9  # a 9 that ends above this fraction of its height has a foot or a hook already


def add_strokes(strokes: Strokes, digit: int, rng: np.random.Generator) -> Strokes:
    """Add a stroke to a digit, or a hook to one of its strokes.

    Of the digits in one stroke, a closed 0 gets a slash, a bar or a dot, a bare 1 a flag, a foot or
    both, a 7 a bar across its stem, a 9 that ends in its stem a foot. Some of these, and all
    others, get a hook instead: the way of the pen from the digit before, or to the next one.

    Args:
        strokes: The digit, each stroke (P, 2) of x and y down in any unit.
        digit: Which it is; a non-digit stays as it is.
        rng: The source of the random variation.
    """
    points = np.concatenate(list(strokes))
    low = points.min(axis=0)
    extent = float((points.max(axis=0) - low).max())
    if extent == 0 or not 0 <= digit <= 9:
        return strokes
    paths = [resample((stroke - low) / extent, _SPACING) for stroke in strokes]
    made = None
    if digit in _ADDED and len(paths) == 1 and rng.uniform() >= _HOOKED:
        made = _ADDED[digit](paths[0], rng)
    return [path * extent + low for path in made or _hook(paths, rng)]


def _hook(paths: list[Float64Array], rng: np.random.Generator) -> list[Float64Array]:
    kind = rng.uniform()
    if kind < _BEGUN + _BEGUN_AND_ENDED:
        start = paths[0][0] + _direction(*_START_ANGLES, rng) * rng.uniform(*_HOOKS)
        paths[0] = np.concatenate([_line(start, paths[0][0], rng), paths[0]])
    if kind >= _BEGUN:
        end = paths[-1][-1] + _direction(*_HOOK_ANGLES, rng) * rng.uniform(*_HOOKS)
        paths[-1] = np.concatenate([paths[-1], _line(paths[-1][-1], end, rng)])
    return paths


def _slash_zero(path: Float64Array, rng: np.random.Generator) -> list[Float64Array] | None:
    size = np.ptp(path, axis=0)
    if size[0] < _NARROWEST[0] * size[1] or np.hypot(*(path[-1] - path[0])) > _CLOSED:
        return None
    middle = (path.min(axis=0) + path.max(axis=0)) / 2 + rng.normal(0, _OFF_MIDDLE, 2) * size
    if rng.uniform() < _DOTTED:
        return [path, _line(middle, middle + rng.uniform(-_DOT, _DOT, 2), rng)]
    smallest, largest = _SLANTS[rng.choice(len(_SLANTS), p=_HOW_OFTEN)]
    direction = _direction(smallest, largest, rng)
    radius = 1 / np.hypot(*(direction / (size / 2)))
    up, down = radius * rng.uniform(*_REACHES) * rng.uniform(*_UNEVEN, 2)
    slash = _line(middle + direction * up, middle - direction * down, rng)
    if rng.uniform() < _IN_ONE_STROKE:
        return [np.concatenate([path, slash])]
    return [path, slash]


def _flag_one(path: Float64Array, rng: np.random.Generator) -> list[Float64Array] | None:
    width, height = np.ptp(path, axis=0)
    if width > _WIDEST_STICK * height:
        return None
    path = _downwards(path)
    kind = rng.uniform()
    foot = []
    if kind < _FOOTED:
        ends = np.stack([rng.uniform(*_FEET, 2) * (-1, 1), rng.normal(0, _TILT, 2)], axis=1)
        foot = [_line(path[-1] + ends[0], path[-1] + ends[1], rng)]
    if kind > _FLAGLESS:
        fall = rng.beta(*_FALL) * _LONGEST_FLAG
        narrowest, widest, wider = _FLAG_WIDTHS
        start = path[0] + np.array([-rng.uniform(narrowest, widest + wider * fall), fall])
        path = np.concatenate([_line(start, path[0], rng), path])
    return [path, *foot]


def _cross_seven(path: Float64Array, rng: np.random.Generator) -> list[Float64Array] | None:
    width, height = np.ptp(path, axis=0)
    if width < _NARROWEST[7] * height:
        return None
    path = _downwards(path)
    above = np.flatnonzero(path[:, 1] <= rng.uniform(*_BAR_LEVELS) * height)
    crossing = path[above[-1]]  # the stem is what comes last
    direction = _direction(*_BAR_ANGLES, rng)
    left, right = rng.uniform(*_BAR_SIDES, 2)
    return [path, _line(crossing - direction * left, crossing + direction * right, rng)]


def _foot_nine(path: Float64Array, rng: np.random.Generator) -> list[Float64Array] | None:
    if path[-1, 1] < _LOWEST * path[:, 1].max():
        return None
    back = rng.uniform() < _BACK
    across = -rng.uniform(*_NINE_BACK) if back else rng.uniform(*_NINE_ON)
    rise = rng.normal(0, 2 * _TILT) if back else rng.uniform(0, _NINE_ON[0])
    return [np.concatenate([path, _line(path[-1], path[-1] + np.array([across, -rise]), rng)])]


def _downwards(path: Float64Array) -> Float64Array:
    """Return a path from its upper end to its lower one."""
    return path if path[0, 1] <= path[-1, 1] else path[::-1]


def _direction(smallest: float, largest: float, rng: np.random.Generator) -> Float64Array:
    """Return a direction (2,) at an angle between two, in degrees to the right and up."""
    angle = np.deg2rad(rng.uniform(smallest, largest))
    return np.array([np.cos(angle), -np.sin(angle)])


def _line(start: Float64Array, end: Float64Array, rng: np.random.Generator) -> Float64Array:
    """Return a nearly straight path (P, 2) from a point to another, a little bowed."""
    length = float(np.hypot(*(end - start)))
    along = np.linspace(0, 1, max(2, round(length / _SPACING)))[:, None]
    across = (end - start)[::-1] * (-1, 1)
    straight: Float64Array = start + along * (end - start)
    return straight + 4 * along * (1 - along) * rng.normal(0, _BOW) * across


_ADDED = {0: _slash_zero, 1: _flag_one, 7: _cross_seven, 9: _foot_nine}
