"""Leaves print out of ink on a plain background, by the coverage that the network found.

`digitrec.imaging.ink_network` finds the share of each pixel that handwritten ink covers. These
functions decide by it which connected pieces of ink, and which parts of them, are print.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from digitrec.arrays import BoolArray, Float32Array, Float64Array, IntArray, Uint8Array
from digitrec.imaging.components import (
    bounding_boxes,
    component_boxes,
    in_components,
    label,
    longer_sides,
)
from digitrec.imaging.ink_box import ink_image
from digitrec.imaging.ink_network import IS_INK, NO_INK
from digitrec.imaging.printed.printed_lines import may_be_dots, may_be_marks
from digitrec.imaging.printed.straight_digits import straight_ones, straight_sevens
from digitrec.imaging.specks import remove_specks

__all__ = [
    "is_all_written",
    "is_doubtful_piece",
    "is_one_sign",
    "is_surely_written",
    "overlooked_sevens",
    "without_joined_print",
    "written_ink",
    "written_pieces",
]

_DOUBT = 0.3  # a pixel is print if neither it nor a pixel beside it has this coverage
_WRITTEN = 0.8  # a piece of ink is written if the network found more than this share of it
_LONGER = 1.2  # times as long as the stroke beside it: print, not a stroke of the same sign
_WHOLE = 0.9  # share of the length of a piece that was found if nothing printed is joined to it
_FLAT = 1.3  # a line or a block under a digit is more than this many times as wide as it is high
_RATHER_WRITTEN = 0.5  # the same at a second look, after the first found no digit
# In a small copy, a piece is surely written if the network found more than this share of it, and
# overlooked no part that is as long as this share of the piece.
_SURELY_WRITTEN, _SHORT = 0.97, 0.1
_FAINT = 0.05  # of the strongest ink; in a small copy, fainter ink joins pieces that are apart
# A part that the network did not find is print joined to a digit if it is at least this long, as a
# share of its piece's length.
_LONG = 0.4
# The network is undecided about a pixel whose coverage is within `_UNDECIDED`, and about a piece if
# more than the share `_MAX_UNDECIDED` of its strong ink is undecided.
_UNDECIDED, _MAX_UNDECIDED = (0.1, 0.7), 0.25
# For each of this many pixels of the longer side, the edges of strokes are a pixel softer.
_SOFT_EDGE = 256


def is_all_written(ink: Uint8Array, coverage: Float32Array, *, many_digits: bool) -> bool:
    """Tell whether the network found most of each connected piece of ink.

    Args:
        ink: Shape (H, W), 0 on the background.
        coverage: Shape (H, W), in [0, 1], as the network found it.
        many_digits: Whether there may be many digits, with marks between them.
    """
    pieces, share, missing = _found_shares(ink, coverage)
    whole = _is_found(share, missing)
    if many_digits and len(whole):
        # The network was not trained on marks, which other networks read.
        whole |= may_be_marks(component_boxes(pieces))
        if not whole.all():
            # If there is other print, the answer is no in any case, so these do not matter.
            whole |= straight_ones(pieces, whole) | straight_sevens(pieces, whole)
    return bool(whole.all())


def is_surely_written(ink: Uint8Array, coverage: Float32Array) -> bool:
    """Tell from a small copy of a picture of one digit whether its ink is surely all written.

    Where it is, the coverage of finer copies says so too, in many times as long; where it is not,
    they tell.

    Args:
        ink: As for `is_all_written`.
        coverage: Shape (h, w), in [0, 1], as the network found it on a smaller copy.
    """
    small = np.asarray(ink_image(ink).resize(coverage.shape[::-1], Image.Resampling.BOX))
    strong = np.where(small > _FAINT * int(small.max()), small, 0).astype(np.uint8)
    _, share, missing = _found_shares(strong, coverage)
    return bool((share[1:] > _SURELY_WRITTEN).all() and (missing < _SHORT).all())


def is_doubtful_piece(ink: Uint8Array, coverage: Float32Array) -> bool:
    """Tell whether all ink is one connected piece in which the network cannot tell print from ink.

    Where a digit touches its frame, the digit is clearly found and the frame clearly not. In a
    digit of straight strokes, such as a square 6, much is neither, and to leave out what was not
    found would remove a stroke.

    Args:
        ink: As for `is_all_written`.
        coverage: Shape (H, W), in [0, 1], as the network found it.
    """
    strong = ink > int(ink.max()) // 2
    near = ndimage.maximum_filter(coverage, _beside(ink))[strong]
    undecided = np.count_nonzero((near > _UNDECIDED[0]) & (near < _UNDECIDED[1]))
    return bool(undecided > _MAX_UNDECIDED * len(near)) and label(ink)[1] == 1


def is_one_sign(ink: Uint8Array, found: Uint8Array | Float32Array) -> bool:
    """Tell whether one of two pieces was left out that is rather a stroke of the same sign.

    A sign of two pieces without one of them looks like a digit: a colon without a dot, a quotation
    mark without a stroke. Print is longer than the digit beside it, as a frame is, goes around it,
    reaches the border of the picture, lies under it, as a line, or is of several pieces, as words.

    Args:
        ink: As for `is_all_written`.
        found: Shape (H, W), the ink that was not left out, or the coverage of each pixel.
    """
    pieces, count = label(ink)
    strong = found > _DOUBT * found.max()
    kept = np.unique(pieces[strong & (pieces > 0)])
    if count != 2 or len(kept) != 1:
        return False
    boxes = component_boxes(pieces)
    stroke, other = boxes[kept[0] - 1], boxes[2 - kept[0]]
    length, other_length = longer_sides(np.stack([stroke, other]))
    rest = longer_sides(component_boxes(label(strong & (pieces > 0))[0])).max()
    is_whole = rest >= _WHOLE * length  # otherwise print was joined to this piece, too
    is_apart = (np.maximum(stroke[:2], other[:2]) >= np.minimum(stroke[2:], other[2:])).any()
    is_inside = (other[:2] > 0).all() and (other[2:] < ink.shape[::-1]).all()
    is_like_it = other_length <= _LONGER * length and (_is_flat(stroke) or not _is_flat(other))
    return bool(is_whole and is_apart and is_inside and is_like_it)


def _is_flat(box: IntArray) -> bool:
    """Return whether a box (4,) is wide, as that of a level line or a block."""
    left, top, right, bottom = box.tolist()
    return bool(right - left > _FLAT * (bottom - top))


def overlooked_sevens(ink: Uint8Array, coverage: Float32Array) -> BoolArray:
    """Return which pixels of a page, (H, W), are of straight 7s that the network did not find.

    It takes such a 7 for the corner of a frame; but those here stand in line with written digits.

    Args:
        ink: As for `is_all_written`.
        coverage: Likewise.
    """
    pieces, share, missing = _found_shares(ink, coverage)
    sevens = straight_sevens(pieces, _is_found(share, missing))
    return in_components(pieces, sevens)


def written_ink(ink: Uint8Array, coverage: Float32Array) -> Uint8Array:
    """Return the ink that the network found, pixel by pixel; the strongest is 255.

    Args:
        ink: As for `is_all_written`.
        coverage: Likewise.
    """
    # A pixel keeps all of its ink from the level of ink on. The pixels beside found ink count too,
    # because the network hesitates at the edges of strokes.
    weight = np.clip((ndimage.maximum_filter(coverage, 3) - NO_INK) / (IS_INK - NO_INK), 0, 1)
    # How faint ink is says nothing here, because a plain background has no noise.
    is_large = remove_specks(np.where(ink, weight * 255, 0).astype(np.uint8), many_digits=False) > 0
    rest = ink * weight * is_large
    full: Uint8Array = (rest * (255 / max(float(rest.max()), 1.0))).astype(np.uint8)
    return full


def written_pieces(ink: Uint8Array, coverage: Float32Array) -> Uint8Array:
    """Return the connected pieces of ink most of which the network found.

    A single piece is always kept, because print may be joined to a digit. If a long part of what is
    kept was not found, ink is left out pixel by pixel. Otherwise it is not, because the part of a
    letter that is left might look like a digit.

    Args:
        ink: As for `is_all_written`.
        coverage: Likewise.
    """
    pieces, share, missing = _found_shares(ink, coverage)
    kept = share > _RATHER_WRITTEN
    kept[1:] |= len(share) == 2
    written = np.where(kept[pieces], ink, 0).astype(np.uint8)
    return written_ink(written, coverage) if (missing[kept] >= _LONG).any() else written


def without_joined_print(ink: Uint8Array, coverage: Float32Array) -> Uint8Array:
    """Return the ink of one digit without print that is joined to it or stands beside it.

    As `written_pieces`, but dots stay: they are small for the network, and without its dot a
    question mark is a 7.

    Args:
        ink: As for `is_all_written`.
        coverage: Likewise.
    """
    pieces, count = label(ink)
    dots = np.zeros_like(ink)
    if count > 1:
        dots = np.where(in_components(pieces, may_be_dots(component_boxes(pieces), pieces)), ink, 0)
    rest = written_pieces(np.where(dots, 0, ink).astype(np.uint8), coverage)
    # Where a part was cut off, the strongest of the rest is 255; dots stay as strong beside it.
    stronger = max(1.0, int(rest.max()) / max(int(ink.max()), 1))
    return np.maximum(rest, (dots * stronger).astype(np.uint8))


def _found_shares(
    ink: Uint8Array, coverage: Float32Array
) -> tuple[IntArray, Float64Array, Float64Array]:
    """Return connected pieces of ink, and which share of each the network found.

    Args:
        ink: As for `is_all_written`.
        coverage: Likewise.

    Returns:
        The number of the piece at each pixel (H, W), 0 where there is no ink; the share of each
        piece (N + 1,) that was found, and the length of the longest part that was not, as a share
        of the length of its piece. Both are 0 of piece 0.
    """
    pieces, count = label(ink)
    is_ink = ndimage.maximum_filter(coverage, _beside(ink)) >= _DOUBT
    some = pieces > 0
    numbers, amount = pieces[some], ink[some]
    amounts, written = (
        np.bincount(numbers, one, count + 1) for one in (amount, amount * is_ink[some])
    )
    return pieces, written / np.maximum(amounts, 1), _longest_missing(pieces, count, is_ink)


def _beside(ink: Uint8Array) -> int:
    """Return in how many rows and columns around a pixel of ink (H, W) what is found counts.

    The network hesitates at the edges of strokes, so a pixel beside found ink is not print.
    """
    return 3 + 2 * (int(max(ink.shape)) // _SOFT_EDGE)


def _is_found(share: Float64Array, missing: Float64Array) -> BoolArray:
    """Return which pieces of ink (N,) the network surely found, from `_found_shares`."""
    found: BoolArray = (share[1:] > _WRITTEN) & (missing[1:] < _LONG)
    return found


def _longest_missing(pieces: IntArray, count: int, is_ink: BoolArray) -> Float64Array:
    """Return the longest part of each piece that is not ink, as a share of the piece's length."""
    longest = np.zeros(count + 1)
    parts, number = label((pieces > 0) & ~is_ink)
    if number == 0:
        return longest
    wholes = longer_sides(component_boxes(pieces))
    places = ndimage.find_objects(parts)
    lengths = longer_sides(bounding_boxes(places))
    for part, (place, length) in enumerate(zip(places, lengths, strict=True), start=1):
        piece = int(pieces[place][parts[place] == part][0])
        longest[piece] = max(longest[piece], length / wholes[piece - 1])
    return longest
