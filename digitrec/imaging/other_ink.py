"""What else may be the ink of one digit, for a reader that is not sure of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import filterfalse
from typing import NamedTuple

import numpy as np

from digitrec.arrays import Uint8Array
from digitrec.imaging.components import label
from digitrec.imaging.find_ink import (
    digit_pixels,
    is_written_at_a_glance,
    strong_ink,
    surroundings,
)
from digitrec.imaging.ink_search.copies import resized
from digitrec.imaging.ink_search.one_digit import coverage_at_scales
from digitrec.imaging.ink_search.pieces import longest_piece
from digitrec.imaging.pixels import Picture
from digitrec.imaging.plain_background import ink_on_plain_background
from digitrec.imaging.printed.print_removal import is_one_sign, without_joined_print
from digitrec.imaging.printed.printed_lines import may_be_printed
from digitrec.imaging.solid_shapes.outlined_strokes import fill_outlined_strokes

__all__ = ["other_ink"]

_SHORTEST = 18  # least length in pixels of what a second look accepts in a reduced copy


class OtherInk(NamedTuple):
    """What else may be the ink of one digit, each as `find_ink` returns it.

    Attributes:
        found: What the network finds, in each of several ways; nothing where the background is
            plain and no print is seen.
        piece: All ink where it is one connected piece on a plain background that may be print.
        filled: All ink with its strokes filled, where only their edges are drawn.
    """

    found: Iterator[Uint8Array]
    piece: Uint8Array | None
    filled: Uint8Array | None = None


def other_ink(picture: Picture, *, joined_print: bool = True) -> OtherInk:
    """Find what else may be the ink of one digit.

    Args:
        picture: See `Picture`.
        joined_print: Whether to look for print that is joined to ink which looks all written.

    Raises:
        PictureError: if it is not a picture.
    """
    pixels = digit_pixels(picture)
    ink = ink_on_plain_background(pixels)
    if ink is None:
        return OtherInk(_found_at_scales(pixels), None)
    filled = fill_outlined_strokes(ink)
    printed = may_be_printed(ink, many_digits=False)
    piece = ink if printed and label(ink)[1] == 1 else None
    if not (printed or joined_print) or is_written_at_a_glance(pixels, ink):
        return OtherInk(iter(()), piece, filled)
    found = _found_at_scales(pixels) if printed else _without_joined_print(pixels, ink)
    return OtherInk(filterfalse(partial(_is_part_of_sign, ink), found), piece, filled)


def _found_at_scales(pixels: Uint8Array) -> Iterator[Uint8Array]:
    for coverage in coverage_at_scales(pixels):
        # What is tiny in a reduced copy may be only a part of a digit; finer copies tell.
        if coverage.shape == pixels.shape[:2] or longest_piece(coverage) >= _SHORTEST:
            yield strong_ink(coverage, many_digits=False)


def _without_joined_print(pixels: Uint8Array, ink: Uint8Array) -> Iterator[Uint8Array]:
    """Yield ink (H, W) without print that is joined to it, by several copies, if there is any."""
    part = surroundings(ink)
    for coverage in coverage_at_scales(pixels[part]):
        rest = np.zeros_like(ink)
        rest[part] = without_joined_print(ink[part], resized(coverage, ink[part].shape))
        if (rest == ink).all():
            return
        yield rest


def _is_part_of_sign(ink: Uint8Array, found: Uint8Array) -> bool:
    """Tell whether what was found (h, w) of ink (H, W) lacks a stroke of the same sign."""
    return is_one_sign(ink, resized(found.astype(np.float32), ink.shape))
