from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import draw, ring_of_cup
from scipy import ndimage

from digitrec.imaging.ink_search.hidden_ink import hidden_length, sharp_pieces
from digitrec.imaging.ink_search.whole_picture import page_coverage


def on_stained_paper(ink: np.ndarray, rings: np.ndarray) -> np.ndarray:
    paper = 225 * (1 - 0.4 * (rings / 255.0)) * (1 - 0.7 * (ink / 255.0))
    noise = np.random.default_rng(0).normal(0, 2, paper.shape)
    return np.clip(paper + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_ring_that_a_cup_has_left_does_not_hide_digits(rows: int) -> None:
    ink = np.zeros((480, 860), np.uint8)
    for top in (40, 180, 320)[:rows]:
        for left in range(40, 340, 60):
            ink[top : top + 80, left : left + 60] |= draw("two", 80, 60, side=50, place=(0.5, 0.5))
    rings = ring_of_cup(480, 860, centre=(620, 250), radius=170)
    found = page_coverage(on_stained_paper(ink, rings))
    assert found[ink > 127].mean() > 0.7
    assert found[(ink == 0) & (rings > 0)].mean() < 0.3


def test_a_large_digit_is_no_stain() -> None:
    large = draw("four", 600, 600, side=360, place=(0.1, 0.3))
    small = np.zeros_like(large)
    for left in range(20, 540, 60):
        small[530:590, left : left + 60] |= draw("two", 60, 60, side=40, place=(0.5, 0.5))
    found = page_coverage(on_stained_paper(np.maximum(large, small), np.zeros_like(large)))
    assert found[large > 127].mean() > 0.6


def test_only_several_sure_pieces_are_hidden() -> None:
    closer = np.zeros((60, 200), np.float32)
    for left in range(10, 190, 40):
        closer[20:44, left : left + 6] = 0.95
    nothing = np.zeros((30, 100), np.float32)
    assert hidden_length(nothing, closer) == 24
    assert hidden_length(nothing, closer * np.float32(0.8)) == 0  # not sure
    assert hidden_length(closer[::2, ::2], closer) == 0  # seen in both copies
    assert hidden_length(nothing, closer[:, :90]) == 0  # too few
    assert hidden_length(nothing, ndimage.zoom(closer, 0.4, order=0)) == 0  # too short


def test_stains_are_what_has_soft_edges_in_a_finer_copy() -> None:
    coverage = np.zeros((30, 100), np.float32)
    coverage[5:25, 10:14] = coverage[5:25, 60:64] = 0.9
    dark = np.kron(coverage, np.ones((8, 8)))
    dark[:, :400] = ndimage.gaussian_filter(dark[:, :400], 8)
    kept = sharp_pieces(coverage, (230 - 100 * dark).astype(np.uint8))
    assert not kept[:, :40].any()
    np.testing.assert_array_equal(kept[:, 50:], coverage[:, 50:])
    assert not sharp_pieces(np.zeros_like(coverage), np.zeros((90, 300, 3), np.uint8)).any()
