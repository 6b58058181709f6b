"""Why no ink was found in a picture: there is none, or all of it was taken for print."""

from __future__ import annotations

import numpy as np

from digitrec.imaging.find_ink import digit_pixels
from digitrec.imaging.pixels import Picture
from digitrec.imaging.plain_background import ink_on_plain_background
from digitrec.imaging.printed.printed_lines import may_be_printed
from digitrec.imaging.specks import remove_specks
from digitrec.recognition.results import Rejection

__all__ = ["why_blank"]

_FAINT = 32  # grey levels of 255 from the background; what is fainter may be dirt or shadow


def why_blank(picture: Picture, *, many_digits: bool) -> Rejection:
    """Return why a picture has no ink that could be read.

    On a background that is not plain, print cannot be told from the rest, and nothing is drawn.

    Args:
        picture: One in which none was found.
        many_digits: Whether many digits may be in it.

    Raises:
        PictureError: if it is not a picture.
    """
    ink = ink_on_plain_background(digit_pixels(picture))
    if ink is None:
        return Rejection("blank")
    peak = int(ink.max())
    if peak < _FAINT:
        return Rejection("blank")
    kept = remove_specks((ink * (255 / peak)).astype(np.uint8), many_digits=many_digits)
    return Rejection("printed" if may_be_printed(kept, many_digits=many_digits) else "blank")
