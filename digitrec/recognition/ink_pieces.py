"""Pieces of ink: the connected components of a page, or the parts that cutting leaves of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from digitrec.arrays import Float32Array
from digitrec.imaging.components import bounding_boxes, label, longer_sides, typical_size
from digitrec.imaging.lines.seams import cut_along_seams
from digitrec.imaging.normalise import normalise_ink
from digitrec.recognition.results import Box

__all__ = [
    "SPECK", "TALL", "Piece", "bounding_box", "enclosing_box", "find_pieces",
    "joined_image", "joined_ink", "shares_columns", "typical_height", "widest_gap",
]  # fmt: skip

# Ink of at least this fraction of the height of a line's digits is a digit, or may be one.
TALL = 0.65
# Ink whose longer side is below this fraction of the height of the digits beside it is a speck.
SPECK = 0.18
_LARGEST_SPECK = 14  # pixels: longer ink may be a digit, even beside others that are much larger
_SMALLEST = 8  # pixels: ink that is both lower and narrower is never a digit
_SMALLEST_SPECK = 2  # pixels: ink that is both lower and narrower is never a mark
# Specks are noise if there are more than `_MAX_SPECKS` for each piece, plus `_AND_SPECKS`.
_MAX_SPECKS, _AND_SPECKS = 10, 100


@dataclass(frozen=True, eq=False)
class Piece:
    """Ink that is not divided further: a connected component, or a part of one.

    Attributes:
        left: Column of its left edge on the page.
        top: Row of its top edge on the page.
        ink: Shape (h, w), in [0, 1]; 0 where the ink of another piece is.
        component: Number of the connected component that it belongs to.
        cut_cost: What the cut on its left side costs; 0 where it was not cut there.
        parts: The pieces that were joined to it; none where it is one connected component.
    """

    left: int
    top: int
    ink: Float32Array
    component: int
    cut_cost: float = 0.0
    parts: tuple[Piece, ...] = ()

    @property
    def box(self) -> Box:
        """Where it is on the page."""
        height, width = self.ink.shape
        return self.left, self.top, self.left + width, self.top + height

    @property
    def parts_or_self(self) -> tuple[Piece, ...]:
        """Its parts, or itself where it has none."""
        return self.parts or (self,)

    def is_tall(self, height: float) -> bool:
        """Tell whether it is tall enough for a digit on a line whose digits have this height."""
        return bool(self.ink.shape[0] >= TALL * height)

    def part(self, ink: Float32Array, left: int = 0, top: int = 0, cut_cost: float = 0.0) -> Piece:
        """Return the piece that has a part of its ink, without the rows and columns around it.

        Args:
            ink: (h, w), what the part has of the ink from a column and a row of the piece on.
            left: That column.
            top: That row.
            cut_cost: Of the part.
        """
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        if len(rows) == 0:
            return Piece(self.left + left, self.top + top, ink[:0, :0], self.component, cut_cost)
        cropped = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        left, top = self.left + left + int(columns[0]), self.top + top + int(rows[0])
        return Piece(left, top, cropped, self.component, cut_cost)

    def cut_along_seams(self, height: float, *, beside_bridges: bool = False) -> list[Piece]:
        """Cut it wherever characters may touch, from left to right.

        Args:
            height: Of the line's digits, in pixels.
            beside_bridges: As for `digitrec.imaging.lines.seams.cut_along_seams`.
        """
        cut = cut_along_seams(self.ink, height, beside_bridges=beside_bridges)
        return [self.part(one.ink, left=one.left, cut_cost=one.cut_cost) for one in cut]

    @cached_property
    def image(self) -> Float32Array:
        """Shape (28, 28), what the network for single digits sees of this piece alone."""
        return normalise_ink(self.ink)


def find_pieces(ink: Float32Array) -> tuple[list[Piece], list[Piece]]:
    """Find the connected components of a page, and separately those too small for digits.

    Args:
        ink: Shape (H, W), in [0, 1]; pixels above 0 are connected, also diagonally.

    Returns:
        Pieces; and specks, none where there are so many that they are noise.
    """
    labels, count = label(ink > 0)
    if count == 0:
        return [], []
    places = ndimage.find_objects(labels)
    boxes = bounding_boxes(places)
    amounts = np.bincount(labels.ravel(), weights=ink.ravel())[1:]
    size = longer_sides(boxes)
    height = typical_size(boxes[:, 3] - boxes[:, 1], amounts)
    largest_speck = min(SPECK * height, _LARGEST_SPECK)

    def pieces(chosen: npt.NDArray[Any]) -> list[Piece]:
        found = []
        for i in np.flatnonzero(chosen).tolist():
            crop = np.where(labels[places[i]] == i + 1, ink[places[i]], np.float32(0))
            found.append(Piece(int(boxes[i, 0]), int(boxes[i, 1]), crop, i))
        return found

    large = (size >= largest_speck) & (size >= _SMALLEST)
    specks = ~large & (size >= _SMALLEST_SPECK)
    if np.count_nonzero(specks) > _MAX_SPECKS * np.count_nonzero(large) + _AND_SPECKS:
        specks[:] = False
    return pieces(large), pieces(specks)


def typical_height(pieces: Sequence[Piece]) -> float:
    """Return the median height in pixels, each piece weighted by the amount of its ink."""
    heights = np.array([piece.ink.shape[0] for piece in pieces])
    return typical_size(heights, np.array([float(piece.ink.sum()) for piece in pieces]))


def bounding_box(pieces: Sequence[Piece]) -> Box:
    """Return the smallest box that holds all pieces."""
    return enclosing_box([piece.box for piece in pieces])


def enclosing_box(boxes: Sequence[Box]) -> Box:
    """Return the smallest box that holds all boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def joined_image(pieces: Sequence[Piece]) -> Float32Array:
    """Return what the network for single digits sees of pieces together, shape (28, 28)."""
    return pieces[0].image if len(pieces) == 1 else normalise_ink(joined_ink(pieces))


def joined_ink(pieces: Sequence[Piece]) -> Float32Array:
    """Return the ink of all pieces in their bounding box."""
    left, top, right, bottom = bounding_box(pieces)
    ink = np.zeros((bottom - top, right - left), np.float32)
    for piece in pieces:
        x, y = piece.left - left, piece.top - top
        height, width = piece.ink.shape
        place = ink[y : y + height, x : x + width]
        np.maximum(place, piece.ink, out=place)  # pieces share ink along cuts
    return ink


def shares_columns(one: Piece, other: Piece) -> bool:
    """Tell whether two pieces have columns in common."""
    return min(one.box[2], other.box[2]) > max(one.box[0], other.box[0])


def widest_gap(pieces: Sequence[Piece]) -> int:
    """Return the widest horizontal gap in pixels between neighbours of different components."""
    widest, right = 0, pieces[0].box[2]
    for before, piece in pairwise(pieces):
        if piece.component != before.component:
            widest = max(widest, piece.left - right)
        right = max(right, piece.box[2])
    return widest
