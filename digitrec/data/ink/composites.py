"""Pictures of handwriting on paper, with the ink that is in them, pixel by pixel."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.data.ink.camera import Look, take_picture
from digitrec.data.ink.graphics import View, coverage
from digitrec.data.ink.layout import Scene, add_stamp
from digitrec.data.ink.scenes import KINDS
from digitrec.data.ink.writers import Writers

__all__ = ["Composite", "compose"]

# How frequent each kind is in the training part, relative to the others
_SHARES = {
    "plain": 0.10, "several": 0.10, "edge": 0.16, "box": 0.14, "part of a box": 0.12,
    "boxes": 0.09, "comb": 0.05, "underline": 0.06, "circle": 0.05, "frame": 0.10, "table": 0.05,
    "diagonals": 0.10, "ruled": 0.08, "print": 0.10, "page": 0.20, "neat": 0.25, "block": 0.05,
    "code": 0.05, "objects": 0.16, "nothing": 0.16,
}  # fmt: skip
assert set(_SHARES) == set(KINDS)
_HEIGHTS = (14.0, 64.0)  # pixels of a digit, from and to; small ones are as frequent as large ones
_FILLING = 0.6  # share of the pictures that are about as large as the limit allows
_MIN_SIDE = 10  # pixels of a picture
_SEEN = 0.8  # if less of the ink is visible, the text of the picture is not given
_STAMPED = 0.08  # share of the pictures with a stamp, or a line drawn across
_BENT = 0.3  # share of the pictures that are rotated, tilted or curled


class Composite(NamedTuple):
    """A picture and its ink.

    Attributes:
        picture: uint8 (H, W) or (H, W, 3).
        ink: The share of each pixel that ink covers, (H, W).
        text: The digits, line after line; "?" stands for a letter. None where some may be cut
            off.
    """

    picture: Uint8Array
    ink: Float32Array
    text: str | None


def compose(
    writers: Writers,
    rng: np.random.Generator,
    *,
    kind: str | None = None,
    side: int = 112,
    heights: tuple[float, float] = _HEIGHTS,
) -> Composite:
    """Make a picture.

    Args:
        writers: Whose handwriting it shows.
        rng: The source of all that is random.
        kind: One of `digitrec.data.ink.scenes.KINDS`; drawn at random where not given.
        side: Pixels that no side exceeds. What does not fit is made smaller, or cut off.
        heights: Of a digit in pixels, from and to.
    """
    if kind is None:
        weights = np.array(list(_SHARES.values()))
        kind = str(rng.choice(list(_SHARES), p=weights / weights.sum()))
    scene = KINDS[kind](writers, rng)
    if kind != "plain" and rng.uniform() < _STAMPED:
        add_stamp(scene, rng)
    look = Look(rng)
    view, whole = _view(scene, rng, side, heights)
    ink = coverage(scene.ink, view)
    prints = [coverage(layer, view) for layer in scene.prints]
    drawn = float(ink.sum())
    behind = coverage(scene.behind, view) if scene.behind else None
    picture, ink = take_picture(ink, prints, look, rng, behind)
    whole = whole and scene.whole and float(ink.sum()) >= _SEEN * drawn
    return Composite(picture, ink, scene.text if whole else None)


def _view(
    scene: Scene, rng: np.random.Generator, side: int, heights: tuple[float, float]
) -> tuple[View, bool]:
    """Choose the scale, and how the paper lies; also return whether the whole scene is shown."""
    whole = True
    left, top, right, bottom = scene.bounds
    scale = float(np.exp(rng.uniform(np.log(heights[0]), np.log(heights[1]))))
    longest = max(right - left, bottom - top)
    if rng.uniform() < _FILLING:
        scale = max(heights[0], side * rng.uniform(0.5, 1) / longest)
    if scale * longest > side:
        scale = max(side / longest, heights[0])
        reach = side / scale
        whole = longest <= reach * 1.001
        if right - left > reach:
            left += rng.uniform(0, right - left - reach)
            right = left + reach
        if bottom - top > reach:
            top += rng.uniform(0, bottom - top - reach)
            bottom = top + reach
    width, height = (
        int(np.clip(round(length * scale), _MIN_SIDE, side))
        for length in (right - left, bottom - top)
    )
    if rng.uniform() > _BENT:
        # Printed lines mostly lie along the rows and columns of pixels, or nearly so.
        return View(left, top, scale, width, height), whole
    angle, shear = rng.normal(0, 0.04), rng.normal(0, 0.01)
    turn = np.array([[np.cos(angle), -np.sin(angle) + shear], [np.sin(angle), np.cos(angle)]])
    tilt = rng.normal(0, 0.05, 2) if rng.uniform() < 0.3 else np.zeros(2)
    curl = (0.0, 1.0, 0.0)
    if rng.uniform() < 0.3:
        curl = rng.uniform(0.002, 0.03), rng.uniform(2, 8), rng.uniform(0, 6)
    return View(left, top, scale, width, height, turn, tilt, curl), whole
