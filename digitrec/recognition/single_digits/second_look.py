"""The second look at a picture of which a network is not sure: is other ink more like a digit?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from digitrec.arrays import Float32Array
from digitrec.imaging.normalise import normalise_otherwise
from digitrec.imaging.pixels import Picture
from digitrec.recognition.blank_pictures import why_blank
from digitrec.recognition.results import Prediction

__all__ = ["SURE_AT_ONCE", "look_again"]

# A picture is looked at again where the network is less sure that its ink is this digit.
SURE_AT_ONCE = 0.9


def look_again(
    picture: Picture,
    first: Prediction,
    recognize_normalised: Callable[[Float32Array], list[Prediction]],
) -> Prediction:
    """Read a picture of one digit once more, where what was read at first is not sure.

    The ink that was found at first may hold print, or lack pale strokes. Of all that may be the
    ink, what looks most like a digit is taken.

    Args:
        picture: The picture.
        first: What was read in it.
        recognize_normalised: Reads images (N, 28, 28).

    Raises:
        PictureError: if it is not a picture.
    """
    if first.sureness >= SURE_AT_ONCE:
        return first
    read, others = [first], normalise_otherwise(picture)
    if others:
        read += recognize_normalised(np.stack(others))
    best = max(read, key=lambda one: one.sureness)
    rejection = best.rejection if best.image.any() else why_blank(picture, many_digits=False)
    return best if rejection == best.rejection else replace(best, rejection=rejection)
