from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import boxed, difference, draw, shadow_of_hand
from PIL import Image

from digitrec.imaging.ink_search.one_digit import coverage_at_scales
from digitrec.imaging.normalise import normalise, normalise_ink
from digitrec.recognition.recognizer import Recognizer


def test_a_box_in_a_photograph_is_left_out() -> None:
    rng = np.random.default_rng(0)
    ink = draw("two", 140, 140, side=70, place=(0.5, 0.5))
    light = np.linspace(0.6, 0.9, 140)
    seen = np.clip(boxed(ink) * light + rng.normal(0, 4, ink.shape), 0, 255).astype(np.uint8)
    assert difference(normalise(seen), normalise_ink(ink)) < 0.4
    blank = boxed(np.zeros((140, 140), np.uint8)) * light + rng.normal(0, 4, ink.shape)
    assert not normalise(np.clip(blank, 0, 255).astype(np.uint8)).any()


def test_the_ladder_of_scales_goes_from_coarse_to_fine() -> None:
    seen = boxed(draw("two", 300, 300, side=150, place=(0.5, 0.5)))
    found = list(coverage_at_scales(seen))
    sides = [max(one.shape) for one in found]
    assert sides == sorted(sides)
    assert max(sides) <= 300
    assert len(found) > 2
    for one in found:
        assert 0 <= one.min() <= one.max() <= 1


@pytest.mark.parametrize("side", [10, 40, 64, 70])
def test_a_small_picture_is_not_enlarged(side: int) -> None:
    seen = np.full((side, side // 2), 200, np.uint8)
    assert all(max(one.shape) <= side for one in coverage_at_scales(seen))


def test_a_digit_that_is_small_in_a_photograph_is_seen_at_a_larger_scale() -> None:
    rng = np.random.default_rng(1)
    ink = draw("four", 1000, 1000, side=90, place=(0.3, 0.6))
    seen = np.clip(220 - 0.7 * ink + rng.normal(0, 3, ink.shape), 0, 255).astype(np.uint8)
    assert difference(normalise(seen), normalise_ink(ink)) < 0.4


def test_the_finest_copy_shows_a_small_digit_beside_a_shadow() -> None:
    ink = draw("two", 300, 420, side=60, place=(0.2, 0.15))
    light = 225 * (1 - shadow_of_hand(300, 420) / 255.0) * (1 - 0.7 * (ink / 255.0))
    noise = np.random.default_rng(0).normal(0, 2, light.shape)
    seen = np.clip(light + noise, 0, 255).astype(np.uint8)
    *_, coarser, finest = coverage_at_scales(seen)
    assert max(coarser.shape) < max(finest.shape) == 384
    small = np.asarray(Image.fromarray(ink).resize(finest.shape[::-1]))
    assert finest[small > 127].mean() > 0.6
    assert finest[small == 0].mean() < 0.02
    assert Recognizer.load().recognize(seen).digit == 2
