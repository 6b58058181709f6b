from __future__ import annotations

import numpy as np
import pytest

from digitrec.benchmarks.handwriting.visible_ink import is_visible


@pytest.mark.parametrize(
    ("level", "noise", "seen"), [(20, 2, True), (4, 0, False), (20, 40, False), (100, 40, True)]
)
def test_ink_is_visible_where_it_differs_from_its_paper_by_more_than_noise(
    level: int, noise: int, seen: bool
) -> None:
    ink = np.zeros((40, 60), np.float32)
    ink[5:35, 28:32] = 1
    rng = np.random.default_rng(0)
    picture = (150 - level * ink + rng.normal(0, noise, ink.shape)).clip(0, 255).astype(np.uint8)
    assert is_visible(picture, ink) == seen
    assert is_visible(np.stack([picture, picture, picture], axis=2), ink) == seen
    if noise < 10:
        picture[:, 34:37] = 0  # a printed line beside it is not noise
        assert is_visible(picture, ink) == seen
