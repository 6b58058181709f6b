"""Whether ink on a plain background may be printed: frames, ruled lines, combs, blocks, words.

This only looks at the shapes of connected pieces. The network that finds print is slow, and may
err, so it runs only where there is reason for doubt.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from digitrec.arrays import BoolArray, Float64Array, IntArray, Uint8Array
from digitrec.imaging.components import bounding_boxes, filled, label, longer_sides
from digitrec.imaging.ink_box import ink_box, ink_image

__all__ = ["has_straight_sides", "may_be_dots", "may_be_marks", "may_be_printed"]

_SIDE, _PAGE_SIDE = 96, 512  # pixels: longer side of the copy that is looked at
_MIN_SIDE = 16  # pixels: longer side of all ink, below which the shapes of print do not show
_FAINT = 0.1  # of the strongest ink; fainter ink is left out
_SMALL = 3  # pixels: a shorter piece tells nothing
_MAX_PIECES = 4  # a single digit has no more
_AT_ONCE = 256  # pieces that are compared with all others at once, which bounds the memory

# Lines. An upright one may be a 1, unless it is much higher than the other ink.
_FLAT = 4.0  # a line is more than this many times as long as it is thick
_TALLER = 1.6  # times as high as the other ink: a line, not a 1
_BAR = 1.2  # the same where another upright line begins and ends at the same heights
_SPECK = 2.5  # other ink lower than this many thicknesses of a line is no measure of its height

# Level lines in a larger piece.
_LEVEL = 0.8  # length of such a line at least, as a share of the piece's width
_NARROW = 0.5  # in a piece narrower than this share of its height, such a line tells nothing
# A printed line is straight to within `_UNEVEN` pixels plus `_CURVED` times its length. Of level
# strokes by hand, 1 in 50 is as straight.
_UNEVEN, _CURVED = 0.2, 0.001
_THICKER = 1.3  # where a line is this many times as thick as usual, it crosses other ink

# Frames and blocks.
_BAND = 0.12  # thickness of a side, as a share of the bounding box
_FULL = 0.86  # share of a side of the bounding box along which a frame has ink at least
_CUT_OUT = 128  # pixels: longer side of a picture up to which it may be a digit that was cut out
_FRAME_SIDES = 3  # that are full, at least, of a frame that reaches all four sides of a picture
_SOLID = 0.85  # share of its bounding box that a block fills at least
_WIDE = 1.3  # times as wide as high: more than a digit

# Rings around a digit.
_MIN_RING = 16  # pixels: shorter side of a ring
_MIDDLE = 0.6  # radius of the middle of a ring, as a share of the ring's
_MIDDLE_INK = 0.03, 0.7  # least and largest share of the middle that a digit covers
_ROUND = 0.88  # overlap (intersection over union) of a ring with an ellipse in its bounding box
_FILLED = 0.65  # share of its bounding box that such a ring encloses at least, as coarse as it is

# A slash in a 0, in units of the radii of the 0: as far from the middle as `_SLASH` it is straight,
# no thicker than `_THIN_SLASH` of its length (standard deviations), and at its ends at least at
# `_SLASH_END`. Neither its width nor its height is less than `_OBLIQUE` of its length.
_SLASH, _SLASH_END, _THIN_SLASH, _OBLIQUE = 0.75, 0.62, 0.25, 0.3

# A dot is less than `_ROUNDISH` times as long as wide, and fills `_DOT_FILL` of its bounding box.
# It is no longer than `_DOT` times the area of the largest piece over that piece's length, which
# grows with the pen.
_ROUNDISH, _DOT_FILL, _DOT = 2.0, 0.6, 1.6
_MARK_HEIGHT, _MARK_WIDTH = 0.3, 0.8  # of a digit's height: a dot or a dash is lower and narrower
_DIGIT = 75  # this percentile of the heights of pieces is about a digit's height


def may_be_printed(ink: Uint8Array, *, many_digits: bool) -> bool:
    """Tell whether some of the ink may have been printed, by a glance at a small copy.

    Args:
        ink: Shape (H, W), 0 on a background of one exact colour.
        many_digits: Whether there may be many digits.
    """
    return _is_doubted(ink, many_digits) and (many_digits or not _is_slashed_zero(ink))


def _is_doubted(ink: Uint8Array, many_digits: bool) -> bool:
    factor = -(-max(ink.shape) // (_PAGE_SIDE if many_digits else _SIDE))
    box = ink_box(ink)
    if box is None or (max(ink.shape) <= _CUT_OUT and _is_cut_out(ink)):
        return False
    # Only the part of the small copy with ink is made, in whole pixels of the copy.
    left, top = box.left // factor, box.top // factor
    right, bottom = -(-box.right // factor), -(-box.bottom // factor)
    part = (
        left * factor, top * factor,
        min(right * factor, ink.shape[1]), min(bottom * factor, ink.shape[0]),
    )  # fmt: skip
    small = np.asarray(ink_image(ink).reduce(factor, part))
    strong = small > int(_FAINT * int(small.max()))
    numbers, count = label(strong)
    if count == 0:
        return False
    places = ndimage.find_objects(numbers, count)
    boxes = bounding_boxes(places) + np.array([left, top, left, top])
    if factor * (boxes[:, 2:].max(axis=0) - boxes[:, :2].min(axis=0)).max() < _MIN_SIDE:
        return False
    if not many_digits and count > _MAX_PIECES:
        return True
    large = longer_sides(boxes) >= _SMALL
    if count > 1:
        large &= ~(may_be_marks(boxes) if many_digits else may_be_dots(boxes, numbers))
    shape = -(-ink.shape[0] // factor), -(-ink.shape[1] // factor)
    if _around_others(boxes, large).any() or (_lines(boxes, numbers, shape) & large).any():
        return True
    for number in np.flatnonzero(large).tolist():
        piece = numbers[places[number]] == number + 1
        if has_straight_sides(piece, _at_border(boxes[number], shape, ink)):
            return True
        if _is_ring_around_ink(piece):
            return True
        if _may_have_level_line(piece):
            left, top, right, bottom = (factor * boxes[number]).tolist()
            if _has_level_line(ink[top:bottom, left:right]):
                return True
    return False


def may_be_marks(boxes: IntArray) -> BoolArray:
    """Return which pieces may be dots and dashes beside digits; none where most are small.

    Args:
        boxes: Shape (N, 4), left, top, right and bottom of each.
    """
    width, height = (boxes[:, 2:] - boxes[:, :2]).astype(float).T
    digit = float(np.percentile(height, _DIGIT))
    marks: BoolArray = (height < _MARK_HEIGHT * digit) & (width < _MARK_WIDTH * digit)
    return marks if 2 * np.count_nonzero(marks) <= len(marks) else np.zeros_like(marks)


def may_be_dots(boxes: IntArray, numbers: IntArray) -> BoolArray:
    """Return which pieces are dots beside one character, as of a question mark or a semicolon.

    Args:
        boxes: Shape (N, 4), left, top, right and bottom of each, N at least 1.
        numbers: Shape (H, W), the pieces, as `label` returns them.
    """
    sides = boxes[:, 2:] - boxes[:, :2]
    short, long = sides.min(axis=1), sides.max(axis=1)
    areas = np.bincount(numbers.ravel(), minlength=len(boxes) + 1)[1:]
    largest = int(areas.argmax())
    dots: BoolArray = (long < _ROUNDISH * short) & (areas > _DOT_FILL * sides.prod(axis=1))
    dots &= long <= _DOT * areas[largest] / long[largest]
    dots[largest] = False
    return dots


def _around_others(boxes: IntArray, asked: BoolArray) -> BoolArray:
    """Return which of the bounding boxes (N, 4) that are asked about, (N,), hold others."""
    around = np.zeros(len(boxes), bool)
    if len(boxes) == 1:
        return around
    left, top, right, bottom = boxes.T
    numbers = np.flatnonzero(asked)
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        one = boxes[some].T[..., None]
        holds = (one[0] <= left) & (one[1] <= top) & (one[2] >= right) & (one[3] >= bottom)
        around[some] = np.count_nonzero(holds, axis=1) > 1
    return around


def _at_border(box: IntArray, shape: tuple[int, ...], ink: Uint8Array) -> list[bool]:
    """Return whether a bounding box in a copy of the ink is at the top, bottom, left and right.

    A pixel of the copy at its border may hold ink that does not reach the border of the picture.
    """
    left, top, right, bottom = box.tolist()
    near = top == 0, bottom == shape[0], left == 0, right == shape[1]
    if not any(near):
        return [False] * 4
    faint = _FAINT * float(ink.max())
    sides = ink[0], ink[-1], ink[:, 0], ink[:, -1]
    return [here and bool(side.max() > faint) for here, side in zip(near, sides, strict=True)]


def _lines(boxes: IntArray, numbers: IntArray, shape: tuple[int, ...]) -> BoolArray:
    """Return which pieces are level lines, or upright lines that are not a 1.

    boxes: (N, 4), of the pieces. numbers: (H, W), as `label` returns them.
    """
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    level: BoolArray = width > _FLAT * height
    upright = height > _FLAT * width
    flat = level | upright
    if not flat.any():
        return level
    others = height[~flat]
    thick = np.bincount(numbers.ravel())[1:] / np.maximum(height, width)
    # A 1 is as high as other digits. If it is alone, it fills a crop, or stands free in a picture.
    highest = float(others.max(initial=0))
    tall = (height > _TALLER * highest) & (highest > _SPECK * thick)
    bars = upright & (height > _BAR * highest) & (highest > _SPECK * thick)
    tall |= _have_equal_ends(boxes, bars)
    ends = (boxes[:, 1] == 0) | (boxes[:, 3] == shape[0])
    beside = (boxes[:, 0] == 0) | (boxes[:, 2] == shape[1])
    beyond = (ends | beside) & (shape[1] > _FLAT * width)
    lines: BoolArray = level | (upright & (tall | beyond))
    return lines


def _have_equal_ends(boxes: IntArray, asked: BoolArray) -> BoolArray:
    """Return which of the pieces asked about, (N,), begin and end where another of them does.

    boxes: (N, 4), of the pieces.
    """
    equal = np.zeros(len(boxes), bool)
    numbers = np.flatnonzero(asked)[:_AT_ONCE]
    ends = boxes[numbers][:, [1, 3]]
    alike = (np.abs(ends[:, None] - ends) <= 1).all(axis=2)
    equal[numbers] = alike.sum(axis=1) > 1
    return equal


def _may_have_level_line(piece: BoolArray) -> bool:
    """Tell whether a row of a piece (h, w) is nearly full of ink."""
    height, width = piece.shape
    if width < max(_SMALL, _NARROW * height):
        return False
    return bool(piece.sum(axis=1, dtype=np.uint16).max() >= _LEVEL * width)


def _has_level_line(ink: Uint8Array) -> bool:
    """Tell whether ink (h, w) has a line about as long as it is wide, as straight as if printed."""
    strong = ink > int(ink.max()) // 2
    amounts = strong.sum(axis=1, dtype=np.uint16)
    rows = np.flatnonzero(amounts >= _LEVEL * ink.shape[1])
    if len(rows) == 0:
        return False
    piece = np.zeros((ink.shape[0] + 2, ink.shape[1] + 2), bool)
    piece[1:-1, 1:-1] = strong
    row = 1 + int(rows[len(rows) // 2])
    columns = np.flatnonzero(piece[row])
    above = np.argmin(piece[row::-1, columns], axis=0)  # pixels of ink from this row on
    below = np.argmin(piece[row:, columns], axis=0)
    thick = above + below - 1
    line = thick <= _THICKER * np.sort(thick)[len(thick) // 4] + 1
    x, middle = columns[line].astype(float), (below - above)[line] / 2
    x -= x.mean()
    middle -= middle.mean()
    apart = middle - float(x @ middle) / max(float(x @ x), 1) * x
    uneven = math.sqrt(float(apart @ apart) / len(apart))
    return uneven <= _UNEVEN + _CURVED * len(columns)


def has_straight_sides(piece: BoolArray, border: Sequence[bool] = (False,) * 4) -> bool:
    """Tell whether a piece of ink fills two sides of its bounding box, or nearly all of it.

    Args:
        piece: Shape (h, w), cut out at its bounding box.
        border: Which of its top, bottom, left and right are at the border of the picture.
    """
    height, width = piece.shape
    if min(height, width) < _SMALL or max(height, width) > _FLAT * min(height, width):
        return False
    full = _full_sides(piece)
    beyond = any(here and there for here, there in zip(full, border, strict=True))
    wide_foot = width > _WIDE * height and any(full)
    return sum(full) >= 2 or beyond or wide_foot or _share(piece) > _SOLID


def _is_cut_out(ink: Uint8Array) -> bool:
    """Tell whether ink (H, W) is one piece that reaches all four sides of a picture, but no frame.

    So is a digit that was cut out at its bounding box. Its straight strokes are not print.
    """
    strong = ink > int(_FAINT * int(ink.max()))
    if not (strong[0].any() and strong[-1].any() and strong[:, 0].any() and strong[:, -1].any()):
        return False
    return label(strong)[1] == 1 and sum(_full_sides(strong)) < _FRAME_SIDES


def _full_sides(piece: BoolArray) -> list[bool]:
    """Return whether a piece (h, w) fills the top, bottom, left and right of its bounding box."""
    height, width = piece.shape
    down, across = max(1, round(_BAND * height)), max(1, round(_BAND * width))
    sides = (
        piece[:down].any(axis=0), piece[-down:].any(axis=0),
        piece[:, :across].any(axis=1), piece[:, -across:].any(axis=1),
    )  # fmt: skip
    return [_share(side) > _FULL for side in sides]


def _is_ring_around_ink(piece: BoolArray) -> bool:
    """Tell whether a piece (h, w) is an ellipse with some ink in its middle."""
    height, width = piece.shape
    if min(height, width) < _MIN_RING:
        return False
    # No more can be enclosed than lies between the ends of the rows, which is quick to measure.
    beside = int(piece.argmax(axis=1).sum()) + int(piece[:, ::-1].argmax(axis=1).sum())
    if piece.size - beside < _FILLED * piece.size:
        return False
    y, x = (np.linspace(-1, 1, 2 * side + 1)[1::2] ** 2 for side in (height, width))
    away = y[:, None] + x
    if not _MIDDLE_INK[0] <= _share(piece[away < _MIDDLE**2]) <= _MIDDLE_INK[1]:
        return False
    return _is_ellipse(piece, away)


def _is_slashed_zero(ink: Uint8Array) -> bool:
    """Tell whether ink (H, W) is an ellipse with a slash from one side of it to the other.

    A 1 in a printed ring is shorter than a slash, or upright.
    """
    box = ink_box(ink)
    assert box is not None
    crop = ink_image(ink[box.slices])
    small = np.asarray(crop.reduce(-(-max(crop.size) // _SIDE)))
    strong = small > int(_FAINT * int(small.max()))
    y, x = (np.linspace(-1, 1, 2 * side + 1)[1::2] for side in strong.shape)
    away = (y**2)[:, None] + x**2
    rows, columns = np.nonzero(strong & (away < _SLASH**2))
    if len(rows) < 2:
        return False
    points = np.column_stack([x[columns], y[rows]])
    _, deviations, axes = np.linalg.svd(points, full_matrices=False)
    along = points @ axes[0]
    is_straight = deviations[1] < _THIN_SLASH * deviations[0]
    is_long = along.min() < -_SLASH_END and along.max() > _SLASH_END
    is_oblique = np.abs(axes[0]).min() > _OBLIQUE
    return bool(is_straight and is_long and is_oblique) and _is_ellipse(strong, away)


def _is_ellipse(ink: BoolArray, away: Float64Array) -> bool:
    """Tell whether the outline of ink (h, w) is the ellipse in its bounding box.

    away: of each pixel, the square of how far it is from the middle of that ellipse, in its radii.
    """
    outline, inside = filled(ink), away <= 1
    common = int(np.count_nonzero(outline & inside))
    return common >= _ROUND * int(np.count_nonzero(outline | inside))


def _share(mask: BoolArray | np.bool_) -> float:
    """Return the share of a mask that is true; ``mean`` takes five times as long for small ones."""
    return np.count_nonzero(mask) / mask.size
