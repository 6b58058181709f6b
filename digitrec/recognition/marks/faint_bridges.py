"""Pieces that only faint ink joins: a point so near a digit that their edges meet.

Where two strokes almost touch, the pixels between them are grey, because they have some ink of
both. Such a piece stays whole, but gets parts, like a digit joined from several pieces. It falls
into these parts only if one of them is taken out as a mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import ndimage

from digitrec.imaging.components import label
from digitrec.recognition.ink_pieces import Piece

__all__ = ["with_faint_parts"]

_STRONG = 0.5  # ink that is not faint
_FULL = 0.98  # ink within strokes, except in pale ones, where faint ink is not an edge
_MAX_PARTS = 4  # of a piece; where there are more, it is a pale stroke
_MIN_PIXELS = 2  # a part that is neither wider nor higher than this is not a mark


def with_faint_parts(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces, with parts where strong ink is in several places."""
    return [replace(piece, parts=_parts(piece)) for piece in pieces]


def _parts(piece: Piece) -> tuple[Piece, ...]:
    """Divide a piece between the places with strong ink; return none if there is one."""
    strong = piece.ink >= _STRONG
    places, count = label(strong)
    if not 2 <= count <= _MAX_PARTS or np.median(piece.ink[strong]) < _FULL:
        return ()
    nearest = ndimage.distance_transform_edt(
        places == 0, return_distances=False, return_indices=True
    )
    owners = places[tuple(nearest)]
    parts = [
        piece.part(np.where(owners == number, piece.ink, np.float32(0)))
        for number in range(1, count + 1)
    ]
    return tuple(parts) if all(max(part.ink.shape) >= _MIN_PIXELS for part in parts) else ()
