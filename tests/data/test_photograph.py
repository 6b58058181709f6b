from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from digitrec.data.numbers import write_page
from digitrec.data.photograph import Paper, photograph
from digitrec.image import page_ink

BARS = [[np.array([[5.0 * i, 3.0], [5.0 * i, 5.0 + i]])] for i in range(4)]


@pytest.mark.parametrize("paper", get_args(Paper))
@pytest.mark.parametrize("light_on_dark", [False, True])
def test_the_ink_of_a_photograph_is_found_again(light_on_dark: bool, paper: Paper) -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        ink = write_page([[BARS[:3], BARS]] * 3, rng, height=60)
        picture = photograph(ink, rng, light_on_dark=light_on_dark, paper=paper)
        assert picture.format == "JPEG"
        assert picture.size == ink.shape[::-1]
        assert (np.median(picture) < 128) == light_on_dark
        found = page_ink(picture).ink > 0.5
        assert ((found & (ink > 127)).sum() / (found | (ink > 127)).sum()) > 0.7


def light(paper: Paper, seed: int) -> np.ndarray:
    """A photograph of blank paper, beside the same where it is plain."""
    blank = np.zeros((300, 300), np.uint8)
    return np.asarray(photograph(blank, np.random.default_rng(seed), paper=paper), float)


def test_rules_are_thin_and_a_shadow_is_wide() -> None:
    for seed in range(5):
        for paper, least, most in (("ruled", 0.005, 0.1), ("squared", 0.02, 0.25)):
            seen = light(paper, seed)  # type: ignore[arg-type]
            darker = seen < np.median(seen, axis=(0, 1)) - 15
            columns = darker.mean(axis=0)
            assert least < columns[100:200].mean() < most + 0.3
        shaded = light("shaded", seed)
        assert shaded.max() - shaded.min() > 40
