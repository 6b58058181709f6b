from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from digitrec.data.synthetic import digits
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.imaging.white_noise import is_white_noise


@pytest.mark.parametrize("side", [16, 28, 100, 300])
def test_noise_of_every_kind_is_told(side: int) -> None:
    rng = np.random.default_rng(0)
    for noise in (
        rng.integers(0, 256, (side, side), np.uint8),
        rng.integers(0, 256, (side, side, 3), np.uint8),
        ((rng.random((side, side)) < 0.3) * 255).astype(np.uint8),
        rng.normal(128, 20, (side, side)).clip(0, 255).astype(np.uint8),
    ):
        assert is_white_noise(Image.fromarray(noise))


def test_ink_is_no_noise() -> None:
    rng = np.random.default_rng(0)
    for digit in range(10):
        ink = 255 - rasterise_drawing(digits.draw(digit, rng))
        for side in (20, 60, 280):
            picture = Image.fromarray(ink).resize((side, side))
            assert not is_white_noise(picture)
            grainy = np.asarray(picture, float) + rng.normal(0, 10, (side, side))
            assert not is_white_noise(Image.fromarray(grainy.clip(0, 255).astype(np.uint8)))
    for line in (np.s_[:, 5], np.s_[5], (np.arange(40), np.arange(40))):
        thin = np.full((40, 40), 255, np.uint8)
        thin[line] = 0  # one pixel wide
        assert not is_white_noise(Image.fromarray(thin))


def test_a_dithered_scan_is_no_noise() -> None:
    rng = np.random.default_rng(0)
    for digit in range(10):
        ink = rasterise_drawing(digits.draw(digit, rng))
        for paper, dark in ((235, 60), (200, 120)):
            grey = (paper - ink.astype(float) / 255 * (paper - dark)).astype(np.uint8)
            scan = Image.fromarray(grey).resize((140, 140), Image.Resampling.BOX).convert("1")
            assert not is_white_noise(scan)


def test_too_little_to_tell_is_no_noise() -> None:
    rng = np.random.default_rng(0)
    for shape in ((1, 300), (5, 5)):
        assert not is_white_noise(Image.fromarray(rng.integers(0, 256, shape, np.uint8)))
    assert not is_white_noise(Image.new("L", (90, 90), 255))
