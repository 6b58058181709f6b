"""Find the ink in a picture: what is background, what is ink, and how much ink is on each pixel.

On a plain background (one exact colour, as in a drawing) ink is the difference from it, unless some
of it may be printed. A network finds all other ink (`digitrec.imaging.ink_search`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.imaging.downscale import downscale, reduced
from digitrec.imaging.ink_box import ink_box
from digitrec.imaging.ink_colours import inks_by_colour
from digitrec.imaging.ink_network import NO_INK
from digitrec.imaging.ink_search.one_digit import (
    coarse_coverage,
    written_coverage,
)
from digitrec.imaging.ink_search.whole_picture import (
    find_in_whole_picture,
    finer_page_coverage,
    page_coverage,
)
from digitrec.imaging.pixels import (
    Box,
    CheckedPicture,
    Picture,
    check_picture,
    resolve_transparency,
    size_of,
)
from digitrec.imaging.plain_background import ink_on_plain_background
from digitrec.imaging.printed.print_removal import (
    is_all_written,
    is_doubtful_piece,
    is_one_sign,
    is_surely_written,
    overlooked_sevens,
    written_ink,
    written_pieces,
)
from digitrec.imaging.printed.printed_lines import may_be_printed
from digitrec.imaging.specks import remove_pale_ink, remove_specks

__all__ = [
    "PageInk", "clean_ink", "digit_pixels", "find_ink", "finer_page_ink", "ink_of",
    "is_written_at_a_glance", "page_ink", "page_inks_by_colour", "paper_pixels", "strong_ink",
    "surroundings", "without_print",
]  # fmt: skip

# Longer side to which a larger picture of one digit is reduced first; a digit a sixteenth as long
# still has 64 pixels.
_DIGIT_SIDE = 1024
_PAGE_PIXELS = 2048 * 2048  # the same for a page; its digits are smaller
_PAPER = 0.4  # paper covers more than this share of a picture; a frame beside a digit covers less
_MARGIN = 0.15  # around the ink of a drawing for the network, as a share of the ink's longer side


def find_ink(picture: Picture) -> Uint8Array:
    """Find the ink in a picture of one digit: dark on light or light on dark, clean or on paper.

    The background is what most of the border shows; it may be transparent.

    Args:
        picture: See `Picture`.

    Returns:
        Shape (H, W), 0 where there is no ink. The largest value stands for full ink, however small
        it is. All 0 where the picture is blank. On a plain background a picture with a side above
        1024 pixels comes back reduced by a whole factor; elsewhere it is the part with the digit,
        at a scale that the network chose.

    Raises:
        PictureError: if it is not a picture.
    """
    return ink_of(check_picture(picture))


def ink_of(checked: CheckedPicture) -> Uint8Array:
    """Find ink as `find_ink` does, in a picture that is checked already."""
    return _ink(downscale(checked, _DIGIT_SIDE))


def digit_pixels(picture: Picture) -> Uint8Array:
    """Return the pixels in which the ink of one digit is looked for.

    Args:
        picture: See `Picture`.

    Returns:
        Shape (H, W) or (H, W, 3); a picture with a side above 1024 pixels is reduced.

    Raises:
        PictureError: if it is not a picture.
    """
    return resolve_transparency(downscale(check_picture(picture), _DIGIT_SIDE))


def clean_ink(pixels: Uint8Array) -> Uint8Array | None:
    """Return the ink (H, W) of one digit on a background of one exact colour.

    Args:
        pixels: Shape (H, W) or (H, W, 3).

    Returns:
        The ink, as `find_ink` returns it; None on another background, and where print may be.
    """
    ink = ink_on_plain_background(pixels)
    return None if ink is None or may_be_printed(ink, many_digits=False) else ink


class PageInk(NamedTuple):
    """Ink of a page, and how its pixels lie in the picture.

    Attributes:
        ink: Shape (h, w), in [0, 1], 1 where it is full.
        factor: Pixels of the picture along each side of a pixel of the ink.
        width: Of the upright picture, in pixels, after it was enlarged.
        height: Likewise.
        enlarged: The whole factor by which the picture was enlarged before its ink was found, as
            that of tiny digits is.
    """

    ink: Float32Array
    factor: int
    width: int
    height: int
    enlarged: int = 1

    def in_picture(self, box: Box) -> Box:
        """Return a box of the ink in pixels of the picture as given."""
        left, top, right, bottom = (self.factor * side for side in box)
        right, bottom = min(right, self.width), min(bottom, self.height)
        times = self.enlarged
        return left // times, top // times, -(-right // times), -(-bottom // times)


def page_ink(picture: Picture, factor: int | None = None) -> PageInk:
    """Find the ink in a picture of many digits, which may be small beside the picture.

    Args:
        picture: See `Picture`.
        factor: By which the picture is reduced first; by default the smallest that leaves no more
            than four million pixels.

    Raises:
        PictureError: if it is not a picture.
    """
    checked = check_picture(picture)
    width, height = size_of(checked)
    if factor is None:
        factor = math.ceil(math.sqrt(height * width / _PAGE_PIXELS))
    ink = _ink(reduced(checked, factor), many_digits=True)
    return PageInk(_relative(ink), factor, width, height)


def finer_page_ink(picture: Picture, page: PageInk, part: Box) -> PageInk | None:
    """Find the ink in a part of a page again, in a finer copy.

    Args:
        picture: The page.
        page: Its ink, as `page_ink` finds it.
        part: In pixels of the ink; it may reach beyond the page.

    Returns:
        The ink of the part, 0 elsewhere; None where no ink is found, where the copy would be too
        large to read in a reasonable time, and on a plain background, whose ink needs no network.

    Raises:
        PictureError: if it is not a picture.
    """
    pixels = paper_pixels(picture, page)
    if pixels is None:
        return None
    left, top, right, bottom = part
    there = slice(max(0, top), bottom), slice(max(0, left), right)
    coverage = finer_page_coverage(pixels[there])
    if coverage is None:
        return None
    ink = np.zeros_like(page.ink)
    ink[there] = _relative(_strong_on_page(coverage, pixels[there]))
    return page._replace(ink=ink) if ink.any() else None


def paper_pixels(picture: Picture, page: PageInk) -> Uint8Array | None:
    """Return the pixels in which a network found the ink of a page; None if it was not asked."""
    pixels = _page_pixels(picture, page)
    return pixels if ink_on_plain_background(pixels) is None else None


def page_inks_by_colour(picture: Picture, page: PageInk, part: Box) -> list[PageInk]:
    """Return the ink of each colour in a part of a page whose ink has two colours.

    Args:
        picture: The page.
        page: Its ink, as `page_ink` finds it.
        part: Left, top, right and bottom, in pixels of the ink.

    Returns:
        The ink of one colour in the part, 0 elsewhere; then that of the other. Nothing if the ink
        of the page has one colour.

    Raises:
        PictureError: if it is not a picture.
    """
    left, top, right, bottom = part
    there = slice(max(0, top), bottom), slice(max(0, left), right)
    found = []
    for one in inks_by_colour(page.ink, _page_pixels(picture, page)):
        ink = np.zeros_like(page.ink)
        ink[there] = one[there]
        found.append(page._replace(ink=ink))
    return found


def without_print(picture: Picture, page: PageInk, boxes: Sequence[Box]) -> PageInk | None:
    """Leave out what is printed in parts of a page on a plain background.

    Args:
        picture: The page.
        page: Its ink, as `page_ink` finds it.
        boxes: The parts, in pixels of the ink.

    Returns:
        The written ink; None where all ink is written or none, and on another background.

    Raises:
        PictureError: if it is not a picture.
    """
    pixels = _page_pixels(picture, page)
    ink = ink_on_plain_background(pixels)
    if ink is None:
        return None
    written = page.ink > 0
    for left, top, right, bottom in boxes:
        margin = bottom - top
        part = (
            slice(max(0, top - margin), bottom + margin),
            slice(max(0, left - margin), right + margin),
        )
        rest = written_pieces(ink[part], page_coverage(pixels[part])) > 0
        written[top:bottom, left:right] &= rest[
            top - part[0].start : bottom - part[0].start,
            left - part[1].start : right - part[1].start,
        ]
    rest_of_page = np.where(written, page.ink, np.float32(0))
    if not written.any() or (rest_of_page == page.ink).all():
        return None
    return page._replace(ink=rest_of_page)


def _page_pixels(picture: Picture, page: PageInk) -> Uint8Array:
    """Return the pixels, (H, W) or (H, W, 3), in which the ink of a page was found."""
    return resolve_transparency(reduced(check_picture(picture), page.factor))


def _relative(ink: Uint8Array) -> Float32Array:
    """Return ink as a fraction of the strongest; all 0 where there is none."""
    return ink.astype(np.float32) / np.float32(max(int(ink.max()), 1))


def _ink(pixels: Uint8Array, *, many_digits: bool = False) -> Uint8Array:
    """Return the ink (H, W) of pixels; full ink is somewhere in 1…255."""
    pixels = resolve_transparency(pixels)
    ink = ink_on_plain_background(pixels)
    if ink is None:
        return _on_paper(pixels, many_digits)
    if not may_be_printed(ink, many_digits=many_digits):
        return ink
    if not many_digits and is_written_at_a_glance(pixels, ink):
        return ink
    part = surroundings(ink)
    found = find_in_whole_picture(pixels[part], many_digits=many_digits)
    # The lower bound often settles it, in half of the time.
    if found.has_ink and is_all_written(ink[part], found.lower_bound(), many_digits=many_digits):
        return ink
    coverage = found.coverage()
    if is_all_written(ink[part], coverage, many_digits=many_digits):
        return ink
    rest = np.zeros_like(ink)
    if many_digits:
        overlooked = overlooked_sevens(ink[part], coverage)
        rest[part] = strong_ink(
            np.where(overlooked, ink[part] / ink.max(), coverage), many_digits=True
        )
    else:
        rest[part] = written_ink(ink[part], coverage)
    left_out = np.count_nonzero(ink) - np.count_nonzero(rest)
    if left_out > _PAPER * ink.size:  # the paper was taken for ink, on something darker
        return _on_paper(pixels, many_digits)
    is_whole = is_doubtful_piece(ink[part], coverage) or (
        not many_digits and is_one_sign(ink, rest)
    )
    return ink if is_whole else rest


def is_written_at_a_glance(pixels: Uint8Array, ink: Uint8Array) -> bool:
    """Tell by one small copy whether the ink (H, W) of a digit has no print, as most drawings."""
    if not ink.any():
        return True
    part = surroundings(ink)
    return is_surely_written(ink[part], coarse_coverage(pixels[part]))


def _on_paper(pixels: Uint8Array, many_digits: bool) -> Uint8Array:
    """Return the ink on paper that is not plain, (h, w); 255 where it is full."""
    if many_digits:
        return _strong_on_page(page_coverage(pixels), pixels)
    return strong_ink(written_coverage(pixels), many_digits=False)


def _strong_on_page(coverage: Float32Array, pixels: Uint8Array) -> Uint8Array:
    """Return the ink of a page that the network is sure of, without far paler pieces.

    coverage: of the pixels, (H, W).
    """
    return remove_pale_ink(strong_ink(coverage, many_digits=True), pixels)


def strong_ink(coverage: Float32Array, *, many_digits: bool) -> Uint8Array:
    """Return the ink that the network is sure of; coverage: (h, w) in [0, 1]."""
    strong = (coverage - NO_INK) * (255 / (1 - 2 * NO_INK))
    return remove_specks(np.clip(strong, 0, 255).astype(np.uint8), many_digits=many_digits)


def surroundings(ink: Uint8Array) -> tuple[slice, slice]:
    """Return the part of a picture that holds all of its ink (H, W), with a margin."""
    box = ink_box(ink)
    assert box is not None
    margin = _MARGIN * (box.longest - 1) + 2
    down, across = (
        slice(max(0, int(first - margin)), int(last - 1 + margin))
        for first, last in ((box.top, box.bottom), (box.left, box.right))
    )
    return down, across
