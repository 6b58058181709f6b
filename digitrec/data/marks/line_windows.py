"""What the network for marks sees of a drawn line, and which of that is a mark.

Ink that touches is cut as when a page is read. A group of its parts is a mark if it shares most of
the mark's ink.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from digitrec.arrays import BoolArray, Float64Array, Int64Array, Uint8Array
from digitrec.data.marks.lines import Character, DrawnLine, LinePiece
from digitrec.drawing.rasterise import rasterise
from digitrec.drawing.strokes import Stroke
from digitrec.imaging.lines.mark_windows import (
    MIDDLE,
    local_middles,
    mark_windows,
    possible_marks,
    possible_marks_of_parts,
)
from digitrec.imaging.lines.seams import CutPart, cut_along_seams
from digitrec.models.marks import NO_MARK, WINDOW

__all__ = ["look_at_line"]

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


def look_at_line(line: DrawnLine, rng: np.random.Generator) -> LineWindows:
    """Draw the windows of all marks that stand free or can be cut off, and some of other ink.

    The height of the digits is known only roughly, as when a page is read.

    Args:
        line: The line.
        rng: Chooses the error of that height, the other ink, and what is cut.
    """
    if not line.pieces:
        return LineWindows(np.zeros((0, *WINDOW), np.uint8), np.zeros(0, np.int64))
    height = line.height * float(np.exp(rng.normal(0, _UNSURE_HEIGHT)))
    looks = [_look_at_pieces(line, height, rng)]
    looks += [_look_at_parts(line, number, height, rng) for number in _to_cut(line, rng)]
    images, labels = (np.concatenate(some) for some in zip(*looks, strict=True))
    seen = (images > MIDDLE).any(axis=(1, 2))  # dirt far from the line is not
    return LineWindows(images[seen], labels[seen])


def _look_at_pieces(line: DrawnLine, height: float, rng: np.random.Generator) -> LineWindows:
    """Draw the windows of marks that touch nothing, and of some other ink."""
    marks = {
        frozenset(i for i, owners in enumerate(line.owners) if number in owners): one.label
        for number, one in enumerate(line.characters)
        if one.label != NO_MARK
        and all(owners == {number} for owners in line.owners if number in owners)
    }
    groups = possible_marks(_boxes(line.pieces), height)
    labels = [marks.get(frozenset(group), NO_MARK) for group in groups]
    kept = _marks_and_some_others(labels, _NO_MARKS, rng)
    return _windows(line.pieces, groups, labels, kept, height)


def _look_at_parts(
    line: DrawnLine, number: int, height: float, rng: np.random.Generator
) -> LineWindows:
    """Cut a piece, and draw the windows of parts that are a mark, and of some that are not."""
    piece = line.pieces[number]
    cut = cut_along_seams(piece.ink, height, beside_bridges=True)
    parts = [_cropped(piece, one) for one in cut]
    others = [*line.pieces[:number], *line.pieces[number + 1 :]]
    marks = _marks_within(line, number)
    inks = [_ink_of(mark, piece, line.pen) for mark in marks]
    groups, labels = [], []
    for group in possible_marks_of_parts(_boxes(parts), height):
        ink = _joined([parts[i] for i in group], piece)
        shares = [float((ink & one).sum() / max((ink | one).sum(), 1)) for one in inks]
        best = max(range(len(shares)), key=lambda i: shares[i], default=-1)
        if best >= 0 and _OTHER <= shares[best] < _SAME:
            continue  # it is too little, or too much, to say
        labels.append(marks[best].label if best >= 0 and shares[best] >= _SAME else NO_MARK)
        groups.append(tuple(len(others) + i for i in group))
    kept = _marks_and_some_others(labels, _NO_MARKS_OF_PARTS, rng)
    return _windows([*others, *parts], groups, labels, kept, height, are_cut=True)


def _marks_and_some_others(labels: Sequence[int], most: int, rng: np.random.Generator) -> list[int]:
    """Return the indices of all labels that are marks, and of at most so many that are not."""
    is_mark = np.array(labels, np.int64) != NO_MARK
    others = rng.permutation(np.flatnonzero(~is_mark))[:most]
    return [*np.flatnonzero(is_mark).tolist(), *others.tolist()]


def _windows(
    pieces: Sequence[LinePiece],
    groups: Sequence[tuple[int, ...]],
    labels: Sequence[int],
    kept: Sequence[int],
    height: float,
    *,
    are_cut: bool = False,
) -> LineWindows:
    """Draw the windows of those groups of pieces that are kept."""
    chosen = [groups[i] for i in kept]
    middles = local_middles(_boxes(pieces), height, chosen)
    images = mark_windows(pieces, chosen, middles, height, are_cut=are_cut)
    return LineWindows(images, np.array([labels[i] for i in kept], np.int64))


def _boxes(pieces: Sequence[LinePiece]) -> Float64Array:
    """Return left, top, right and bottom of pieces, (N, 4)."""
    return np.array(
        [(p.left, p.top, p.left + p.ink.shape[1], p.top + p.ink.shape[0]) for p in pieces],
        np.float64,
    ).reshape(-1, 4)


def _to_cut(line: DrawnLine, rng: np.random.Generator) -> list[int]:
    """Return which pieces are cut: those where a mark touches a digit, and now and then another."""
    joined = [
        i
        for i, owners in enumerate(line.owners)
        if len(owners) > 1 and any(line.characters[one].label != NO_MARK for one in owners)
    ]
    others = [i for i, owners in enumerate(line.owners) if owners and i not in joined]
    if others and rng.uniform() < _CUT:
        joined.append(others[int(rng.integers(len(others)))])
    return joined


def _marks_within(line: DrawnLine, number: int) -> list[Character]:
    """Return the marks all of whose ink is in one piece."""
    elsewhere = frozenset[int]().union(*line.owners[:number], *line.owners[number + 1 :])
    within = [line.characters[one] for one in line.owners[number] - elsewhere]
    return [one for one in within if one.label != NO_MARK]


def _joined(parts: Sequence[LinePiece], piece: LinePiece) -> BoolArray:
    """Return where the strong ink of parts of a piece is in it."""
    ink = np.zeros(piece.ink.shape, bool)
    for part in parts:
        top, left = part.top - piece.top, part.left - piece.left
        tall, wide = part.ink.shape
        ink[top : top + tall, left : left + wide] |= part.ink > _STRONG
    return ink


def _cropped(piece: LinePiece, part: CutPart) -> LinePiece:
    rows = np.flatnonzero(part.ink.any(axis=1))
    columns = np.flatnonzero(part.ink.any(axis=0))
    ink = part.ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return LinePiece(piece.left + part.left + int(columns[0]), piece.top + int(rows[0]), ink)


def _ink_of(mark: Character, piece: LinePiece, pen: float) -> BoolArray:
    """Return where the ink of a mark is in a piece."""
    tall, wide = piece.ink.shape
    away = np.array([piece.left, piece.top])
    drawn = rasterise([Stroke(path - away, pen) for path in mark.strokes], wide, tall)
    return (drawn > 255 * _STRONG) & (piece.ink > _STRONG)
