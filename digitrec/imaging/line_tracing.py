"""Tracing thin lines that run from side to side of a picture, for `ruled_lines`.

A ruled line is straight, except where the lens or a curl of the paper bends it. The picture is
reduced to vertical strips, and dynamic programming follows each line from strip to strip.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from digitrec.arrays import BoolArray, Float32Array, Float64Array, Int64Array

__all__ = ["HIDDEN", "Strips", "cut_into_strips", "trace_lines"]

_MOST_STRIPS = 128
_STRIP_WIDTH = 12  # pixels: the least width of a strip, except
_FEWEST_STRIPS = 20  # in a small picture, which has this number of narrower strips,
_LEAST_STRIP_WIDTH = 4  # pixels: where even this is too wide, no lines are looked for
# A line is darker than what is this far above and below it, as a fraction of the picture's longer
# side; and in pixels, at least.
_BESIDE, _LEAST_BESIDE = 0.02, 3
HIDDEN = 0.4  # fraction of a strip where digits may hide a line
_STEEPEST, _SLOPES = 8.0, 65  # degrees either way; number of slopes that are tried
_SEEN = 0.55  # fraction of the strips passed by a line in which it is seen
_END, _SEEN_AT_END = 0.08, 0.4  # fraction of the strips at either end; and it is seen in these
# A line that leaves by the top or the bottom passes at least the first fraction of all strips, and
# is seen in the second.
_SHORTEST, _SEEN_OF_SHORT = 0.03, 0.75
_DARK = 0.2  # what a path gains in a strip for darkness, beside 1 for a line that is seen
_NEAR = 3  # pixels above and below a path that tell where the middle of the line is
_OUTLIERS, _SMOOTH = 5, 1.5  # strips: median and Gaussian filter by which a path is smoothed,
_MARGIN = 8  # and by how many it is lengthened before
_SAME = 0.3  # two paths that have this fraction in common are of one line


class Strips(NamedTuple):
    """A picture in S vertical strips.

    Attributes:
        middles: Shape (S,), of each strip, in pixels.
        dark: Shape (H, S), how dark each row of a strip is at least, where digits do not hide it.
        seen: Shape (H, S), in [0, 1], how certain it is that there is a thin line.
        side: Pixels from the middle of a thin line to where it has surely ended.
    """

    middles: Float64Array
    dark: Float32Array
    seen: Float32Array
    side: int


def cut_into_strips(contrast: Float32Array, level: float) -> Strips | None:
    """Look for thin lines strip by strip.

    Args:
        contrast: Shape (H, W), how far each pixel stands out of the paper.
        level: Contrast from which on there is ink.

    Returns:
        None where the picture is too small for it.
    """
    height, width = contrast.shape
    strip = max(-(-width // _MOST_STRIPS), min(_STRIP_WIDTH, width // _FEWEST_STRIPS))
    if strip < _LEAST_STRIP_WIDTH:
        return None
    count = width // strip
    first = (width - count * strip) // 2
    columns = contrast[:, first : first + count * strip].reshape(height, count, strip)
    rank = int(HIDDEN * strip)
    dark = np.partition(columns, rank, axis=2)[:, :, rank]
    side = max(_LEAST_BESIDE, round(_BESIDE * max(height, width)))
    beside = np.pad(dark, ((side, side), (0, 0)))  # beyond the border is paper
    thin = dark - np.maximum(beside[: -2 * side], beside[2 * side :])
    middles = first + strip * (np.arange(count) + 0.5) - 0.5
    return Strips(middles, dark, np.clip(thin / level, 0, 1), side)


def trace_lines(strips: Strips) -> list[Float64Array]:
    """Return the paths on which lines are seen: the row in each strip, shape (S,).

    A line that leaves by the top or the bottom of the picture goes on beyond it.
    """
    height, count = strips.seen.shape
    number = np.arange(count)
    line = _common_slope(strips) * (strips.middles - strips.middles.mean())
    drop = np.rint(line).astype(np.int64)
    room = int(np.abs(drop).max())
    rows = np.arange(-room, height + room)[:, None] + drop
    inside = (rows >= 0) & (rows < height)
    seen = np.where(inside, strips.seen[np.clip(rows, 0, height - 1), number], 0)
    dark = np.where(inside, strips.dark[np.clip(rows, 0, height - 1), number], 0)
    # A path gains where most of it is seen, and nothing beyond the picture, where none can be.
    gain = np.where(inside, seen - _SEEN, 0)
    common = max(float(np.median(dark[seen > 0.5])), 1e-6) if (seen > 0.5).any() else 1.0
    # Strokes, which are darker still, are not better than ruled lines.
    gain += _DARK * seen * np.clip(dark / common, 0, 1)
    paths, total = _best_paths(gain, inside)
    near = max(1, strips.side // 2)
    chosen = _choose(paths, total, seen[paths, number], inside[paths, number], near)
    return [_smooth(_centre(strips, rows[path, number], common) - line) + line for path in chosen]


def _common_slope(strips: Strips) -> float:
    """Return the slope of most lines: that along which rows add up to the sharpest profile."""
    rows, columns = np.nonzero(strips.seen > 0.5)
    if len(rows) == 0:
        return 0.0
    x = strips.middles[columns] - strips.middles.mean()
    slopes = np.tan(np.radians(np.linspace(-_STEEPEST, _STEEPEST, _SLOPES)))
    sharpest, best = -1.0, 0.0
    for slope in sorted(slopes.tolist(), key=abs):
        places = np.rint(rows - slope * x).astype(np.int64)
        sharp = float((np.bincount(places - places.min()).astype(np.float64) ** 4).sum())
        if sharp > sharpest:
            sharpest, best = sharp, slope
    return best


def _best_paths(gain: Float32Array, inside: BoolArray) -> tuple[Int64Array, Float64Array]:
    """Return the path that gains most to each row of the last strip, (rows, S), and its gain.

    From strip to strip a path goes straight on, or a row up or down.
    """
    count = gain.shape[1]
    total = gain[:, 0].astype(np.float64)
    steps = np.zeros(gain.shape, np.int64)
    for i in range(1, count):
        # Beyond the picture it goes straight on, or all paths there would join the clearest one.
        around = np.pad(np.where(inside[:, i - 1], total, -np.inf), 1, constant_values=-np.inf)
        ways = np.stack([total, around[:-2], around[2:]])  # straight on, where that is as good
        way = ways.argmax(axis=0)
        steps[:, i] = np.array([0, -1, 1])[way]
        total = np.take_along_axis(ways, way[None], axis=0)[0] + gain[:, i]
    paths = np.empty(gain.shape, np.int64)
    paths[:, -1] = np.arange(len(paths))
    for i in range(count - 1, 0, -1):
        paths[:, i - 1] = paths[:, i] + steps[paths[:, i], i]
    return paths, total


def _centre(strips: Strips, path: Int64Array, most: float) -> Float64Array:
    """Bring a path to the middle of what is dark round it, with subpixel precision."""
    near = np.arange(-_NEAR, _NEAR + 1)
    rows = path + near[:, None]
    height, count = strips.dark.shape
    there = np.clip(rows, 0, height - 1), np.arange(count)
    weight = np.where((rows >= 0) & (rows < height), np.clip(strips.dark[there], 0, most), 0)
    mass = weight.sum(axis=0)
    return path + (near @ weight) / np.where(mass > 0, mass, 1.0)


def _smooth(path: Float64Array) -> Float64Array:
    """Remove from a path what strokes beside the line did to it."""
    path = np.pad(path, _MARGIN, mode="reflect", reflect_type="odd")  # it goes on as it does there
    path = ndimage.gaussian_filter1d(ndimage.median_filter(path, _OUTLIERS), _SMOOTH)
    return np.asarray(path[_MARGIN:-_MARGIN])


def _choose(
    paths: Int64Array,
    gain: Float64Array,
    seen: Float32Array,
    inside: BoolArray,
    near: int,
) -> list[Int64Array]:
    """Choose the paths (P, S) that are lines, each line once."""
    count = seen.shape[1]
    passed = inside.sum(axis=1)
    share = seen.sum(axis=1) / np.maximum(passed, 1)
    whole = passed == count
    good = (share >= np.where(whole, _SEEN, _SEEN_OF_SHORT)) & (passed >= _SHORTEST * count)
    end = max(1, round(_END * count))
    for part in (slice(0, end), slice(count - end, count)):
        there = inside[:, part].sum(axis=1)
        good &= (there == 0) | (seen[:, part].sum(axis=1) >= _SEEN_AT_END * there)
    if not (good & whole).any():
        return []
    order = np.flatnonzero(good)
    # Whole ones first, the clearest first: what runs into one of them is the same line.
    order = order[np.lexsort((-gain[order], ~whole[order]))]
    chosen: list[int] = []
    for i in order.tolist():
        same = (np.abs(paths[chosen] - paths[i]) <= near) & inside[i]
        if same.sum(axis=1).max(initial=0) <= _SAME * passed[i]:
            chosen.append(i)
    return [paths[i] for i in chosen]
