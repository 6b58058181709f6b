"""Joining the parts of digits that are broken, before lines and heights are measured.

Where strokes have gaps, a digit falls into parts. They are lower than the digit, and as often above
each other as side by side, so they show neither the lines nor the height of the digits. Therefore
the network for single digits also reads sets of parts that are near each other. The parts are
joined where one digit costs less than each part as a digit of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.models.ctc import NOT_A_DIGIT
from digitrec.recognition.best_path import TOO_LOW, USUAL_HEIGHT
from digitrec.recognition.ink_pieces import Piece, bounding_box, joined_ink, shares_columns
from digitrec.recognition.segmentation_graph import (
    Answers,
    ClassProbabilities,
    digit_cost,
    is_sure_digit,
)

__all__ = ["join_parts", "possible_parts"]

# Lengths are fractions of the longer side of the parts together.
_GAP = 0.22  # parts with a wider gap are not one digit
_MAX_PARTS = 4
# The network reads at most `_MAX_SETS` sets of parts, or `_SETS_A_PIECE` for each piece of the page
# if that is more.
_MAX_SETS, _SETS_A_PIECE = 1_000, 1.5
_MAX_NEAR = 6  # a piece that is near more pieces than this is a part of a pattern, not of a digit
_WIDEST = 1.3  # width of a digit, as a fraction of its height
_HIGHEST = 1.3  # height of a digit, as a fraction of the height of the page's sure digits
_MANY = 32  # with this many sure digits, a few more or less do not change the median height
# Costs are negative logarithms of probabilities, as in `best_path`; tuned on digits with gaps and
# on numbers by the validation writers.
_JOINED = 1.0  # for joining
_NOT_A_DIGIT = 3.2  # the most that a part costs as a digit of its own, however unlikely

Parts = tuple[Piece, ...]


def possible_parts(pieces: Sequence[Piece], answers: Answers) -> list[Parts]:
    """Return the sets of pieces that may be the parts of one digit.

    Where there are too many, as in a pattern, only those whose parts would cost most as digits of
    their own are returned.

    Args:
        pieces: Connected components of a page.
        answers: What the network for single digits reads in each.
    """
    if len(pieces) < 2:
        return []
    boxes = np.array([piece.box for piece in pieces], np.float64)
    neighbours = _neighbours(boxes)
    sure = np.array([is_sure_digit(answers[piece]) for piece in pieces])
    heights = boxes[:, 3] - boxes[:, 1]
    many = np.count_nonzero(sure) >= _MANY
    usual = float(np.median(heights[sure])) if many else 0.0
    found: list[tuple[float, Parts]] = []
    for indices in _connected(neighbours):
        parts = tuple(pieces[i] for i in indices)
        left, top, right, bottom = bounding_box(parts)
        cost = _costs_apart(parts, answers)
        if right - left > _WIDEST * (bottom - top) or cost <= _JOINED:
            continue
        if any(_is_raised_digit(part, parts, answers) for part in parts):
            continue
        if not many:
            others = sure.copy()
            others[list(indices)] = False
            usual = float(np.median(heights[others])) if others.any() else math.inf
        if bottom - top > _HIGHEST * usual:
            continue
        found.append((cost, parts))
    most = max(_MAX_SETS, int(_SETS_A_PIECE * len(pieces)))
    if len(found) > most:
        found.sort(key=lambda one: -one[0])
    return [parts for _, parts in found[:most]]


def join_parts(
    pieces: Sequence[Piece],
    answers: Answers,
    candidates: Sequence[Parts],
    joined: Sequence[ClassProbabilities],
) -> tuple[list[Piece], dict[Piece, ClassProbabilities]]:
    """Join the parts that cost less as one digit, starting with the largest gain.

    Args:
        pieces: As for `possible_parts`.
        answers: As there.
        candidates: What it returned.
        joined: What the network for single digits reads in each of these.

    Returns:
        The pieces, some of them joined, and the answers for all of them.
    """
    gains = [
        _costs_apart(parts, answers) - _JOINED - digit_cost(answer)
        for parts, answer in zip(candidates, joined, strict=True)
    ]
    gone: set[Piece] = set()
    known = dict(answers)
    added = []
    for i in np.argsort(-np.array(gains), kind="stable").tolist():
        parts = candidates[i]
        is_digit = int(joined[i].argmax()) != NOT_A_DIGIT
        if gains[i] <= 0 or not is_digit or not gone.isdisjoint(parts):
            continue
        gone.update(parts)
        left, top, _, _ = bounding_box(parts)
        whole = Piece(left, top, joined_ink(parts), parts[0].component, parts=parts)
        known[whole] = joined[i]
        added.append(whole)
    return [piece for piece in pieces if piece not in gone] + added, known


def _costs_apart(parts: Parts, answers: Answers) -> float:
    """Return what parts cost as digits of their own: unsure ones and low ones cost most."""
    _, top, _, bottom = bounding_box(parts)
    cost = 0.0
    for part in parts:
        low = max(0.0, USUAL_HEIGHT - part.ink.shape[0] / (bottom - top))
        cost += min(digit_cost(answers[part]), _NOT_A_DIGIT) + TOO_LOW * low
    return cost


def _is_raised_digit(part: Piece, parts: Parts, answers: Answers) -> bool:
    """Tell whether a part is a small, sure digit beside all other parts, such as raised cents."""
    _, top, _, bottom = bounding_box(parts)
    small = not part.is_tall(bottom - top)
    beside = not any(shares_columns(part, other) for other in parts if other is not part)
    return small and beside and is_sure_digit(answers[part])


def _neighbours(boxes: Float64Array) -> list[set[int]]:
    """Return for each box (N, 4) the boxes that are near it."""
    order = np.argsort(boxes[:, 0], kind="stable")
    ranked = boxes[order]
    sizes = np.maximum(ranked[:, 2] - ranked[:, 0], ranked[:, 3] - ranked[:, 1])
    common = float(np.percentile(sizes, 90))
    neighbours: list[set[int]] = [set() for _ in boxes]
    # What begins farther right than this is not near; lefts are in order.
    reach = ranked[:, 2] + 2 * _GAP * np.maximum(sizes, common)
    ends = np.searchsorted(ranked[:, 0], reach, "right")
    for i, end in enumerate(ends.tolist()):
        others = ranked[i + 1 : end]
        low, high = np.minimum(ranked[i], others), np.maximum(ranked[i], others)
        size = np.maximum(high[:, 2] - low[:, 0], high[:, 3] - low[:, 1])
        gap = np.maximum(_gap_along(low, high, 0), _gap_along(low, high, 1))
        for j in (np.flatnonzero(gap < _GAP * size) + i + 1).tolist():
            neighbours[order[i]].add(int(order[j]))
            neighbours[order[j]].add(int(order[i]))
    return neighbours


def _gap_along(low: Float64Array, high: Float64Array, axis: int) -> Float64Array:
    """Return the gap between two boxes along an axis; negative where they overlap.

    low, high: (N, 4), the lesser and the greater of their sides.
    """
    gap: Float64Array = high[:, axis] - low[:, axis + 2]
    return gap


def _connected(neighbours: Sequence[set[int]]) -> list[tuple[int, ...]]:
    """Return the sets of two or more pieces, each near another of its set, without repetition."""
    found: set[tuple[int, ...]] = set()
    for i, near in enumerate(neighbours):
        if len(near) > _MAX_NEAR:
            continue
        # More than two parts, only where few combinations are possible.
        most = _MAX_PARTS if len(near) <= _MAX_PARTS else 2
        for count in range(1, most):
            found.update(tuple(sorted((i, *some))) for some in combinations(sorted(near), count))
    return sorted(found)
