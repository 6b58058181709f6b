"""Pages that lie on their side or upside down, as a scanner or a camera may leave them.

Few digits are digits when they are turned. Where the ink of a page reads badly as it lies, and well
after a turn, the page is turned. One of digits that read alike upside down (0, 1, 8, 6 and 9) stays
as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.recognition.results import Box, Page, Prediction

__all__ = ["is_better_turned", "likely_turns", "size_of", "turn_page", "turn_picture"]

FEWEST = 4  # predictions of a page from which its turn can be told
# The mean logarithm of the sureness of a page's predictions: higher, it is not looked at again;
BADLY_READ = -0.3
# after its turn, it is at least this, and at most this share of what it was.
WELL_READ, SHARE_LEFT = -0.5, 0.2
EVIDENCE = 4.0  # by which the sum of these logarithms is higher at least, after a turn
LEAST_SURE = 1e-3  # a lower sureness counts as this
TURNS = 2  # of the three, the likeliest are tried


def likely_turns(
    page: Page, recognize: Callable[[Float32Array], Sequence[Prediction]]
) -> list[int]:
    """Return the turns after which a page should be read again; the likeliest is first.

    Args:
        page: As it lies.
        recognize: Reads images (N, 28, 28) of single digits.

    Returns:
        Degrees clockwise, as of `Page.turned`; none where the page reads well, or has few digits.
    """
    if len(page.digits) < FEWEST or _legibility(page.digits) > BADLY_READ:
        return []
    images = np.stack([one.image for one in page.digits])
    legibility = {
        degrees: _legibility(recognize(np.rot90(images, degrees // 90, (1, 2)).copy()))
        for degrees in (90, 180, 270)
    }
    better = [one for one in legibility if legibility[one] > _legibility(page.digits)]
    return sorted(better, key=lambda degrees: -legibility[degrees])[:TURNS]


def is_better_turned(turned: Page, page: Page) -> bool:
    """Tell whether a page is read well after a turn, and much better than before."""
    before, after = _legibility(page.digits), _legibility(turned.digits)
    return (
        len(turned.digits) >= FEWEST
        and after >= max(WELL_READ, SHARE_LEFT * before)
        and len(turned.digits) * (after - before) >= EVIDENCE
    )


def turn_picture(picture: Uint8Array | Image.Image, degrees: int) -> Uint8Array | Image.Image:
    """Turn a picture clockwise by 90, 180 or 270 degrees, pixel by pixel."""
    if isinstance(picture, np.ndarray):
        return np.ascontiguousarray(np.rot90(picture, -degrees // 90))
    return picture.rotate(-degrees, expand=True)


def size_of(picture: Uint8Array | Image.Image) -> tuple[int, int]:
    """Return the width and the height of a picture."""
    if isinstance(picture, np.ndarray):
        return picture.shape[1], picture.shape[0]
    return picture.size


def turn_page(page: Page, size: tuple[int, int], degrees: int) -> Page:
    """Return a page with the boxes that it has after its picture is turned.

    Args:
        page: As it was read.
        size: Width and height of its picture.
        degrees: By which the picture is turned clockwise: 90, 180 or 270.
    """

    def box(one: Box) -> Box:
        (left, top, right, bottom), (width, height) = one, size
        for _ in range(degrees // 90):
            left, top, right, bottom = height - bottom, left, height - top, right
            width, height = height, width
        return left, top, right, bottom

    return replace(
        page,
        lines=tuple(
            tuple(replace(one, box=box(one.box) if one.box else None) for one in line)
            for line in page.lines
        ),
        marks=tuple(
            tuple(replace(mark, box=box(mark.box)) for mark in line) for line in page.marks
        ),
        turned=(page.turned + degrees) % 360,
    )


def _legibility(digits: Sequence[Prediction]) -> float:
    """Return the mean logarithm of how sure predictions are."""
    sureness = np.array([one.sureness for one in digits])
    return float(np.log(np.maximum(sureness, LEAST_SURE)).mean()) if len(sureness) else -np.inf
