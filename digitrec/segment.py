"""Splitting the ink of several digits into lines and digits: over-segmentation and best path.

Ink that hangs together is mostly one digit, but neighbours may touch, and a 5 may have lost its
bar. So ink is first cut into pieces too small rather than too large: its connected components,
and those that look like several digits cut along seams that cross little ink. Each run of
neighbouring pieces is a hypothesis; a network says how much it looks like a digit, its size and
gaps speak too, and dynamic programming finds the sequence of hypotheses that costs least (LeCun,
Bottou, Bengio & Haffner 1998, "Gradient-based learning applied to document recognition", section
VII: heuristic over-segmentation and the best path through the segmentation graph).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from digitrec.image import normalise_ink
from digitrec.seams import reduced, seams

__all__ = ["Box", "Segment", "split"]

Floats = npt.NDArray[np.float32]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom are past the last."""


A = TypeVar("A")
Read = Callable[[npt.NDArray[np.float32]], Sequence[A]]
"""Reads images (N, 28, 28) made by `normalise_ink`: N answers."""
Trust = Callable[[A], float]
"""Probability that an image shows one digit and that an answer names it, in [0, 1]."""


@dataclass(frozen=True)
class Segment(Generic[A]):
    """A part of the ink taken for one digit."""

    box: Box
    answer: A


# Lengths are shares of the height of the line's digits where they do not say otherwise.
_DUST = 0.18  # ink whose longer side is below this is dropped
_SMALLEST = 8  # pixels: ink lower and narrower than this is never a digit
_MOST = 1000  # pieces of ink in a picture; of more, the heaviest
_TALL = 0.65  # ink as tall as this tells where lines are
_SHARED = 0.4  # of heights: neighbours on a line
_NEAR = 0.3  # smaller ink is in a line when its middle is nearer than this

_WIDE = 1.05  # ink wider than this is cut whatever the network says of it
_NARROW = 0.4  # ink narrower than this is never cut
_RULE = 12.0  # ink wider than this is no row of digits
_LOWEST_CUT = 12  # pixels: lower ink is too coarse to cut
_SURE = 0.95
_SEAM_ROWS = 40  # ink is cut at this resolution
_SHARED_INK = 0.03  # where a seam crosses ink, this much is on both sides
_SLIVER = 0.02  # of the height squared: less ink is not cut off
_APART = 0.16  # pieces of different ink further apart than this are no one digit
_RUN = 5  # pieces in a digit
_WIDEST = 1.5  # of a digit

# Costs are negative logarithms of probability, set on numbers by the training writers.
_LEAST = 1e-4  # probability that is told from less
_EACH = -0.18  # for a digit
_TOO_WIDE = 1.0  # for each height that ink is wider than 0.67
_TOO_LOW = 2.4  # for each height that ink is lower than 0.86
_GAP = 8.0  # for each height of white between its pieces
_CUT = 0.2  # for a seam
_CROSSING = 3.2  # for each height of ink that a seam crosses


@dataclass(frozen=True, eq=False)
class _Piece:
    """Ink that is not divided further: a component or what seams leave of one.

    ink: (h, w), 0 where it is another's. cut: what the seam on its left costs, 0 without one.
    """

    left: int
    top: int
    ink: Floats
    component: int
    cut: float = 0.0

    @property
    def box(self) -> Box:
        height, width = self.ink.shape
        return self.left, self.top, self.left + width, self.top + height


def split(ink: Floats, read: Read[A], trust: Trust[A]) -> list[list[Segment[A]]]:
    """Split ink into lines, top to bottom, and lines into digits, left to right.

    ink: (H, W) float32 in [0, 1], as `digitrec.image.to_ink` gives it. ``read`` is called twice at
    most. Specks are dropped; any other ink is in one segment, digit or not.
    """
    pieces = _components(ink)
    lines = _lines(pieces)
    flat = [piece for line in lines for piece in line]
    if not flat:
        return []
    whole = dict(zip(flat, read(np.stack([normalise_ink(p.ink) for p in flat])), strict=True))
    heights = [_height(line) for line in lines]
    lattices = [
        _Lattice(line, height, whole, trust) for line, height in zip(lines, heights, strict=True)
    ]
    images = [image for lattice in lattices for image in lattice.images()]
    answers = iter(read(np.stack(images)) if images else [])
    return [lattice.best(answers) for lattice in lattices]


# --- pieces -------------------------------------------------------------------------------------


def _components(ink: Floats) -> list[_Piece]:
    """Connected ink, without specks."""
    labels, _ = ndimage.label(ink > 0, structure=np.ones((3, 3)))
    boxes = ndimage.find_objects(labels)
    if not boxes:
        return []
    extents = np.array([(b[0].start, b[0].stop, b[1].start, b[1].stop) for b in boxes])
    mass = np.bincount(labels.ravel(), weights=ink.ravel())[1:]
    tall, wide = extents[:, 1] - extents[:, 0], extents[:, 3] - extents[:, 2]
    typical = _weighted_median(tall, mass)
    size = np.maximum(tall, wide)
    kept = np.flatnonzero((size >= _DUST * typical) & (size >= _SMALLEST))
    if len(kept) > _MOST:
        kept = np.sort(kept[np.argsort(-mass[kept], kind="stable")[:_MOST]])
    pieces = []
    for i in kept.tolist():
        crop = np.where(labels[boxes[i]] == i + 1, ink[boxes[i]], np.float32(0))
        pieces.append(_Piece(boxes[i][1].start, boxes[i][0].start, crop, i))
    return pieces


def _weighted_median(values: npt.NDArray[Any], weights: npt.NDArray[Any]) -> float:
    order = np.argsort(values, kind="stable")
    cumulated = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(cumulated, cumulated[-1] / 2)])


# --- lines --------------------------------------------------------------------------------------


def _lines(pieces: list[_Piece]) -> list[list[_Piece]]:
    """Group pieces to lines, top to bottom; each is in one."""
    bands: list[tuple[float, list[_Piece]]] = []
    while pieces:
        boxes = np.array([piece.box for piece in pieces], dtype=np.float64)
        tall = boxes[:, 3] - boxes[:, 1]
        typical = _weighted_median(tall, np.array([float(piece.ink.sum()) for piece in pieces]))
        leads = tall >= _TALL * typical
        x = boxes[:, [0, 2]].mean(axis=1)
        tangent = _skew(x[leads], boxes[leads][:, [1, 3]], typical)
        spans = boxes[:, [1, 3]] - tangent * x[:, None]  # top and bottom, straightened
        lines: list[list[int]] = []
        order = np.argsort(x, kind="stable")
        for i in order[leads[order]].tolist():
            # What a line's last digits span tells where it goes on.
            shared = [_overlap(spans[i], spans[line[-3:]].mean(axis=0)) for line in lines]
            if shared and max(shared) > _SHARED:
                lines[int(np.argmax(shared))].append(i)
            else:
                lines.append([i])
        centres = [spans[line].mean(axis=0) for line in lines]
        left_over = []
        for i in order[~leads[order]].tolist():
            middle = spans[i].mean()
            away = [max(top - middle, middle - bottom) for top, bottom in centres]
            nearest = int(np.argmin(away))
            if away[nearest] < _NEAR * typical:
                lines[nearest].append(i)
            else:
                left_over.append(pieces[i])
        bands += [
            (float(centre.mean()), [pieces[i] for i in line])
            for centre, line in zip(centres, lines, strict=True)
        ]
        # What is small and far from all lines may be lines of smaller digits.
        pieces = left_over
    return [line for _, line in sorted(bands, key=lambda band: band[0])]


def _overlap(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """What two spans share, as a share of the shorter."""
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return float(shared / min(one[1] - one[0], other[1] - other[0]))


def _skew(x: npt.NDArray[np.float64], spans: npt.NDArray[np.float64], typical: float) -> float:
    """Tangent of the angle at which lines run: the one whose projection is sharpest.

    Projection profiles are summed up by their squares (Postl 1986, "Detection of linear oblique
    structures and skew scan in digitized documents").
    """
    if len(x) < 2:
        return 0.0
    tangents = np.tan(np.radians(np.linspace(-8, 8, 65)))
    tangents = tangents[np.argsort(np.abs(tangents), kind="stable")]
    bins = typical / 6
    scores = []
    for tangent in tangents:
        rows = np.floor((spans - tangent * x[:, None]) / bins).astype(np.int64)
        rows -= rows.min()
        edges = np.bincount(rows[:, 0], minlength=int(rows.max()) + 2).astype(np.float64)
        edges -= np.bincount(rows[:, 1] + 1, minlength=len(edges))[: len(edges)]
        scores.append(float((np.cumsum(edges) ** 2).sum()))
    # Few digits jump more than lines do: a turn has to earn something.
    penalty = 1 - np.abs(tangents)
    return float(tangents[int(np.argmax(np.array(scores) * penalty))])


def _height(line: list[_Piece]) -> float:
    """Height of a line's digits in pixels."""
    tall = np.array([piece.ink.shape[0] for piece in line])
    mass = np.array([float(piece.ink.sum()) for piece in line])
    return _weighted_median(tall, mass)


# --- seams --------------------------------------------------------------------------------------


def _cut(piece: _Piece, height: float) -> list[_Piece]:
    """Cut a piece along seams from top to bottom that cross little ink."""
    rows, columns = piece.ink.shape
    factor = max(1, round(height / _SEAM_ROWS))
    paths, crossed_ink = seams(reduced(piece.ink, factor), height / factor)
    costs = _CUT + _CROSSING * crossed_ink
    if len(paths) == 0:
        return [piece]
    edges = np.repeat(paths, factor, axis=1)[:, :rows] * factor  # (seams, rows)
    least = _SLIVER * height * height
    place = np.arange(columns)
    ink, out, cut = piece.ink, [], 0.0
    shared = round(_SHARED_INK * height)
    for edge, cost in zip(edges, costs.tolist(), strict=True):
        crossed = piece.ink[np.arange(rows), np.minimum(edge, columns - 1)] > 0.5
        reach = np.where(crossed, shared, 0)
        before = np.where(place < (edge + reach)[:, None], ink, np.float32(0))
        after = np.where(place >= (edge - reach)[:, None], ink, np.float32(0))
        if before.sum() < least or after.sum() < least:
            continue
        out.append(_trimmed(before, piece, cut))
        ink, cut = after, cost
    return [*out, _trimmed(ink, piece, cut)]


def _trimmed(part: Floats, piece: _Piece, cut: float) -> _Piece:
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    ink = part[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return _Piece(piece.left + int(columns[0]), piece.top + int(rows[0]), ink, piece.component, cut)


# --- the best path ------------------------------------------------------------------------------


class _Lattice(Generic[A]):
    """Hypotheses of one line: runs of neighbouring pieces."""

    def __init__(
        self, line: list[_Piece], height: float, whole: dict[_Piece, A], trust: Trust[A]
    ) -> None:
        self.height = height
        self.trust = trust
        self.pieces: list[_Piece] = []
        self.known: dict[tuple[int, int], A] = {}
        parts = []
        for piece in line:
            cut = [piece] if not self._suspect(piece, whole[piece]) else _cut(piece, height)
            parts += [(part, piece, len(cut)) for part in cut]
        parts.sort(key=lambda part: part[0].box[0] + part[0].box[2])
        self.pieces = [part for part, _, _ in parts]
        for i, (_, piece, count) in enumerate(parts):
            run = [part[1] for part in parts[i : i + count]]
            if len(run) == count and all(other is piece for other in run):
                self.known[i, i + count] = whole[piece]
        self.unknown = [
            run
            for i in range(len(parts))
            for run in ((i, j) for j in range(i + 1, min(i + _RUN, len(parts)) + 1))
            if run not in self.known and (run[1] == i + 1 or self._possible(*run))
        ]

    def _suspect(self, piece: _Piece, answer: A) -> bool:
        width = piece.ink.shape[1] / self.height
        if not _NARROW < width < _RULE or self.height < _LOWEST_CUT:
            return False
        return width > _WIDE or self.trust(answer) < _SURE

    def _box(self, start: int, stop: int) -> Box:
        boxes = np.array([piece.box for piece in self.pieces[start:stop]])
        left, top = boxes[:, :2].min(axis=0).tolist()
        right, bottom = boxes[:, 2:].max(axis=0).tolist()
        return left, top, right, bottom

    def _gap(self, start: int, stop: int) -> float:
        """Widest white gap between pieces of a run that no seam parted."""
        widest, right = 0, self.pieces[start].box[2]
        for before, piece in zip(
            self.pieces[start : stop - 1], self.pieces[start + 1 : stop], strict=True
        ):
            if piece.component != before.component:
                widest = max(widest, piece.left - right)
            right = max(right, piece.box[2])
        return widest / self.height

    def _possible(self, start: int, stop: int) -> bool:
        left, _, right, _ = self._box(start, stop)
        return right - left < _WIDEST * self.height and self._gap(start, stop) < _APART

    def images(self) -> list[Floats]:
        """What the network has still to read, (28, 28) each."""
        return [normalise_ink(self._ink(*run)) for run in self.unknown]

    def _ink(self, start: int, stop: int) -> Floats:
        left, top, right, bottom = self._box(start, stop)
        ink = np.zeros((bottom - top, right - left), np.float32)
        for piece in self.pieces[start:stop]:
            x, y = piece.left - left, piece.top - top
            height, width = piece.ink.shape
            place = ink[y : y + height, x : x + width]
            np.maximum(place, piece.ink, out=place)  # pieces share ink along seams
        return ink

    def _cost(self, start: int, stop: int, answer: A) -> float:
        left, top, right, bottom = self._box(start, stop)
        width, height = (right - left) / self.height, (bottom - top) / self.height
        cost = _EACH - math.log(max(self.trust(answer), _LEAST))
        cost += _TOO_WIDE * max(0.0, width - 0.67) + _TOO_LOW * max(0.0, 0.86 - height)
        return cost + _GAP * self._gap(start, stop) + self.pieces[start].cut

    def best(self, answers: Iterator[A]) -> list[Segment[A]]:
        """Take the network's answers to `images` and find the path that costs least."""
        answered = {**self.known, **{run: next(answers) for run in self.unknown}}
        end = len(self.pieces)
        least = [0.0] + [math.inf] * end
        before = [0] * (end + 1)
        for (start, stop), answer in sorted(answered.items(), key=lambda item: item[0]):
            cost = least[start] + self._cost(start, stop, answer)
            if cost < least[stop]:
                least[stop], before[stop] = cost, start
        segments = []
        while end:
            start = before[end]
            segments.append(Segment(self._box(start, end), answered[start, end]))
            end = start
        return segments[::-1]
