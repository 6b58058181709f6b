from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from scipy import ndimage

from digitrec.benchmarks.handwriting.page_photographs import Paper, photograph
from digitrec.benchmarks.handwriting.written_numbers import write_page
from digitrec.data.synthetic.digits import draw
from digitrec.imaging.find_ink import page_ink


@pytest.mark.slow
@pytest.mark.parametrize("paper", get_args(Paper))
@pytest.mark.parametrize("light_on_dark", [False, True])
def test_the_ink_of_a_photograph_is_found_again(light_on_dark: bool, paper: Paper) -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        digits = [[stroke.points for stroke in draw(k, rng).strokes] for k in range(7)]
        ink = write_page([[digits[:3], digits[3:]]] * 3, rng, height=60)
        picture = photograph(ink, rng, light_on_dark=light_on_dark, paper=paper)
        if paper == "sheet":
            ink = np.pad(ink, round(0.1 * max(ink.shape)))
        assert picture.format == "JPEG"
        assert picture.size == ink.shape[::-1]
        if paper == "plain":
            assert (np.median(picture) < 128) == light_on_dark
        found = page_ink(picture).ink > 0.5
        assert ((found & (ink > 127)).sum() / (found | (ink > 127)).sum()) > 0.7


def darker(paper: Paper, seed: int) -> np.ndarray:
    """How much darker a photograph of blank paper is than the same paper without a pattern."""
    blank = np.zeros((300, 300), np.uint8)
    one, plain = (
        np.asarray(photograph(blank, np.random.default_rng(seed), paper=kind), float)
        for kind in (paper, "plain")
    )
    # What is drawn after the rules differs: light and paper do not.
    return np.asarray(plain - one)


@pytest.mark.parametrize(("paper", "along"), [("ruled", (1,)), ("squared", (0, 1))])
def test_ruled_lines_are_thin_and_run_through(paper: Paper, along: tuple[int, ...]) -> None:
    for seed in range(8):
        less = darker(paper, seed)
        assert 0.0 < (less > 15).mean() < 0.4
        for axis in along:
            profile = np.median(less, axis=axis)
            assert profile.max() - np.median(profile) > 5


def test_a_shadow_lies_on_one_side() -> None:
    for seed in range(8):
        dark = darker("shaded", seed) > 25
        assert 0.1 < dark.mean() < 0.9
        assert ndimage.label(ndimage.median_filter(dark, 5))[1] == 1


def test_a_page_has_the_desk_around_it() -> None:
    for seed in range(8):
        blank = np.zeros((300, 400), np.uint8)
        seen = np.asarray(photograph(blank, np.random.default_rng(seed), paper="sheet"), float)
        assert seen.shape == (380, 480)
        border = np.concatenate([seen[0], seen[-1], seen[:, 0], seen[:, -1]])
        assert np.median(border) < np.median(seen[100:-100, 100:-100]) - 10
