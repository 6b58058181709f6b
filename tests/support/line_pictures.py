"""Pictures of lines on a plain background, for tests that ask how pictures are opened."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw


def lines() -> Image.Image:
    """Return always the same lines, in colour."""
    image = Image.new("RGB", (80, 80), "white")
    ImageDraw.Draw(image).line([(20, 25), (60, 18), (33, 61), (58, 55)], fill="black", width=5)
    return image


def random_lines(
    number: int = 0, size: int = 80, background: int = 255, ink: int = 0
) -> Image.Image:
    """Return others for each number, anywhere and of any width, in grey."""
    rng = np.random.default_rng(number)
    image = Image.new("L", (size, size), background)
    points = [tuple(point) for point in rng.uniform(0.2 * size, 0.8 * size, (4, 2)).tolist()]
    ImageDraw.Draw(image).line(points, fill=ink, width=int(rng.integers(3, 9)))
    return image
