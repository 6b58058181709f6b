"""Pages that lie on their side or upside down, as a scanner or a camera may leave them.

Few digits look like digits when they are turned. A page that reads badly as it lies, and well after
a turn, is turned. A page of digits that read alike upside down (0, 1, 8, 6 and 9) stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from digitrec.arrays import Float32Array
from digitrec.imaging.components import label
from digitrec.imaging.pixels import CheckedPicture
from digitrec.recognition.results import Box, Page, Prediction

__all__ = ["is_better_turned", "likely_turns", "turn_page", "turn_picture"]

# Of a page, rejected ones included; fewer do not show whether it is turned. Those of a line on its
# side stand above each other, and may be taken together.
MIN_DIGITS = 4
# Of the mean logarithm of how sure the predictions of a page are, which is at most 0:
MAX_BADLY_READ = -0.3  # above this, the page is not read again
# A turn is kept if:
MIN_WELL_READ = -0.5  # it is at least this after the turn
SHARE_LEFT = 0.2  # it is at most this share of that before: nearer to 0
MIN_EVIDENCE = 4.0  # the sum of the logarithms grows by at least this
MIN_SURENESS = 1e-3  # a less sure prediction counts as this
ON_ITS_SIDE = 270, 90
MAX_TURNS = 2  # how many of the three turns are tried, the likeliest first


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
    before = _log_sureness(page.digits)
    if before > MAX_BADLY_READ or _count_pieces(page.digits) < MIN_DIGITS:
        return []
    if len(page.digits) < MIN_DIGITS:  # a line that lies on its side, and looks like few signs
        return list(ON_ITS_SIDE)
    images = np.stack([one.image for one in page.digits])
    log_sureness = {
        degrees: _log_sureness(recognize(np.rot90(images, degrees // 90, (1, 2)).copy()))
        for degrees in (90, 180, 270)
    }
    better = [degrees for degrees in log_sureness if log_sureness[degrees] > before]
    return sorted(better, key=log_sureness.__getitem__, reverse=True)[:MAX_TURNS]


def is_better_turned(turned: Page, page: Page) -> bool:
    """Tell whether a page is read well after a turn, and much better than before."""
    before, after = _log_sureness(page.digits), _log_sureness(turned.digits)
    return (
        len(turned.digits) >= MIN_DIGITS
        and after >= max(MIN_WELL_READ, SHARE_LEFT * before)
        and len(turned.digits) * (after - before) >= MIN_EVIDENCE
    )


def turn_picture(picture: CheckedPicture, degrees: int) -> CheckedPicture:
    """Turn a picture clockwise by 90, 180 or 270 degrees, pixel by pixel."""
    if isinstance(picture, np.ndarray):
        return np.ascontiguousarray(np.rot90(picture, -degrees // 90))
    return picture.rotate(-degrees, expand=True)


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


def _count_pieces(digits: Sequence[Prediction]) -> int:
    """Return how many digits there may be: pieces of ink that stand by themselves."""
    return sum(label(one.image > 0)[1] for one in digits)


def _log_sureness(digits: Sequence[Prediction]) -> float:
    """Return the mean logarithm of how sure predictions are."""
    sureness = np.array([one.sureness for one in digits])
    return float(np.log(np.maximum(sureness, MIN_SURENESS)).mean()) if len(sureness) else -np.inf
