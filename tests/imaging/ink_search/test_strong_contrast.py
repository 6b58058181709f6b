"""Drawings of what differs most from paper: what stays, and what goes."""

from __future__ import annotations

import numpy as np
import pytest

from digitrec.arrays import Uint8Array
from digitrec.imaging.ink_search.strong_contrast import without_pale


def striped(*, ink: int | None, paper: int = 200, stripe: int = 150) -> Uint8Array:
    """Stripes as wide as strokes, and a thick bar over them."""
    picture = np.full((160, 240), paper, np.uint8)
    picture[:, np.arange(240) // 12 % 2 == 0] = stripe
    if ink is not None:
        picture[40:120, 100:108] = ink
    return picture


@pytest.mark.parametrize(("ink", "paper", "stripe"), [(20, 200, 150), (240, 40, 60)])
def test_strokes_stay_and_pale_stripes_go(ink: int, paper: int, stripe: int) -> None:
    drawing = without_pale(striped(ink=ink, paper=paper, stripe=stripe))
    assert drawing.dtype == np.uint8
    assert (drawing[40:120, 100:108] < 128).all()
    drawing[40:120, 100:108] = 255
    assert (drawing == 255).all()


def test_paper_may_be_light_and_dark() -> None:
    light = np.linspace(0.3, 1, 240)
    drawing = without_pale((striped(ink=20) * light).astype(np.uint8))
    assert (drawing[50:110, 102:106] < 128).all()
    assert drawing[:, 120:].min() == 255


def test_the_channel_that_differs_most_counts() -> None:
    picture = np.full((160, 240, 3), 200, np.uint8)
    picture[:, ::9] -= 40
    picture[40:120, 100:108] = 200, 20, 200
    drawing = without_pale(picture)
    assert drawing.shape == (160, 240)
    assert (drawing[40:120, 100:108] == 0).all()
    assert (np.delete(drawing, np.s_[100:108], axis=1) == 255).all()


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 300, 3)])
def test_nothing_is_strong_on_blank_paper(shape: tuple[int, ...]) -> None:
    assert (without_pale(np.full(shape, 128, np.uint8)) == 255).all()
