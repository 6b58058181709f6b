from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import draw
from scipy import ndimage

from digitrec.imaging.find_ink import page_ink
from digitrec.imaging.specks import remove_pale_ink

SHAPES = ("two", "seven", "four", "two")


def written(contrasts: list[float], paper: float = 230, light: bool = False) -> np.ndarray:
    """Digits in a row on paper with noise, each of its own contrast, from dark to light paper."""
    rng = np.random.default_rng(4)
    ink = np.hstack(
        [
            contrast * (draw(shape, 120, 120, side=60, place=(0.5, 0.5)) / 255.0)
            for shape, contrast in zip(SHAPES, contrasts, strict=False)
        ]
    )
    shade = paper * np.linspace(0.5, 1, ink.shape[1])
    seen = shade + ink * (250 - shade) if light else shade * (1 - ink)
    return np.clip(seen + rng.normal(0, 2, ink.shape), 0, 255).astype(np.uint8)


def found(seen: np.ndarray) -> list[bool]:
    """Whether there is ink in each place of a row."""
    return [
        bool((part > 0.5).any()) for part in np.hsplit(page_ink(seen).ink, seen.shape[1] // 120)
    ]


def test_what_shows_through_from_the_back_is_no_ink() -> None:
    ink = draw("four", 120, 120, side=60, place=(0.5, 0.5))
    through = ndimage.gaussian_filter(ink[:, ::-1].astype(float), 1.8) / 255
    seen = written([0.8, 0.8, 0.8, 0.0]).astype(float)
    seen[:, 360:] *= 1 - 0.12 * through
    assert found(seen.astype(np.uint8)) == [True, True, True, False]


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize("contrast", [0.1, 0.3, 0.8])
def test_pale_ink_alone_stays_in_light_and_shadow(contrast: float, light: bool) -> None:
    seen = written([contrast] * 3, paper=60 if light else 230, light=light)
    assert found(seen) == [True] * 3


@pytest.mark.parametrize("order", [(0.8, 0.4, 0.8), (0.4, 0.8, 0.4), (0.8, 0.3, 0.3)])
def test_pencil_beside_a_pen_stays(order: tuple[float, ...]) -> None:
    assert found(written(list(order))) == [True] * 3


def test_in_colour_the_channel_that_differs_most_counts() -> None:
    ink = np.zeros((60, 120), np.uint8)
    ink[20:40, 20:26] = ink[20:40, 60:66] = ink[20:40, 100:106] = 255
    seen = np.full((60, 120, 3), 230, np.uint8)
    seen[20:40, 20:26] = 40
    seen[20:40, 60:66, 0] = 60  # cyan
    seen[20:40, 100:106] = 215
    kept = remove_pale_ink(ink, seen)
    assert kept[30, [22, 62, 102]].tolist() == [255, 255, 0]


def test_of_one_piece_nothing_is_paler() -> None:
    ink = draw("two", side=60)
    assert remove_pale_ink(ink, np.full(ink.shape, 200, np.uint8)) is ink
