from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import draw

from digitrec.imaging import ink_network
from digitrec.imaging.find_ink import page_ink
from digitrec.imaging.ink_search import smaller_ink
from digitrec.imaging.ink_search.whole_picture import (
    page_coverage,
)


@pytest.mark.parametrize("times", [2, 2.5, 3])
@pytest.mark.parametrize("beside", [False, True])
def test_smaller_digits_of_a_page_are_found_as_large_ones_are(times: float, beside: bool) -> None:
    rng = np.random.default_rng(2)
    size = (130, 420) if beside else (240, 220)
    large = [draw(one, *size, side=90, place=(0, x)) for one, x in (("two", 0), ("four", 0.4))]
    small = [
        draw(one, *size, side=90 / times, place=(0.9, x))
        for one, x in (("seven", 0.7), ("two", 0.85), ("four", 1))
    ]
    ink = np.maximum.reduce(large + small)
    seen = np.clip(225 - 0.7 * ink + rng.normal(0, 3, ink.shape), 0, 255).astype(np.uint8)
    found = page_ink(seen).ink > 0.5
    for one in large + small:
        there = one > 127
        assert np.count_nonzero(found & there) > 0.5 * np.count_nonzero(there)
    assert np.count_nonzero(found & (ink == 0)) < 0.15 * np.count_nonzero(ink)


def test_a_page_without_smaller_digits_takes_no_finer_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    ink = np.hstack([draw(one, 200, 200, side=110) for one in ("two", "seven", "four")])
    seen = np.clip(225 - 0.7 * ink + rng.normal(0, 3, ink.shape), 0, 255).astype(np.uint8)
    sizes: list[int] = []
    run = ink_network.predict_from_contrasts

    def count(contrasts: np.ndarray) -> np.ndarray:
        sizes.append(contrasts.size)
        return run(contrasts)

    for module in (ink_network, smaller_ink):
        monkeypatch.setattr(module, "predict_from_contrasts", count)
    page_coverage(seen)
    assert max(sizes) < 2 * seen.size
