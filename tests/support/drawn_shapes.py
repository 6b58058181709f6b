"""Shapes drawn anywhere on a canvas, and how to tell whether a normalised image shows them."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from digitrec.drawing.rasterise import rasterise
from digitrec.drawing.strokes import Stroke
from digitrec.imaging.normalise import SIZE

# Strokes on the unit square, each crossing the middle of a side or a corner differently, so that
# a mistake in place, scale, or which axis is which shows.
SHAPES = {
    "four": [[(0.55, 0.0), (0.0, 0.65), (0.8, 0.65)], [(0.6, 0.35), (0.6, 1.0)]],
    "seven": [[(0.0, 0.0), (0.7, 0.0), (0.25, 1.0)], [(0.1, 0.5), (0.65, 0.5)]],
    "two": [[(0.0, 0.2), (0.3, 0.0), (0.6, 0.25), (0.0, 1.0), (0.7, 0.95)]],
    "wide": [[(0.0, 0.4), (0.3, 0.0), (0.6, 0.35), (1.0, 0.05)]],
}
# Background and ink.
COLOURS = [
    ((0, 130, 0), (220, 20, 20)),  # nearly the same luminance
    ((240, 240, 240), (240, 240, 40)),
    ((30, 60, 30), (250, 250, 240)),
    ((250, 245, 230), (30, 40, 160)),
]
PLACES = [(0, 0), (0, 1), (1, 0), (1, 1), (0.5, 0.5), (0.3, 0.1), (0.85, 0.4), (0.2, 0.75)]


def draw(
    shape: str = "four",
    height: int = 280,
    width: int = 280,
    side: float = 120,
    place: tuple[float, float] = (0.4, 0.6),
    pen: float = 0.1,
) -> np.ndarray:
    """Ink coverage of a shape ``side`` pixels long; place: fractions of the free room (y, x)."""
    margin = pen * side / 2 + 1
    extent = side * np.ptp(np.concatenate(SHAPES[shape]), axis=0)
    room = np.array([width, height]) - 2 * margin - extent
    origin = margin + room * place[::-1]
    strokes = [Stroke(origin + side * np.array(line), pen * side) for line in SHAPES[shape]]
    return rasterise(strokes, width, height)


def square_six() -> np.ndarray:
    """Ink (120, 120) of a 6 of straight strokes 6 pixels wide, as a clock's."""
    ink = np.zeros((120, 120), np.uint8)
    for y in (20, 60, 100):
        ink[y - 3 : y + 3, 40:80] = 255
    ink[17:103, 37:43] = ink[57:103, 77:83] = 255
    return ink


def boxed(ink: np.ndarray, inset: int = 12, thick: int = 4) -> np.ndarray:
    """Black ink on white paper, in a grey box."""
    seen = (255 - ink).astype(np.uint8)
    box = np.zeros(ink.shape, bool)
    box[inset:-inset, inset:-inset] = True
    box[inset + thick : -inset - thick, inset + thick : -inset - thick] = False
    seen[box] = np.minimum(seen[box], 100)
    return seen


def shadow_of_hand(height: int, width: int) -> np.ndarray:
    """The shadow of a hand with four fingers, soft at its edges: how dark it is, uint8."""
    hand = Image.new("L", (width, height))
    pen = ImageDraw.Draw(hand)
    x, y, long = width / 2, 0.58 * height, 0.35 * width
    pen.ellipse((0.3 * width, 0.38 * height, 1.1 * width, 1.48 * height), fill=140)
    for angle in (0.9, 1.1, 1.3, 1.5):
        tip = x + long * np.cos(angle * np.pi), y + long * np.sin(angle * np.pi)
        pen.line((x, y, *tip), fill=140, width=round(0.05 * width))
    return np.asarray(hand.filter(ImageFilter.GaussianBlur(6)))


def ring_of_cup(
    height: int, width: int, centre: tuple[int, int], radius: int, thick: float = 12
) -> np.ndarray:
    """The ring that a cup has left, soft at its edges: how dark it is, uint8."""
    down, across = np.ogrid[:height, :width]
    away = np.hypot(across - centre[0], down - centre[1]) - radius
    return np.rint(255 * np.exp(-((away / thick) ** 2))).astype(np.uint8)


def mixed(ink: np.ndarray, background: Any, colour: Any) -> np.ndarray:
    """Paint ink (H, W) uint8 of one colour or grey level on a background of another."""
    share = (ink[..., None] if np.ndim(background) else ink) / 255
    return np.rint(background + share * np.subtract(colour, background)).astype(np.uint8)


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Fraction of the ink that differs, apart from a shift by one pixel (of the rounded centre)."""
    shifts = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    return min(float(np.abs(np.roll(a, s, (0, 1)) - b).sum()) for s in shifts) / float(b.sum())


def assert_normal(digit: np.ndarray) -> None:
    assert (digit.shape, digit.dtype) == ((SIZE, SIZE), np.float32)
    assert 0 <= digit.min() <= digit.max() <= 1  # false for NaN, too
