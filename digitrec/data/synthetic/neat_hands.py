"""Hands that write neatly: ten digits, each nearly the same wherever it is written.

What machines print and what people write neatly differ little: upright strokes of one width, in
one size, on a straight line. From such hands a network learns that neat is not printed.
"""

from __future__ import annotations

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.data.synthetic.stroke_models import StrokeModels, digit_models

__all__ = ["NeatHand", "make_neat_hand"]

NeatHand = list[list[Float64Array]]
"""The strokes of each digit, (P, 2) each: 1 high, with their middle at 0, 0; y down."""

_ASPECT = (0.55, 1.25)  # width of the hand, beside that of the shapes
_SLANT = 0.1  # standard deviation
_ROUND = 0.5  # share of the hands that round all corners


def make_neat_hand(rng: np.random.Generator) -> NeatHand:
    """Choose a shape for each digit, and how wide and slanted the hand writes them all."""
    models = digit_models()
    aspect = float(np.exp(rng.uniform(*np.log(_ASPECT))))
    slant = rng.normal(0, _SLANT)
    style = 2 if rng.uniform() < _ROUND else 0  # of `StrokeModels.bases`
    turn = np.array([[aspect, 0.0], [-slant, 1.0]])
    hand = []
    for digit in range(10):
        beyond = np.count_nonzero(rng.uniform() >= models.cumulative[digit])
        shape = int(models.first_shape[digit] + beyond)
        hand.append(_one_high([path @ turn for path in _paths(models, shape, style)]))
    return hand


def _paths(models: StrokeModels, shape: int, style: int) -> list[Float64Array]:
    points: Float64Array = models.bases[shape, style] @ models.controls[shape]
    return [points[start:stop] for start, stop in models.spans[shape]]


def _one_high(paths: list[Float64Array]) -> list[Float64Array]:
    points = np.concatenate(paths)
    low, high = points.min(axis=0), points.max(axis=0)
    return [(path - (low + high) / 2) / (high[1] - low[1]) for path in paths]
