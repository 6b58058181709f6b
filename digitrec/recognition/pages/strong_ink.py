"""The ink of a page without what is far paler, where it is not the ink that was found first."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitrec.arrays import Float32Array
from digitrec.imaging.find_ink import PageInk, page_ink, paper_pixels
from digitrec.imaging.ink_network import IS_INK
from digitrec.imaging.ink_search.strong_contrast import without_pale
from digitrec.imaging.pixels import Picture

__all__ = ["strong_page_ink"]

# Two inks are not the same if more than this share of one is farther from the other than half of
# this many pixels.
_MUCH, _BESIDE = 0.2, 5


def strong_page_ink(picture: Picture, page: PageInk) -> PageInk | None:
    """Find the ink of a page on paper again, without what is far paler than the strongest.

    Args:
        picture: The page.
        page: Its ink, as `digitrec.imaging.find_ink.page_ink` finds it.

    Returns:
        The ink; None where there is none or the same, and on a plain background.

    Raises:
        PictureError: if it is not a picture.
    """
    pixels = paper_pixels(picture, page)
    if pixels is None:
        return None
    ink = page_ink(without_pale(pixels), 1).ink
    return page._replace(ink=ink) if ink.any() and not _is_same(ink, page.ink) else None


def _is_same(one: Float32Array, other: Float32Array) -> bool:
    """Tell whether most of each of two inks (H, W) is beside the other."""
    first, second = one > IS_INK, other > IS_INK
    return all(
        np.count_nonzero(here & (ndimage.maximum_filter(there, _BESIDE) == 0))
        <= _MUCH * np.count_nonzero(here)
        for here, there in ((first, second), (second, first))
    )
