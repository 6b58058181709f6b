"""One line of digits, marks and other ink, and which pieces of its ink are marks.

Also in a line: letters and other signs, digits with gaps in their strokes, dirt, and dots where an
i has its dot. Some lines are by neat hands; in some, marks touch digits, and their ink is cut. The
strokes of a character are known, so each connected component of the ink is known to be of a
character, of several that touch, or of none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from digitrec.arrays import BoolArray, Float32Array, Float64Array, Int64Array, Uint8Array
from digitrec.data.marks.shapes import make_mark
from digitrec.data.marks.writers import MarkWriters
from digitrec.data.rendering.canvas_placement import Strokes
from digitrec.data.rendering.stroke_augmentation import augment_strokes
from digitrec.data.synthetic.neat_hands import make_neat_hand
from digitrec.data.synthetic.resampling import resample
from digitrec.data.synthetic.text_lines import RightEdge, row_extents, set_mark, set_on_baseline
from digitrec.drawing.rasterise import rasterise
from digitrec.drawing.strokes import Stroke
from digitrec.imaging.components import label
from digitrec.imaging.lines.mark_windows import (
    MIDDLE,
    Inked,
    local_middles,
    mark_windows,
    possible_marks,
    possible_marks_of_parts,
)
from digitrec.imaging.lines.seams import CutPart, cut_along_seams
from digitrec.models.marks import MARKS, NO_MARK, WINDOW

__all__ = ["make_line"]

# Lengths are in heights of a digit, unless another unit is given.
_DIGITS = (1, 8)
# Shares of the lines that have no marks, and of the lines whose marks are all of one kind.
_PLAIN, _ALIKE = 0.3, 0.35
# In lines with marks, the share of the places between digits that have one, and the shares of the
# lines with one before the first digit and after the last.
_MARKED, _FIRST, _LAST = 0.45, 0.15, 0.2
_OTHERS = 0.06  # share of letters and signs among the digits
# Share of the points that are enlarged, and by what factor.
_LARGE_POINTS, _LARGER = 0.25, (1.0, 2.5)
_MADE = 0.3  # share of the marks that nobody wrote
# Share of the digits with a gap in a stroke, and how much longer the gap is than the pen is wide.
_BROKEN, _BREAK = 0.15, (0.03, 0.14)
# Share of the lines with dirt, the most specks in one, and the greatest unit of their size, which
# is otherwise the width of the pen.
_DIRTY, _MAX_DIRT, _MAX_GRAIN = 0.4, 4, 0.1
# Widths of usual pens and of bold ones, and the share of the bold ones.
_PEN, _BOLD_PEN, _BOLD = (0.03, 0.16), (0.16, 0.26), 0.12
_NEAT = 0.25  # share of the lines by hands that write neatly
# Share of the lines whose marks may touch digits, and how far they may overlap.
_TOUCHING, _MAX_OVERLAP = 0.3, 0.16
_HEIGHTS = (13.0, 72.0)  # pixels
_SLANT, _ANGLE = 0.12, 2.0  # standard deviation; degrees
_VARIED = 0.5  # share of the characters whose strokes are varied
# Share of the characters as a coarse device records them, and its steps across a character.
_STEPPED, _STEPS = 0.15, (8, 30)
_MIN_SIZE = 0.05  # ink both lower and narrower is left out, as when a page is read
_UNSURE_HEIGHT = 0.08  # error of the height that is taken for that of the digits, as a logarithm
_NO_MARKS = 5  # windows of a line that show no mark, at most
_CUT = 0.7  # share of the lines where digits are cut into parts that are not marks
_NO_MARKS_OF_PARTS = 3  # windows with parts of digits, at most
# Parts are a mark if they share at least `_SAME` of its ink, and not a mark if they share less than
# `_OTHER`; in between, they are left out.
_SAME, _OTHER = 0.7, 0.45
_STRONG = 0.5  # least level of the ink that counts for these shares


class LineWindows(NamedTuple):
    """What the network sees of a line.

    Attributes:
        images: uint8 (N, 32, 96), made by `digitrec.imaging.lines.mark_windows`.
        labels: int64 (N,), classes of `digitrec.models.marks`.
    """

    images: Uint8Array
    labels: Int64Array


class _Written(NamedTuple):
    """A character in its place: its class, and its strokes."""

    label: int
    strokes: list[Float64Array]


class _Piece(NamedTuple):
    """A connected component of the ink; see `digitrec.imaging.lines.mark_windows.Inked`."""

    left: int
    top: int
    ink: Float32Array


def make_line(writers: MarkWriters, rng: np.random.Generator) -> LineWindows:
    """Write a line, and look at some of what may be marks in it."""
    pen = float(np.exp(rng.uniform(*np.log(_BOLD_PEN if rng.uniform() < _BOLD else _PEN))))
    written = _write(writers, rng, pen)
    dirt = _dirt(rng, written, pen)
    height = float(np.exp(rng.uniform(*np.log(_HEIGHTS))))
    angle = np.radians(np.clip(rng.normal(0, _ANGLE), -8, 8))
    turn = height * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points = np.concatenate([path for one in written for path in one.strokes]) @ turn
    low = points.min(axis=0) - 1.6 * height
    width, tall = np.ceil(points.max(axis=0) - low + 1.6 * height).astype(int).tolist()
    placed = [_Written(one.label, [path @ turn - low for path in one.strokes]) for one in written]
    strokes = [Stroke(path, pen * height) for one in placed for path in one.strokes]
    strokes += [Stroke((place @ turn - low)[None], size * height) for place, size in dirt]
    ink = rasterise(strokes, width, tall).astype(np.float32) / 255
    if rng.uniform() < 0.5:
        ink = ndimage.gaussian_filter(ink, rng.uniform(0, 0.03) * height)
        ink[ink < 0.08] = 0
    labels, _ = label(ink)
    owners = _owners(placed, labels.astype(np.int64))
    pieces, kinds = [], []
    for number, box in enumerate(ndimage.find_objects(labels), 1):
        crop = np.where(labels[box] == number, ink[box], np.float32(0))
        if max(crop.shape) < max(_MIN_SIZE * height, 2):
            continue
        pieces.append(_Piece(box[1].start, box[0].start, crop))
        kinds.append(owners.get(number, frozenset()))
    if not pieces:
        return LineWindows(np.zeros((0, *WINDOW), np.uint8), np.zeros(0, np.int64))
    taken_for = height * float(np.exp(rng.normal(0, _UNSURE_HEIGHT)))
    return _look(placed, pieces, kinds, taken_for, pen * height, rng)


def _write(writers: MarkWriters, rng: np.random.Generator, pen: float) -> list[_Written]:
    """Write characters side by side; the baseline is at 0."""
    own = writers.digits[int(rng.integers(len(writers.digits)))]
    if rng.uniform() < _NEAT:
        own = make_neat_hand(rng)
    slant = rng.normal(0, _SLANT)
    count = int(rng.integers(_DIGITS[0], _DIGITS[1] + 1))
    characters: list[_Written] = []
    marks = _marks_of_line(rng)

    def add_mark(share: float) -> None:
        if not marks or rng.uniform() >= share:
            return
        mark = marks[int(rng.integers(len(marks)))]
        strokes: Strokes = make_mark(mark, rng)
        if writers.marks[mark] and rng.uniform() > _MADE:
            strokes = writers.marks[mark][int(rng.integers(len(writers.marks[mark])))]
        placed = set_mark(_varied(strokes, rng), mark, rng, slant)
        if mark == "." and rng.uniform() < _LARGE_POINTS:
            placed = _enlarged(placed, rng.uniform(*_LARGER))
        characters.append(_Written(MARKS.index(mark), placed))

    add_mark(_FIRST)
    for number in range(count):
        if number:
            add_mark(_MARKED)
        strokes = own[int(rng.integers(len(own)))]
        if len(writers.others) and rng.uniform() < _OTHERS:
            strokes = writers.others[int(rng.integers(len(writers.others)))]
        paths = set_on_baseline(_varied(strokes, rng), rng, slant)
        if rng.uniform() < _BROKEN:
            paths = _broken(paths, rng, pen)
        characters.append(_Written(NO_MARK, paths))
    add_mark(_LAST)
    return _side_by_side(characters, rng, pen)


def _enlarged(paths: Sequence[Float64Array], times: float) -> list[Float64Array]:
    middle = np.concatenate(list(paths)).mean(axis=0)
    return [(path - middle) * times + middle for path in paths]


def _marks_of_line(rng: np.random.Generator) -> str:
    """Choose which marks a line may have: none, one, as a date has, or any."""
    kind = rng.uniform()
    if kind < _PLAIN:
        return ""
    return MARKS[int(rng.integers(len(MARKS)))] if kind < _PLAIN + _ALIKE else MARKS


def _side_by_side(
    characters: Sequence[_Written], rng: np.random.Generator, pen: float
) -> list[_Written]:
    out: list[_Written] = []
    edge = RightEdge()
    wide = rng.uniform() < 0.15  # spaces in this line
    touching = rng.uniform() < _TOUCHING
    for one in characters:
        low, high = row_extents(one.strokes, pen)
        left = float(low.min())
        shift = -left
        if out:
            marked = one.label != NO_MARK or out[-1].label != NO_MARK
            gap = rng.uniform(-0.05, 0.4) if marked else -0.2 + 0.4 * np.exp(0.5 * rng.normal())
            gap += rng.uniform(0.5, 2.0) if wide and rng.uniform() < 0.25 else 0.0
            apart = edge.touching(low) + rng.uniform(-0.02 if not marked else 0.0, 0.08)
            shift = max(edge.last + gap - left, apart)
            if marked and touching and np.isfinite(apart):
                shift = edge.touching(low) - rng.uniform(0, _MAX_OVERLAP)
        out.append(_Written(one.label, [path + np.array([shift, 0.0]) for path in one.strokes]))
        edge.add(high, shift)
    return out


def _varied(strokes: Strokes, rng: np.random.Generator) -> Strokes:
    paths = [np.asarray(path, np.float64) for path in strokes]
    if rng.uniform() < _VARIED:
        paths = augment_strokes(paths, rng)
    return _stepped(paths, rng) if rng.uniform() < _STEPPED else paths


def _stepped(paths: Sequence[Float64Array], rng: np.random.Generator) -> list[Float64Array]:
    """Round points to the steps of a device that sees few places."""
    step = max(float(np.ptp(np.concatenate(list(paths)), axis=0).max()), 1e-9)
    step /= rng.uniform(*_STEPS)
    return [np.rint(path / step) * step for path in paths]


def _broken(paths: list[Float64Array], rng: np.random.Generator, pen: float) -> list[Float64Array]:
    """Take a piece out of a stroke of a digit, so that the pen leaves a gap there."""
    number = int(rng.integers(len(paths)))
    path = resample(paths[number], 0.02)
    gap = round((pen + rng.uniform(*_BREAK)) / 0.02)
    if len(path) < gap + 6:
        return paths
    start = int(rng.integers(2, len(path) - gap - 2))
    return [*paths[:number], path[:start], path[start + gap :], *paths[number + 1 :]]


def _dirt(
    rng: np.random.Generator, written: Sequence[_Written], pen: float
) -> list[tuple[Float64Array, float]]:
    """Return the place and the size of each dot that belongs to nothing."""
    if rng.uniform() > _DIRTY:
        return []
    right = max(float(path[:, 0].max()) for one in written for path in one.strokes)
    dots = []
    grain = min(pen, _MAX_GRAIN)  # a bold pen makes no dirt larger
    for _ in range(int(rng.integers(1, _MAX_DIRT + 1))):
        place = np.array([rng.uniform(-0.5, right + 0.5), rng.uniform(-1.5, 0.6)])
        # Where a decimal point stands, only what is finer than the pen is dirt.
        like_a_point = -0.3 < place[1] < 0.25
        size = grain * (rng.uniform(0.15, 0.5) if like_a_point else rng.uniform(0.2, 1.6))
        dots.append((place, float(size)))
    return dots


def _owners(placed: Sequence[_Written], labels: Int64Array) -> dict[int, frozenset[int]]:
    """Return for components of the ink, by number, which characters they are of."""
    found: dict[int, set[int]] = {}
    tall, width = labels.shape
    for number, one in enumerate(placed):
        for path in one.strokes:
            columns, rows = np.floor(resample(path, 0.5)).astype(int).T
            inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < tall)
            for component in np.unique(labels[rows[inside], columns[inside]]).tolist():
                found.setdefault(component, set()).add(number)
    found.pop(0, None)
    return {component: frozenset(numbers) for component, numbers in found.items()}


def _look(
    placed: Sequence[_Written],
    pieces: Sequence[_Piece],
    kinds: Sequence[frozenset[int]],
    height: float,
    pen: float,
    rng: np.random.Generator,
) -> LineWindows:
    """Draw the windows of all marks that stand free or can be cut off, and some of other ink."""
    boxes = _boxes(pieces)
    whole = {
        frozenset(i for i, kind in enumerate(kinds) if number in kind): one.label
        for number, one in enumerate(placed)
        if one.label != NO_MARK and all(kind == {number} for kind in kinds if number in kind)
    }
    groups = possible_marks(boxes, height)
    labels = np.array([whole.get(frozenset(group), NO_MARK) for group in groups], np.int64)
    others = np.flatnonzero(labels == NO_MARK)
    kept = np.append(np.flatnonzero(labels != NO_MARK), rng.permutation(others)[:_NO_MARKS]).astype(
        np.int64
    )
    chosen = [groups[i] for i in kept.tolist()]
    middles = local_middles(boxes, height, chosen)
    images = [mark_windows(pieces, chosen, middles, height)]
    found = [labels[kept]]
    for i in _to_cut(placed, kinds, rng):
        elsewhere = frozenset[int]().union(*kinds[:i], *kinds[i + 1 :])
        touching = [
            placed[number] for number in kinds[i] - elsewhere if placed[number].label != NO_MARK
        ]
        cut = _look_at_parts(pieces, i, touching, height, pen, rng)
        images.append(cut.images)
        found.append(cut.labels)
    windows, all_labels = np.concatenate(images), np.concatenate(found)
    seen = (windows > MIDDLE).any(axis=(1, 2))  # dirt far from the line is not
    return LineWindows(windows[seen], all_labels[seen])


def _boxes(pieces: Sequence[Inked]) -> Float64Array:
    return np.array(
        [(p.left, p.top, p.left + p.ink.shape[1], p.top + p.ink.shape[0]) for p in pieces],
        np.float64,
    ).reshape(-1, 4)


def _to_cut(
    placed: Sequence[_Written], kinds: Sequence[frozenset[int]], rng: np.random.Generator
) -> list[int]:
    """Return which pieces are cut: those where a mark touches a digit, and now and then another."""
    joined = [
        i
        for i, kind in enumerate(kinds)
        if len(kind) > 1 and any(placed[number].label != NO_MARK for number in kind)
    ]
    others = [i for i, kind in enumerate(kinds) if kind and i not in joined]
    if others and rng.uniform() < _CUT:
        joined.append(others[int(rng.integers(len(others)))])
    return joined


def _look_at_parts(
    pieces: Sequence[_Piece],
    number: int,
    marks: Sequence[_Written],
    height: float,
    pen: float,
    rng: np.random.Generator,
) -> LineWindows:
    """Cut a piece, and draw the windows of parts that are a mark, and of some that are not.

    marks: those whose ink is in the piece. pen: its width, in pixels.
    """
    piece = pieces[number]
    cut = cut_along_seams(piece.ink, height, beside_bridges=True)
    parts = [_cropped(piece, one) for one in cut]
    everything = [*pieces[:number], *pieces[number + 1 :], *parts]
    own = [_ink_of(one, piece, pen) for one in marks]
    labels: list[int] = []
    groups = []
    for group in possible_marks_of_parts(_boxes(parts), height):
        ink = np.zeros(piece.ink.shape, bool)
        for part in (parts[i] for i in group):
            rows, columns = part.top - piece.top, part.left - piece.left
            tall, wide = part.ink.shape
            ink[rows : rows + tall, columns : columns + wide] |= part.ink > _STRONG
        shares = [float((ink & one).sum() / max((ink | one).sum(), 1)) for one in own]
        best = max(range(len(shares)), key=lambda i: shares[i], default=-1)
        if best >= 0 and _OTHER <= shares[best] < _SAME:
            continue  # it is too little, or too much, to say
        labels.append(marks[best].label if best >= 0 and shares[best] >= _SAME else NO_MARK)
        groups.append(tuple(len(pieces) - 1 + i for i in group))
    known = np.array(labels, np.int64)
    others = rng.permutation(np.flatnonzero(known == NO_MARK))[:_NO_MARKS_OF_PARTS]
    kept = np.append(np.flatnonzero(known != NO_MARK), others).astype(np.int64)
    chosen = [groups[i] for i in kept.tolist()]
    middles = local_middles(_boxes(everything), height, chosen)
    images = mark_windows(everything, chosen, middles, height, are_cut=True)
    return LineWindows(images, known[kept])


def _cropped(piece: _Piece, part: CutPart) -> _Piece:
    rows = np.flatnonzero(part.ink.any(axis=1))
    columns = np.flatnonzero(part.ink.any(axis=0))
    ink = part.ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return _Piece(piece.left + part.left + int(columns[0]), piece.top + int(rows[0]), ink)


def _ink_of(mark: _Written, piece: _Piece, pen: float) -> BoolArray:
    """Return where the ink of a mark is in a piece."""
    tall, wide = piece.ink.shape
    away = np.array([piece.left, piece.top])
    drawn = rasterise([Stroke(path - away, pen) for path in mark.strokes], wide, tall)
    return (drawn > 255 * _STRONG) & (piece.ink > _STRONG)
