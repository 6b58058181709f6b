"""Which characters of UNIPEN are left out because their file, their ink or their label is faulty.

About one digit in a hundred is cut or has a wrong label. The rules compare a character with others
of its label, and of its writer; they were found by looking at what the data holds, and
what they cannot find is listed by file. A character is counted under the first rule that it breaks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable
from dataclasses import replace

import numpy as np

from digitrec.arrays import BoolArray, Float64Array, Int64Array
from digitrec.data.unipen.listed_faults import CUT, MISLABELLED
from digitrec.data.unipen.segments import Characters, kind_of, source_of

__all__ = ["DAMAGED", "NO_CHARACTER", "drop_faulty"]

DAMAGED = "damaged file"
"""The file of labels or of ink is missing or cannot be parsed, or lacks the segment's strokes."""
NO_CHARACTER = "not one character"
"""The label is not one character of ASCII."""
TWO_LABELS = "two labels"
"""The same ink has another label as well."""
REPEATED = "repeated ink"
"""The same ink, with the same label, comes earlier."""
DOT = "dot"
"""A digit or a letter whose size is below a sixth of its writer's median."""
LINE = "line"
"""A straight line whose label is not written as one, or that lies although its label is upright."""
SCRIBBLE = "scribble"
"""A digit or a letter whose pen went, relative to its size, over four times its label's median."""
SEVERAL = "several"
"""A digit, or a small letter over twice as wide as its label's median, in parts side by side."""
LACKS_STROKE = "lacks a stroke"
"""Fewer strokes than the median of at least four by its writer, and less than 80% of the pen's way;
or a sign in one stroke where less than 5% of that sign in the other sources are: a $ without its
bar."""
LISTED = "listed"
"""A digit that is cut or mislabelled to a person's eye (`digitrec.data.unipen.listed_faults`)."""

_LINES = "1lI|!/\\-_'`,.()[]<>^~:;\"=ij"  # labels that may be a straight line, or lose a dot
_UPRIGHT = "1lI"
_WHOLE = "1lI0"  # a 1 without its foot and a 0 without its slash are whole
_HABIT = 4  # fewer examples by a writer do not show a habit
_GAPPED = "4"  # digits that people write in two parts side by side
# One stroke is rare for a label if fewer than the share `_RARE` of at least `_MANY` examples from
# other sources have one.
_RARE, _MANY = 0.05, 20


def drop_faulty(characters: Characters) -> Characters:
    """Return the characters that break no rule, with the counts of all others.

    Writers of a source who share ink are one person, who has another name in each session, and
    become one writer.
    """
    inks = _inks(characters)
    characters = _join_writers(characters, inks)
    rules = {
        **_repetitions(characters, inks),
        **_shapes(characters),
        LISTED: _listed(characters),
    }
    kept = np.ones(len(characters), np.bool_)
    dropped = Counter(characters.dropped)
    sources = np.array([source_of(name) for name in characters.writer_names] or [""])
    for rule, faulty in rules.items():
        for source in sources[characters.writers[kept & faulty]].tolist():
            dropped[rule, source] += 1
        kept &= ~faulty
    return characters.select(kept, dropped)


def _listed(characters: Characters) -> BoolArray:
    listed = CUT | MISLABELLED
    places = zip(characters.files.tolist(), characters.lines.tolist(), strict=True)
    return np.array(
        [f"{characters.file_names[file]}:{line}" in listed for file, line in places], np.bool_
    )


def _inks(characters: Characters) -> list[Hashable]:
    """Return a key for each character that is equal only for the same ink of the same source."""
    found: list[Hashable] = []
    for i, writer in enumerate(characters.writers):
        bounds = characters.stroke_starts[characters.starts[i] : characters.starts[i + 1] + 1]
        ink = characters.points[bounds[0] : bounds[-1]].tobytes()
        shape = tuple(np.diff(bounds).tolist())
        found.append((source_of(characters.writer_names[writer]), shape, ink))
    return found


_SHARED = 12  # equal ink of this many points is not chance; a dot may be anyone's


def _join_writers(characters: Characters, inks: list[Hashable]) -> Characters:
    first = list(range(len(characters.writer_names)))

    def root(writer: int) -> int:
        while first[writer] != writer:
            writer = first[writer]
        return writer

    seen: dict[Hashable, int] = {}
    ends = characters.stroke_starts[characters.starts]
    for ink, writer, points in zip(inks, characters.writers.tolist(), np.diff(ends), strict=True):
        if points >= _SHARED:
            low, high = sorted((root(seen.setdefault(ink, writer)), root(writer)))
            first[high] = low
    joined = np.array([root(writer) for writer in first] or [0], np.int64)
    return replace(characters, writers=joined[characters.writers])


def _repetitions(characters: Characters, inks: list[Hashable]) -> dict[str, BoolArray]:
    labels: dict[Hashable, set[int]] = defaultdict(set)
    for ink, label in zip(inks, characters.labels.tolist(), strict=True):
        labels[ink].add(label)
    contradictory = np.array([len(labels[ink]) > 1 for ink in inks], np.bool_)
    seen: set[Hashable] = set()
    repeated = np.zeros(len(inks), np.bool_)
    for i, ink in enumerate(inks):
        repeated[i] = ink in seen
        seen.add(ink)
    return {TWO_LABELS: contradictory, REPEATED: repeated}


def _shapes(characters: Characters) -> dict[str, BoolArray]:
    if not len(characters):
        return {}
    labels = np.array([chr(label) for label in characters.labels])
    kinds = np.array([kind_of(chr(code)) for code in range(128)])[characters.labels]
    first = characters.stroke_starts[characters.starts[:-1]]
    counts = np.diff(characters.stroke_starts[characters.starts])
    points = characters.points.astype(np.float64)
    low, high = np.minimum.reduceat(points, first), np.maximum.reduceat(points, first)
    width, height = (high - low).T
    size = np.maximum(width, height)
    typical = _group_median(size, characters.writers, kinds)
    solid = kinds != "symbol"
    way = _way(characters, points) / np.maximum(size, 1e-9)
    thinness, slope = _axes(points, first, counts)
    is_line = (thinness < 0.1) & ~np.isin(labels, list(_LINES))
    lies = np.isin(labels, list(_UPRIGHT)) & (thinness < 0.2) & (slope < np.tan(np.radians(25)))
    strokes = np.diff(characters.starts)
    aspect = width / np.maximum(height, 1e-9)
    wide = (aspect > 2 * _group_median(aspect, labels)) & (kinds == "small letter")
    one_part = (kinds == "digit") & ~np.isin(labels, list(_GAPPED))
    whole = np.isin(labels, list(_WHOLE))
    sources = np.array([source_of(name) for name in characters.writer_names])
    own_strokes = _group_median(strokes, characters.writers, labels)
    own_way = _group_median(way, characters.writers, labels)
    own = _groups(characters.writers, labels)
    whole |= np.bincount(own)[own] < _HABIT
    return {
        DOT: solid & (size < typical / 6),
        LINE: solid & (is_line | lies),
        SCRIBBLE: solid & (way > 4 * _group_median(way, labels)),
        SEVERAL: (wide | one_part) & _beside(characters, points),
        LACKS_STROKE: (~whole & (strokes < own_strokes) & (way < 0.8 * own_way))
        | (~solid & _rarely_one_stroke(labels, sources[characters.writers], strokes == 1)),
    }


def _rarely_one_stroke(labels: np.ndarray, sources: np.ndarray, one_stroke: BoolArray) -> BoolArray:
    """Find characters of one stroke whose label has more strokes in nearly all other sources."""
    found = np.zeros(len(labels), np.bool_)
    for label, source in set(zip(labels[one_stroke], sources[one_stroke], strict=True)):
        own = labels == label
        others = one_stroke[own & (sources != source)]
        if len(others) >= _MANY and others.mean() < _RARE:
            found |= own & (sources == source) & one_stroke
    return found


def _groups(*keys: np.ndarray) -> Int64Array:
    """Return the number of the group of each value; values with the same keys are a group."""
    group = np.zeros(len(keys[0]), np.int64)
    for key in keys:
        codes = np.unique(key, return_inverse=True)[1]
        group = np.unique(group * (int(codes.max()) + 1) + codes, return_inverse=True)[1]
    return group.astype(np.int64)


def _group_median(values: Float64Array | Int64Array, *keys: np.ndarray) -> Float64Array:
    """Return for each value the median of its group."""
    group = _groups(*keys)
    counts = np.bincount(group)
    starts = np.cumsum(counts) - counts
    ranked = np.asarray(values, np.float64)[np.lexsort((values, group))]
    medians = (ranked[starts + (counts - 1) // 2] + ranked[starts + counts // 2]) / 2
    return np.asarray(medians[group], np.float64)


def _way(characters: Characters, points: Float64Array) -> Float64Array:
    """Return how far the pen went on the paper for each character."""
    steps = np.zeros(len(points))
    steps[1:] = np.hypot(*np.diff(points, axis=0).T)
    steps[characters.stroke_starts[:-1]] = 0
    sums: Float64Array = np.add.reduceat(steps, characters.stroke_starts[characters.starts[:-1]])
    return sums


def _axes(
    points: Float64Array, first: Int64Array, counts: Int64Array
) -> tuple[Float64Array, Float64Array]:
    """Return the spread across the main axis over that along it, and the axis's |dy / dx|."""
    centred = points - np.repeat(np.add.reduceat(points, first) / counts[:, None], counts, axis=0)
    xx, yy, xy = (
        np.add.reduceat(product, first) / counts
        for product in (centred[:, 0] ** 2, centred[:, 1] ** 2, centred[:, 0] * centred[:, 1])
    )
    root = np.hypot((xx - yy) / 2, xy)
    largest, least = (xx + yy) / 2 + root, np.maximum((xx + yy) / 2 - root, 0)
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    return np.sqrt(least / np.maximum(largest, 1e-9)), np.abs(np.tan(angle))


def _beside(characters: Characters, points: Float64Array) -> BoolArray:
    """Find characters in two parts with a gap between them, each of at least half the height."""
    low = np.minimum.reduceat(points, characters.stroke_starts[:-1])
    high = np.maximum.reduceat(points, characters.stroke_starts[:-1])
    found = np.zeros(len(characters), np.bool_)
    for i in np.flatnonzero(np.diff(characters.starts) > 1):
        chosen = np.arange(characters.starts[i], characters.starts[i + 1])
        chosen = chosen[np.argsort(low[chosen, 0])]
        height = np.ptp(np.concatenate([low[chosen, 1], high[chosen, 1]]))
        right = np.maximum.accumulate(high[chosen, 0])
        for cut in np.flatnonzero(low[chosen[1:], 0] > right[:-1]) + 1:
            parts = (chosen[:cut], chosen[cut:])
            found[i] |= all(high[part, 1].max() - low[part, 1].min() > height / 2 for part in parts)
    return found
