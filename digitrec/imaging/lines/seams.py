"""Cutting ink where characters may touch, along seams that cross little ink.

Seams are shortest paths through the grey image from its top to its bottom, and may bend round
strokes that hang over (Lee, Lee & Park 1996, "A new methodology for gray-scale character
segmentation and recognition"). Ink is cut too often rather than too seldom, because the
segmentation graph joins again what belongs together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from digitrec.arrays import Float32Array, Float64Array, Int64Array

__all__ = [
    "CROSSING", "SEAM_ROWS", "SLIVER", "CutPart", "block_means", "cut_along_seams", "find_seams",
]  # fmt: skip

# Lengths are fractions of the height of the line's digits, unless another unit is given.
_HEIGHTS = (0.5, 0.25, 0.75)  # where seams are looked for, as fractions of the ink's height
_STEP = 0.14  # the least distance of seams
SEAM_ROWS = 40  # seams are found on a copy whose digits are this many pixels high
_SHARED_INK = 0.03  # where a seam crosses ink, this much of it belongs to both sides
SLIVER = 0.02  # of the height squared: less ink is not a part
_STRONG = 0.5  # ink of a stroke, and not of its edge
_THIN, _LONG = 0.3, 0.12  # a level stroke is at most `_THIN` high and at least `_LONG` long
_CUT = 0.2  # cost of a seam
CROSSING = 3.2  # additional cost for each height of ink that a seam crosses
# While the way of a seam is looked for, each pixel costs its ink and:
_EACH = 0.02  # so that seams are short where there is no ink
_SIDEWAYS = 0.1  # if the seam goes to the side there


class CutPart(NamedTuple):
    """What is between two seams of an image.

    Attributes:
        left: Column of the image where it begins.
        ink: (H, w), as many rows as the image has; 0 beyond the seams.
        cut_cost: What the cut on its left side costs; 0 for the first part.
    """

    left: int
    ink: Float32Array
    cut_cost: float


def cut_along_seams(
    ink: Float32Array, height: float, *, beside_bridges: bool = False
) -> list[CutPart]:
    """Cut ink at every seam that leaves enough ink on both sides.

    Args:
        ink: Shape (H, W), in [0, 1]; it may hold several characters.
        height: Height of a digit, in pixels.
        beside_bridges: Cut, too, where level strokes between characters begin and end.

    Returns:
        The parts from left to right; they share some ink where a seam crosses strokes.
    """
    rows, columns = ink.shape
    factor = max(1, round(height / SEAM_ROWS))
    reduced = block_means(ink, factor)
    paths, crossed_ink = find_seams(reduced, height / factor, beside_bridges=beside_bridges)
    costs = _CUT + CROSSING * crossed_ink
    if len(paths) == 0:
        return [CutPart(0, ink, 0.0)]
    edges = np.repeat(paths, factor, axis=1)[:, :rows] * factor  # (seams, rows)
    least = SLIVER * height * height
    shared = round(_SHARED_INK * height)
    beyond = np.append(ink.sum(axis=0)[::-1].cumsum()[::-1], 0)  # ink from a column on
    first = np.zeros(rows, np.int64)  # column in each row where what is left begins
    out, cut_cost = [], 0.0
    for edge, cost in zip(edges, costs.tolist(), strict=True):
        crossed = ink[np.arange(rows), np.minimum(edge, columns - 1)] > _STRONG
        reach = np.where(crossed, shared, 0)
        start, stop = int(first.min()), min(columns, int((edge + reach).max()))
        left, place = ink[:, start:stop], np.arange(start, stop)
        left = np.where(place >= first[:, None], left, np.float32(0))
        before = np.where(place < (edge + reach)[:, None], left, np.float32(0))
        after = np.where(place >= (edge - reach)[:, None], left, np.float32(0))
        if before.sum() < least or after.sum() + beyond[stop] < least:
            continue
        out.append(CutPart(start, before, cut_cost))
        first, cut_cost = np.maximum(first, edge - reach), cost
    start = int(first.min())
    rest = np.where(np.arange(start, columns) >= first[:, None], ink[:, start:], 0)
    return [*out, CutPart(start, rest.astype(np.float32), cut_cost)]


def find_seams(
    ink: Float32Array, height: float, *, beside_bridges: bool = False
) -> tuple[Int64Array, Float64Array]:
    """Find the seams of an image.

    Args:
        ink: Shape (H, W), in [0, 1].
        height: Height of a digit, in pixels.
        beside_bridges: Find straight seams at the ends of level strokes, too.

    Returns:
        The column of each seam in each row, shape (S, H), from left to right; and how much ink
        each crosses, shape (S,), as a fraction of ``height``.
    """
    rows, _ = ink.shape
    padded = np.pad(ink + np.float32(_EACH), ((0, 0), (1, 1)), constant_values=np.inf)
    down, down_step = _cheapest_paths(padded)
    up, up_step = (a[::-1] for a in _cheapest_paths(padded[::-1]))
    through = down + up - padded[:, 1:-1]  # what the cheapest path through each pixel costs
    reach = max(1, round(_STEP * height / 2))
    found = []
    for part in _HEIGHTS:
        row = round(part * (rows - 1))
        starts = _valleys(through[row], reach)
        paths = np.zeros((len(starts), rows), np.int64)
        paths[:, row] = starts
        for y in range(row, 0, -1):
            paths[:, y - 1] = paths[:, y] + down_step[y, paths[:, y]]
        for y in range(row, rows - 1):
            paths[:, y + 1] = paths[:, y] + up_step[y, paths[:, y]]
        found.append(paths)
    if beside_bridges:
        found.append(np.repeat(_bridge_ends(ink, height)[:, None], rows, axis=1))
    paths = _in_order(np.concatenate(found), reach)
    crossed = ink[np.arange(rows), paths].sum(axis=1) / height
    return paths, crossed.astype(np.float64)


def _bridge_ends(ink: Float32Array, height: float) -> Int64Array:
    """Return the columns at which level strokes begin or end beside higher ink.

    Along such a stroke all columns are equally good cuts, so no valley shows where it ends.
    """
    inked = ink > _STRONG
    low = ink.shape[0] - inked[::-1].argmax(axis=0)
    spans = np.where(inked.any(axis=0), low - inked.argmax(axis=0), ink.shape[0])
    is_thin = np.pad(spans <= _THIN * height, 1)
    changes = np.flatnonzero(is_thin[1:] != is_thin[:-1])
    starts, stops = changes[::2], changes[1::2]
    long = stops - starts >= _LONG * height
    ends = np.concatenate([starts[long], stops[long]])
    return np.sort(ends[(ends > 0) & (ends < ink.shape[1])])


def block_means(ink: Float32Array, factor: int) -> Float32Array:
    """Reduce an image by the mean over squares of ``factor`` pixels; beyond the border is 0."""
    if factor == 1:
        return ink
    rows, columns = (-(-side // factor) for side in ink.shape)
    padded = np.zeros((rows * factor, columns * factor), np.float32)
    padded[: ink.shape[0], : ink.shape[1]] = ink
    mean: Float32Array = padded.reshape(rows, factor, columns, factor).mean(axis=(1, 3))
    return mean


def _cheapest_paths(cost: Float32Array) -> tuple[Float32Array, npt.NDArray[np.int8]]:
    """Return the cost (H, W) of the cheapest path from the top to each pixel, and its last step.

    cost: (H, W + 2), infinite in the first and the last column. A step, (H, W), leads to the column
    that the path has in the row above: -1, 0 or 1.
    """
    rows, columns = cost.shape[0], cost.shape[1] - 2
    sideways = np.float32(_SIDEWAYS)
    total = np.empty_like(cost)
    total[0] = cost[0]
    step = np.zeros((rows, columns), np.int8)
    for y in range(1, rows):
        before = np.stack(
            [total[y - 1, 1:-1], total[y - 1, :-2] + sideways, total[y - 1, 2:] + sideways]
        )
        choice = before.argmin(axis=0)
        step[y] = np.array([0, -1, 1], np.int8)[choice]
        total[y] = cost[y]
        total[y, 1:-1] += before.min(axis=0)
    return total[:, 1:-1], step


def _valleys(profile: Float32Array, reach: int) -> Int64Array:
    """Return where a profile is lowest within reach; the middle of a flat valley."""
    lowest = ndimage.minimum_filter1d(profile, 2 * reach + 1)
    places = np.flatnonzero(profile <= lowest)
    places = places[places > 0]
    if len(places) == 0:
        return places
    groups = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    return np.array([group[len(group) // 2] for group in groups])


def _in_order(paths: Int64Array, reach: int) -> Int64Array:
    """Order paths from left to right so that none crosses another, and drop near duplicates."""
    kept: list[Int64Array] = []
    for path in paths[np.argsort(paths.mean(axis=1), kind="stable")]:
        beyond = np.maximum(path, kept[-1]) if kept else path
        if not kept or (beyond - kept[-1]).max() > reach:
            kept.append(beyond)
    return np.array(kept, np.int64).reshape(-1, paths.shape[1])
