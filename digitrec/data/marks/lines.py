"""One line of digits, marks and other ink: writing it, and drawing it.

Also in a line: letters and other signs, digits with gaps in their strokes, dirt, and dots where an
i has its dot. Some lines are by neat hands; in some, marks touch digits. The strokes of a character
are known, so each connected component of the ink is known to be of a character, of several that
touch, or of none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from digitrec.arrays import Float32Array, Float64Array, Int64Array
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
from digitrec.models.marks import MARKS, NO_MARK

__all__ = ["Character", "DrawnLine", "LinePiece", "draw_line"]

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
# Shares of the lines with wide spaces, and of the gaps there that are; how much wider those are.
_SPACED, _SPACES, _SPACE = 0.15, 0.25, (0.5, 2.0)
# The gap between a mark and what is beside it; negative where their extents overlap.
_MARK_GAP = (-0.05, 0.4)
# The same between two digits: never less than the first, on top of that log-normal with this median
# and this standard deviation.
_LEAST_GAP, _DIGIT_GAP, _GAP_SPREAD = -0.2, 0.4, 0.5
# How far apart the ink of two characters is at least, in any row: two digits, or one and a mark.
_APART, _APART_FROM_MARK = (-0.02, 0.08), (0.0, 0.08)
_HEIGHTS = (13.0, 72.0)  # pixels
# Standard deviations of the slant, and of the angle at which the line runs, in degrees.
_SLANT, _ANGLE = 0.12, 2.0
_MAX_ANGLE = 8  # degrees either way
_AROUND = 1.6  # room around the characters
# Share of the lines that are blurred, the greatest standard deviation of the blur, and the level in
# [0, 1] below which blurred ink is cut off, so that blur alone joins no characters.
_BLURRED, _MAX_BLUR, _FAINT = 0.5, 0.03, 0.08
_VARIED = 0.5  # share of the characters whose strokes are varied
# Share of the characters as a coarse device records them, and its steps across a character.
_STEPPED, _STEPS = 0.15, (8, 30)
_MIN_SIZE = 0.05  # ink both lower and narrower is left out, as when a page is read


class Character(NamedTuple):
    """A character in its place.

    Attributes:
        label: Its class of `digitrec.models.marks`.
        strokes: Each (P, 2): x, y; y down.
    """

    label: int
    strokes: list[Float64Array]


class LinePiece(NamedTuple):
    """A connected component of the ink; see `digitrec.imaging.lines.mark_windows.Inked`."""

    left: int
    top: int
    ink: Float32Array


class DrawnLine(NamedTuple):
    """The ink of a line, and which of its characters each piece of it is of.

    Attributes:
        characters: In pixels.
        pieces: The connected components of the ink.
        owners: Of each piece, the indices of the characters whose ink is in it; none of dirt.
        height: Of its digits, in pixels.
        pen: Width of the pen, in pixels.
    """

    characters: list[Character]
    pieces: list[LinePiece]
    owners: list[frozenset[int]]
    height: float
    pen: float


def draw_line(writers: MarkWriters, rng: np.random.Generator) -> DrawnLine:
    """Write a line, and draw it at some size and angle; what is too small for a mark is left out.

    Args:
        writers: Whose handwriting it is made of.
        rng: Chooses all else.
    """
    pen = float(np.exp(rng.uniform(*np.log(_BOLD_PEN if rng.uniform() < _BOLD else _PEN))))
    written = _write(writers, rng, pen)
    dirt = _dirt(rng, written, pen)
    height = float(np.exp(rng.uniform(*np.log(_HEIGHTS))))
    angle = np.radians(np.clip(rng.normal(0, _ANGLE), -_MAX_ANGLE, _MAX_ANGLE))
    turn = height * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points = np.concatenate([path for one in written for path in one.strokes]) @ turn
    low = points.min(axis=0) - _AROUND * height
    width, tall = np.ceil(points.max(axis=0) - low + _AROUND * height).astype(int).tolist()
    placed = [Character(one.label, [path @ turn - low for path in one.strokes]) for one in written]
    strokes = [Stroke(path, pen * height) for one in placed for path in one.strokes]
    strokes += [Stroke((place @ turn - low)[None], size * height) for place, size in dirt]
    ink = rasterise(strokes, width, tall).astype(np.float32) / np.float32(255)
    if rng.uniform() < _BLURRED:
        ink = ndimage.gaussian_filter(ink, rng.uniform(0, _MAX_BLUR) * height)
        ink[ink < _FAINT] = 0
    pieces, owners = _pieces(ink, placed, max(_MIN_SIZE * height, 2))
    return DrawnLine(placed, pieces, owners, height, pen * height)


def _pieces(
    ink: Float32Array, placed: Sequence[Character], least: float
) -> tuple[list[LinePiece], list[frozenset[int]]]:
    """Return the connected components of ink, and the characters of each.

    Args:
        ink: Shape (H, W), in [0, 1].
        placed: The characters, in pixels.
        least: The longer side, in pixels, below which a component is left out.
    """
    labels, _ = label(ink)
    owners = _owners(placed, labels.astype(np.int64))
    pieces, found = [], []
    for number, box in enumerate(ndimage.find_objects(labels), 1):
        crop = np.where(labels[box] == number, ink[box], np.float32(0))
        if max(crop.shape) < least:
            continue
        pieces.append(LinePiece(box[1].start, box[0].start, crop))
        found.append(owners.get(number, frozenset()))
    return pieces, found


def _write(writers: MarkWriters, rng: np.random.Generator, pen: float) -> list[Character]:
    """Write characters side by side; the baseline is at 0."""
    own = writers.digits[int(rng.integers(len(writers.digits)))]
    if rng.uniform() < _NEAT:
        own = make_neat_hand(rng)
    slant = rng.normal(0, _SLANT)
    count = int(rng.integers(_DIGITS[0], _DIGITS[1] + 1))
    characters: list[Character] = []
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
        characters.append(Character(MARKS.index(mark), placed))

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
        characters.append(Character(NO_MARK, paths))
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
    characters: Sequence[Character], rng: np.random.Generator, pen: float
) -> list[Character]:
    out: list[Character] = []
    edge = RightEdge()
    spaced = rng.uniform() < _SPACED
    touching = rng.uniform() < _TOUCHING
    for one in characters:
        low, high = row_extents(one.strokes, pen)
        left = float(low.min())
        shift = -left
        if out:
            marked = one.label != NO_MARK or out[-1].label != NO_MARK
            gap = rng.uniform(*_MARK_GAP) if marked else _digit_gap(rng)
            gap += rng.uniform(*_SPACE) if spaced and rng.uniform() < _SPACES else 0.0
            apart = edge.touching(low) + rng.uniform(*(_APART_FROM_MARK if marked else _APART))
            shift = max(edge.last + gap - left, apart)
            if marked and touching and np.isfinite(apart):
                shift = edge.touching(low) - rng.uniform(0, _MAX_OVERLAP)
        out.append(Character(one.label, [path + np.array([shift, 0.0]) for path in one.strokes]))
        edge.add(high, shift)
    return out


def _digit_gap(rng: np.random.Generator) -> float:
    return _LEAST_GAP + _DIGIT_GAP * float(np.exp(_GAP_SPREAD * rng.normal()))


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
    rng: np.random.Generator, written: Sequence[Character], pen: float
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


def _owners(placed: Sequence[Character], labels: Int64Array) -> dict[int, frozenset[int]]:
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
