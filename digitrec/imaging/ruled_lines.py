"""The rules of ruled and squared paper: thin lines from side to side, found and taken away.

A rule is straight but for what a lens or a curl of the paper bends it. It is followed from one side
of the picture to the other by dynamic programming, and taken away as dark as it is along its
length: strokes that cross it or run along it are darker there, and stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from digitrec.arrays import BoolArray, Float32Array, Float64Array, Int64Array, Uint8Array
from digitrec.imaging.stroke_width import mean_width

__all__ = ["is_ruled", "without_rules"]


# The picture is looked at in so many strips at most. They are not narrower than the first width in
# pixels, but for a small picture, which has so many, down to the second width.
_STRIPS, _NARROW, _FEWEST, _NARROWEST = 128, 12, 20, 4
# A rule is no thicker than this share of the picture's longer side, and darker than what is so far
# away.
_SIDE, _LEAST_SIDE = 0.02, 3
_HIDDEN = 0.4  # share of a strip where digits may hide a rule
_STEEPEST, _SLOPES = 8.0, 65  # degrees either way, and how many between are tried
# It is seen in this share of the strips that it passes, and of these at either side.
_SEEN, _SEEN_AT_ENDS, _END = 0.55, 0.4, 0.08
# One that leaves by the top or the bottom passes this share of all strips, and is seen in more.
_SHORTEST, _SEEN_OF_SHORT = 0.03, 0.75
_STRONGER = 0.2  # of two rows where a rule is seen, what counts for the darker
_NEAR = 3  # pixels round a path that tell where the middle of the rule is
# Strips by which a path is lengthened before it is smoothed, by a median and a Gaussian.
_MARGIN, _OUTLIERS, _SMOOTH = 8, 5, 1.5
_SAME = 0.3  # share of two paths that is one, where they are of one rule
# A rule is so many times longer than thick. Where there are so few that they may be strokes, they
# are rules if they are longer still, or thinner than this share of the width of the other ink.
_LENGTH, _STROKES, _SURE_LENGTH, _THINNER = 30, 2, 60, 0.7
_LOCAL, _FADING = 11, (0.5, 1.6)  # over so many strips rules fade, and by these factors
_TAIL = 0.08  # of its darkness in the middle: less is not the rule
# Rules are taken away so many times, and what is then less than this share of one beside it is none
# of a stroke: where they end is uncertain.
_MORE, _DOUBT = 1.2, 0.3
_LITTLE = 0.05  # share of the ink that is as good as nothing
_FAINTEST = 0.04  # share of the strongest ink that a rule on an even ground has
_SAMPLES = 512  # columns that tell a rule's profile


def without_rules(relief: Float32Array, level: float) -> Float32Array:
    """Take away the rules across a picture, and those down.

    relief: (H, W), how far each pixel stands out of the paper. level: less is no ink. Comes back
    as it is, where it has no rules; strokes that fill the picture of a digit are none.
    """
    across = _rules(relief, level)
    rest = _less(relief, across)
    down = _rules(np.ascontiguousarray(rest.T), level)
    rest = _less(rest.T, down).T
    if not across + down or _are_strokes(across + down, relief > level, rest > level):
        return relief
    return rest


def _are_strokes(rules: Sequence[_Rule], ink: BoolArray, rest: BoolArray) -> bool:
    """Tell whether lines from side to side are strokes of a digit that fills its picture.

    rest: what is left of the ink without them. Where there are many, they are none.
    """
    if len(rules) > _STROKES:
        return False
    if len(rules) == 1 and np.count_nonzero(rest) < _LITTLE * np.count_nonzero(ink):
        return True  # a 1, or a blank sheet with one rule: nobody can say
    width = _THINNER * mean_width(rest)
    return any(
        rule.thickness > width and len(rule.curve) < _SURE_LENGTH * rule.thickness for rule in rules
    )


def is_ruled(ink: Uint8Array) -> bool:
    """Tell whether a picture (H, W) has rules for certain; ink on an even ground, which is 0."""
    # Nearly all that has none is told from the sides, which takes no time: so many rules reach them
    # in twice as many places, if they do not fill a side.
    sides = [side > 0 for side in (ink[0], ink[-1], ink[:, 0], ink[:, -1])]
    reached = sum(int(side[0]) + int(np.count_nonzero(side[1:] > side[:-1])) for side in sides)
    if reached < 2 * (_STROKES + 1) and not any(side.all() for side in sides):
        return False
    relief = ink.astype(np.float32)
    level = _FAINTEST * float(relief.max())
    both = _rules(relief, level) + _rules(np.ascontiguousarray(relief.T), level)
    return len(both) > _STROKES


def _less(relief: Float32Array, rules: Sequence[_Rule]) -> Float32Array:
    """Take rules away, and what is left of their edges."""
    if not rules:
        return relief
    added = _added(rules, relief.shape)
    rest = relief - _MORE * added
    doubtful = _DOUBT * ndimage.maximum_filter(added, 3, mode="nearest")
    return np.where(rest < doubtful, np.minimum(rest, 0), rest).astype(np.float32)


class _Strips(NamedTuple):
    """A picture in strips from top to bottom.

    middles: (S,), of each in pixels. dark: (H, S), as which a row shows at least, where digits do
    not hide it. seen: (H, S) in [0, 1], how surely that is a thin line. side: pixels from its
    middle to where such a line has ended.
    """

    middles: Float64Array
    dark: Float32Array
    seen: Float32Array
    side: int


class _Rule(NamedTuple):
    """A line from side to side.

    curve: (W,), its middle in each column. profile: what it adds at ``offsets`` from there. fading:
    (W,), factors of that. thickness: in pixels.
    """

    curve: Float64Array
    offsets: Float64Array
    profile: Float64Array
    fading: Float64Array
    thickness: float


def _rules(relief: Float32Array, level: float) -> list[_Rule]:
    """The rules from left to right."""
    strips = _strips(relief, level)
    if strips is None:
        return []
    rules = [_rule(relief, strips, path, level) for path in _paths(strips)]
    return [rule for rule in rules if rule is not None]


def _added(rules: Sequence[_Rule], shape: tuple[int, ...]) -> Float32Array:
    """What rules add to a relief, (H, W)."""
    added = np.zeros(shape, np.float32)
    columns = np.arange(shape[1])
    for rule in rules:
        for step in np.arange(np.floor(rule.offsets[0]), np.ceil(rule.offsets[-1]) + 2):
            rows = np.floor(rule.curve + step)
            value = np.interp(rows - rule.curve, rule.offsets, rule.profile, left=0, right=0)
            inside = (rows >= 0) & (rows < shape[0])
            place = rows[inside].astype(np.int64), columns[inside]
            added[place] = np.maximum(added[place], (value * rule.fading)[inside])
    return added


def _strips(relief: Float32Array, level: float) -> _Strips | None:
    """Look at a picture in strips; None where it is too small for it."""
    height, width = relief.shape
    strip = max(-(-width // _STRIPS), min(_NARROW, width // _FEWEST))
    if strip < _NARROWEST:
        return None
    count = width // strip
    first = (width - count * strip) // 2
    columns = relief[:, first : first + count * strip].reshape(height, count, strip)
    rank = int(_HIDDEN * strip)
    dark = np.partition(columns, rank, axis=2)[:, :, rank]
    side = max(_LEAST_SIDE, round(_SIDE * max(height, width)))
    beside = np.pad(dark, ((side, side), (0, 0)))  # beyond the border is paper
    thin = dark - np.maximum(beside[: -2 * side], beside[2 * side :])
    middles = first + strip * (np.arange(count) + 0.5) - 0.5
    return _Strips(middles, dark, np.clip(thin / level, 0, 1), side)


def _slope(strips: _Strips) -> float:
    """Slope of most lines: that along which the rows add up to the sharpest profile."""
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


def _paths(strips: _Strips) -> list[Float64Array]:
    """Paths on which lines are seen, (S,) rows each; beyond the picture they go on."""
    height, count = strips.seen.shape
    number = np.arange(count)
    line = _slope(strips) * (strips.middles - strips.middles.mean())
    drop = np.rint(line).astype(np.int64)
    room = int(np.abs(drop).max())
    rows = np.arange(-room, height + room)[:, None] + drop
    inside = (rows >= 0) & (rows < height)
    seen = np.where(inside, strips.seen[np.clip(rows, 0, height - 1), number], 0)
    dark = np.where(inside, strips.dark[np.clip(rows, 0, height - 1), number], 0)
    # Where most of a path is seen, it gains; and nothing beyond the picture, where none can be.
    gain = np.where(inside, seen - _SEEN, 0)
    common = max(float(np.median(dark[seen > 0.5])), 1e-6) if (seen > 0.5).any() else 1.0
    gain += _STRONGER * seen * np.clip(dark / common, 0, 1)  # strokes are no better than rules
    paths, total = _followed(gain, inside)
    near = max(1, strips.side // 2)
    chosen = _chosen(paths, total, seen[paths, number], inside[paths, number], near)
    return [
        _smoothed(_centred(strips, rows[path, number], common) - line) + line for path in chosen
    ]


def _followed(gain: Float32Array, inside: BoolArray) -> tuple[Int64Array, Float64Array]:
    """The path from left to right to each last row that gains most, (rows, S), and what it gains.

    From strip to strip it goes straight on, or a row up or down.
    """
    count = gain.shape[1]
    total = gain[:, 0].astype(np.float64)
    steps = np.zeros(gain.shape, np.int64)
    for i in range(1, count):
        # Beyond the picture it goes straight on, lest all paths there join the clearest of them.
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


def _centred(strips: _Strips, path: Int64Array, most: float) -> Float64Array:
    """Bring a path to the middle of what is dark round it, by parts of a pixel."""
    near = np.arange(-_NEAR, _NEAR + 1)
    rows = path + near[:, None]
    height, count = strips.dark.shape
    there = np.clip(rows, 0, height - 1), np.arange(count)
    weight = np.where((rows >= 0) & (rows < height), np.clip(strips.dark[there], 0, most), 0)
    mass = weight.sum(axis=0)
    return path + (near @ weight) / np.where(mass > 0, mass, 1.0)


def _smoothed(path: Float64Array) -> Float64Array:
    """Take what strokes beside a rule do to its path away."""
    path = np.pad(path, _MARGIN, mode="reflect", reflect_type="odd")  # it goes on as it does there
    path = ndimage.gaussian_filter1d(ndimage.median_filter(path, _OUTLIERS), _SMOOTH)
    return np.asarray(path[_MARGIN:-_MARGIN])


def _chosen(
    paths: Int64Array,
    gain: Float64Array,
    seen: Float32Array,
    inside: BoolArray,
    near: int,
) -> list[Int64Array]:
    """Choose the paths (P, S) that are lines, each once."""
    count = seen.shape[1]
    passed = inside.sum(axis=1)
    share = seen.sum(axis=1) / np.maximum(passed, 1)
    whole = passed == count
    good = (share >= np.where(whole, _SEEN, _SEEN_OF_SHORT)) & (passed >= _SHORTEST * count)
    end = max(1, round(_END * count))
    for part in (slice(0, end), slice(count - end, count)):
        there = inside[:, part].sum(axis=1)
        good &= (there == 0) | (seen[:, part].sum(axis=1) >= _SEEN_AT_ENDS * there)
    if not (good & whole).any():
        return []
    order = np.flatnonzero(good)
    # Whole ones first, the clearest first: what runs into one of them is no other.
    order = order[np.lexsort((-gain[order], ~whole[order]))]
    chosen: list[int] = []
    for i in order.tolist():
        same = (np.abs(paths[chosen] - paths[i]) <= near) & inside[i]
        if same.sum(axis=1).max(initial=0) <= _SAME * passed[i]:
            chosen.append(i)
    return [paths[i] for i in chosen]


def _rule(relief: Float32Array, strips: _Strips, path: Float64Array, level: float) -> _Rule | None:
    """Measure a line along a path; None where it is not thin or not dark."""
    height, width = relief.shape
    middles = strips.middles
    columns = np.arange(width)
    curve = np.interp(columns, middles, path)
    for first, last, beyond in ((0, 2, columns < middles[0]), (-3, -1, columns > middles[-1])):
        slope = (path[last] - path[first]) / (middles[last] - middles[first])
        curve[beyond] = path[last] + slope * (columns[beyond] - middles[last])
    sampled = columns[(curve >= 0) & (curve <= height - 1)][:: -(-width // _SAMPLES)]
    rows = np.rint(path).astype(np.int64)
    inside = np.flatnonzero((rows >= 0) & (rows < height))
    if len(sampled) == 0 or len(inside) == 0:
        return None
    offsets = np.arange(-2 * strips.side, 2 * strips.side + 1) / 2
    places = curve[sampled] + offsets[:, None]
    band = ndimage.map_coordinates(
        relief, [places, np.broadcast_to(sampled, places.shape)], order=1, mode="nearest"
    )
    profile = np.quantile(band, _HIDDEN, axis=1)
    middle = int(profile.argmax())
    peak = float(profile[middle])
    thickness = np.count_nonzero(profile > peak / 2) / 2
    astray = abs(offsets[middle]) > strips.side / 2
    if peak < 0.7 * level or astray or width < _LENGTH * thickness:
        return None
    faint = np.flatnonzero(profile < _TAIL * peak)
    first = int(faint[faint < middle].max(initial=-1)) + 1
    last = int(faint[faint > middle].min(initial=len(profile)))
    # It may be darker at one side of the picture than at the other.
    local = ndimage.median_filter(strips.dark[rows[inside], inside], _LOCAL, mode="nearest")
    fading = np.clip(local / max(float(np.median(local)), 1e-9), *_FADING)
    return _Rule(
        curve,
        offsets[first:last],
        profile[first:last].astype(np.float64),
        np.interp(columns, middles[inside], fading),
        thickness,
    )
