"""Wherever and however large a digit is drawn, the network sees, and reads, the same."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitrec.arrays import Uint8Array
from digitrec.recognition.recognizer import Recognizer

IMAGES = 400
CANVAS = 360
# Of the enlarged 28×28 image, in pixels of the canvas.
SIDES = (40, *(pytest.param(side, marks=pytest.mark.slow) for side in (84, 168, 300)))


def stored_images() -> Uint8Array:
    path = Path(os.environ["DIGITREC_DATA"], "MNIST", "raw", "t10k-images-idx3-ubyte")
    return np.fromfile(path, np.uint8, IMAGES * 784, offset=16).reshape(IMAGES, 28, 28)


def placements(side: int) -> list[tuple[int, int]]:
    """Eight places for a square on the canvas: the corners and the middles of the edges."""
    low, middle, high = 0, (CANVAS - side) // 2, CANVAS - side
    places = [(x, y) for y in (low, middle, high) for x in (low, middle, high)]
    places.remove((middle, middle))
    return places


@pytest.mark.mnist
@pytest.mark.parametrize("side", SIDES)
def test_a_digit_put_anywhere_at_any_size_keeps_its_class(mnist_run: Path, side: int) -> None:
    recognizer = Recognizer.load(mnist_run / "model.h5")
    stored = stored_images()
    before = [p.digit for p in recognizer.recognize_normalised(stored.astype(np.float32) / 255)]
    places = placements(side)
    if side == 40:  # not marked slow, so half of them
        places = places[::2]
    for place, (x, y) in enumerate(places):
        canvases = []
        for image in stored:
            canvas = Image.new("L", (CANVAS, CANVAS))
            enlarged = Image.fromarray(image).resize((side, side), Image.Resampling.BILINEAR)
            canvas.paste(enlarged, (x, y))
            # Light on dark and dark on light in turn.
            canvases.append(np.asarray(canvas) if place % 2 else 255 - np.asarray(canvas))
        after = [p.digit for p in recognizer.recognize_batch(canvases)]
        kept = np.mean([one == other for one, other in zip(before, after, strict=True)])
        assert kept >= 0.99, f"{kept:.1%} at {x}, {y}"
