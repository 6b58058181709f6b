"""The second look at a picture whose digit is not sure: does other ink look more like a digit?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from digitrec.arrays import Float32Array
from digitrec.imaging.components import enclosed_parts
from digitrec.imaging.find_ink import digit_pixels
from digitrec.imaging.ink_box import ink_box
from digitrec.imaging.normalise import (
    BOX,
    normalise,
    normalise_otherwise,
    normalise_strong,
    normalise_unstretched,
)
from digitrec.imaging.pixels import Picture
from digitrec.imaging.plain_background import on_commonest_colour
from digitrec.imaging.solid_shapes.filled_shape import inside_filled_shape
from digitrec.recognition.blank_pictures import why_blank
from digitrec.recognition.results import Prediction

__all__ = ["SURE_AT_ONCE", "look_again"]

# A picture is looked at again where the network is less sure that its ink is this digit.
SURE_AT_ONCE = 0.9
# In a clean drawing, print that is joined to the ink is looked for where the network is less sure.
# Of 142 drawings that are read otherwise without such print, one was surer.
SURE_OF_DRAWING = 0.8
# A part of a connected piece has to be this sure if the whole piece is not the same digit. So does
# what differs most from paper, because it may be print.
MIN_SURE_PART = 0.985
# If the ink as a whole is not a digit, one component of it may be, beside bits of print that were
# taken for ink. It has to be this sure, and not a 1, because such bits look like a 1.
MIN_SURE_COMPONENT = 0.95
MIN_SURE_INSIDE = 0.5  # of a digit in a shape; the holes of a thick sign are like weak ones
MIN_SURE_OTHERWISE = 0.5  # of a digit on another background, or made narrower
MIN_ENCLOSED = 0.2  # area that a square digit encloses, as a share of the area of its ink


def look_again(
    picture: Picture,
    first: Prediction,
    recognize_normalised: Callable[[Float32Array], list[Prediction]],
) -> Prediction:
    """Read a picture of one digit again, if what was read at first is not sure.

    The ink that was found at first may include print, or lack pale strokes. Of all that may be the
    ink, what looks most like a digit is taken. If nothing does, one component may, without the
    small ones beside it. If only a part of a connected piece of ink is taken, and the rest for
    print, the part has to be surer than the piece: without one stroke, a square 6 is a 5.

    If the ink is no digit, but a shape of one colour with strokes in it, such as a badge, only
    those strokes are read. Strokes of which only the edges are drawn are also read filled. If
    nothing on paper is a digit, what differs most from it is read: patterns and creases are paler.

    A digit that was cut out at its bounding box may cover most of the border, so that its ink is
    taken for the background; and it may have been stretched to a square.

    Args:
        picture: The picture.
        first: What was read in it.
        recognize_normalised: Reads images (N, 28, 28).

    Raises:
        PictureError: if it is not a picture.
    """
    if first.sureness >= SURE_AT_ONCE:
        return first
    if first.digit is None:
        again = _look_within(picture, recognize_normalised)
        if again is not None:
            return again
    read = [first, *_read_otherwise(picture, first, recognize_normalised)]
    best = max(read, key=lambda one: one.sureness)
    # If no ink was found at first, all of it was taken for print.
    if best.digit is None and first.image.any():
        strong = normalise_strong(picture)
        if strong is not None:
            (alone,) = recognize_normalised(strong[None])
            best = alone if _is_surely_written(alone) else best
    rejection = best.rejection if best.image.any() else why_blank(picture, many_digits=False)
    return best if rejection == best.rejection else replace(best, rejection=rejection)


def _look_within(
    picture: Picture, recognize_normalised: Callable[[Float32Array], list[Prediction]]
) -> Prediction | None:
    """Read a picture whose ink is no digit as another: what is in a shape, or another background.

    Returns:
        The digit that is read there, or that strokes in a shape are none; None where there is no
        other picture, or no sure digit in it.
    """
    inside = inside_filled_shape(picture)
    if inside is not None:
        again = _read_and_look_again(inside, recognize_normalised)
        if again.digit is None or again.sureness >= MIN_SURE_INSIDE:
            return again
    laid = on_commonest_colour(digit_pixels(picture))
    if laid is not None:
        again = _read_and_look_again(laid, recognize_normalised)
        if again.digit is not None and again.sureness >= MIN_SURE_OTHERWISE:
            return again
    return None


def _read_and_look_again(
    picture: Picture, recognize_normalised: Callable[[Float32Array], list[Prediction]]
) -> Prediction:
    (first,) = recognize_normalised(normalise(picture)[None])
    return look_again(picture, first, recognize_normalised)


def _read_otherwise(
    picture: Picture,
    first: Prediction,
    recognize_normalised: Callable[[Float32Array], list[Prediction]],
) -> list[Prediction]:
    """Read all else that may be the ink of a picture; return what is sure enough."""
    others = normalise_otherwise(picture, joined_print=first.sureness < SURE_OF_DRAWING)
    whole = None if others.piece is None else _of_piece(others.piece, first, recognize_normalised)
    read = recognize_normalised(np.stack(others.whole)) if others.whole else []
    if whole is not None:
        read = [
            one for one in read if one.sureness >= MIN_SURE_PART or _nearest(one) == _nearest(whole)
        ]
        if whole.digit is not None:
            read.append(whole)
    elif others.main and all(one.digit is None for one in [first, *read]):
        components = recognize_normalised(np.stack(others.main))
        read += [one for one in components if _is_sure_component(one)]
    if others.filled is not None:
        (broad,) = recognize_normalised(others.filled[None])
        read += [broad] if broad.sureness >= MIN_SURE_COMPONENT else []
    if _is_square(first.image):
        (narrow,) = recognize_normalised(normalise_unstretched(picture)[None])
        read += [narrow] if narrow.sureness >= MIN_SURE_OTHERWISE else []
    return read


def _is_square(image: Float32Array) -> bool:
    """Return whether ink in an image (28, 28) fills the 20×20 pixels that a digit has at most."""
    box = ink_box((image * 255).astype(np.uint8))
    return box is not None and min(box.right - box.left, box.bottom - box.top) >= BOX


def _is_sure_component(read: Prediction) -> bool:
    """Return whether a component is so surely a digit that the others are left out."""
    return read.digit not in (None, 1) and read.sureness >= MIN_SURE_COMPONENT


def _is_surely_written(read: Prediction) -> bool:
    """Return whether what differs most from paper is a digit; print may, and edges look like 1s."""
    return read.digit not in (None, 1) and read.sureness >= MIN_SURE_PART


def _of_piece(
    piece: Float32Array,
    first: Prediction,
    recognize_normalised: Callable[[Float32Array], list[Prediction]],
) -> Prediction | None:
    """Read the whole of a connected piece of ink (28, 28).

    Returns:
        ``first`` if that was read in the same ink; None if a part of it was a digit at first, or if
        the piece encloses little, as a line or the corner of a frame does.
    """
    if np.array_equal(piece, first.image):
        return first
    if first.digit is not None or not _encloses_much(piece):
        return None
    return recognize_normalised(piece[None])[0]


def _encloses_much(piece: Float32Array) -> bool:
    ink = piece > 0
    enclosed = np.count_nonzero(enclosed_parts(ink))
    return bool(enclosed >= MIN_ENCLOSED * np.count_nonzero(ink))


def _nearest(read: Prediction) -> int | None:
    """Return the most probable digit, whether it was rejected or not."""
    return read.rejection.nearest if read.rejection else read.digit
