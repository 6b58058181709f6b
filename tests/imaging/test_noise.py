from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import draw
from PIL import Image, ImageFilter

from digitrec.arrays import Uint8Array
from digitrec.imaging.noise import is_noise


def noisy_paper(ink: Uint8Array, strength: float, noise: float) -> Uint8Array:
    rng = np.random.default_rng(0)
    seen = 220 - strength * (ink / 255) + rng.normal(0, noise, ink.shape)
    return np.clip(seen, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("size", [(60, 200), (300, 300), (500, 800)])
@pytest.mark.parametrize("radius", [0, 1, 2, 4])
def test_noise_is_told_whatever_its_size_and_blur(size: tuple[int, int], radius: int) -> None:
    for seed in range(3):
        noise = np.random.default_rng(seed).integers(0, 256, size, np.uint8)
        blurred = Image.fromarray(noise).filter(ImageFilter.GaussianBlur(radius))
        assert is_noise(np.asarray(blurred))
        assert is_noise(np.asarray(blurred.convert("RGB")))


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize(("strength", "noise"), [(160, 0), (160, 12), (160, 25), (60, 6)])
def test_ink_on_noisy_paper_is_more_than_noise(
    strength: float, noise: float, inverted: bool
) -> None:
    for height, width, side in ((280, 280, 120), (120, 400, 60), (700, 500, 40)):
        seen = noisy_paper(draw("two", height, width, side), strength, noise)
        assert not is_noise(255 - seen if inverted else seen)


@pytest.mark.parametrize("pen", [0.2, 0.3, 0.4])
def test_thick_digits_that_fill_a_picture_are_more_than_noise(pen: float) -> None:
    digit = draw("two", 120, 90, 100, (0.5, 0.5), pen)
    assert not is_noise(noisy_paper(np.hstack([digit] * 3), 160, 12))
