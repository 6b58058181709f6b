"""Synthetic photographs of ink on paper: only for measuring, never for training.

The paper is uneven and lit from one side; the picture has noise and is compressed as JPEG. The
paper may have ruled lines or squares, a shadow may lie across it, or it may be a page on a desk.
"""

from __future__ import annotations

import io
from typing import Literal

import numpy as np
from PIL import Image

from digitrec.arrays import BoolArray, Float64Array, Uint8Array

__all__ = ["Paper", "photograph"]

Paper = Literal["plain", "ruled", "squared", "shaded", "sheet"]
"""What lies under the ink; "shaded" has a shadow across it, "sheet" is a page on a desk."""

# In units of the height of a digit
_RULED_PITCH, _SQUARED_PITCH = (1.2, 2.0), (0.5, 1.2)  # from one ruled line to the next
_LINE_THICKNESS = (0.02, 0.05)

_LINE_STRENGTH = (0.12, 0.5)  # share of the light that a ruled line absorbs
_SHADOW_STRENGTH = (0.25, 0.55)  # share of the light that a shadow takes away
_SHADOW_EDGE = (1.0, 4.0)  # pixels
_DESK = (30.0, 130.0)  # grey levels, where paper has 120 to 245
_MARGIN = 0.1  # the desk's width around a page, as a share of the longer side
_PAGE_ANGLE = 4.0  # degrees by which a page is rotated, at most


def photograph(
    ink: Uint8Array,
    rng: np.random.Generator,
    *,
    light_on_dark: bool = False,
    paper: Paper = "plain",
    height: float = 60.0,
    degrees: float = 0.0,
) -> Image.Image:
    """Return a photograph of ink on paper.

    Args:
        ink: uint8 (H, W), 0 the background and 255 full ink.
        rng: The source of the random variation.
        light_on_dark: Whether the photograph is inverted.
        paper: The kind of paper. A "sheet" makes the photograph larger than ``ink``, by the desk
            that is seen around it.
        height: Of a digit, in pixels.
        degrees: By which the lines of writing are rotated clockwise; ruled lines are rotated by
            nearly as much.

    Returns:
        A JPEG image, (H, W) or larger.
    """
    if paper == "sheet":
        ink = np.pad(ink, round(_MARGIN * max(ink.shape)))
    tall, wide = ink.shape
    y, x = np.linspace(-0.5, 0.5, tall)[:, None], np.linspace(-0.5, 0.5, wide)
    angle, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.15)
    light = np.cos(angle) * x + np.sin(angle) * y + bend * (x * x + y * y)
    cycles, turns = rng.uniform(2, 9, (4, 1, 1)), rng.normal(0, 1, (4, 1, 1))
    waves = np.tensordot(rng.normal(0, 0.01, 4), np.sin(cycles * (x + y * turns)), 1)
    lit = rng.uniform(190, 245) * (1 - rng.uniform(0.1, 0.35) * (0.5 + light))
    lit = lit * (1 + waves)
    strength = rng.uniform(0.5, 0.9)
    if paper in ("ruled", "squared"):
        lit *= _ruled_lines(ink.shape, rng, height, degrees, squared=paper == "squared")
    elif paper == "shaded":
        lit *= _shadow(ink.shape, rng)
    seen = lit * (1 - strength * (ink / 255.0))
    if paper == "sheet":
        seen = np.where(_page(ink.shape, rng), seen, rng.uniform(*_DESK))
    if light_on_dark:
        seen = 255 - seen
    seen = seen + rng.normal(0, rng.uniform(1, 5), ink.shape)
    file = io.BytesIO()
    grey = Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8))
    grey.save(file, "jpeg", quality=int(rng.integers(60, 96)))
    return Image.open(file)


def _ruled_lines(
    shape: tuple[int, int],
    rng: np.random.Generator,
    height: float,
    degrees: float,
    *,
    squared: bool,
) -> Float64Array:
    """Return the share (H, W) of the light that ruled lines reflect."""
    pitch = height * rng.uniform(*(_SQUARED_PITCH if squared else _RULED_PITCH))
    half = max(1.0, height * rng.uniform(*_LINE_THICKNESS)) / 2
    tangent = np.tan(np.radians(degrees + rng.uniform(-1, 1)))
    y, x = np.arange(shape[0])[:, None], np.arange(shape[1])
    cover = np.zeros(shape)
    for across in (y - tangent * x, x + tangent * y)[: 1 + squared]:
        away = (across - rng.uniform(0, pitch)) % pitch
        cover = np.maximum(cover, np.clip(half + 0.5 - np.minimum(away, pitch - away), 0, 1))
    left: Float64Array = 1 - rng.uniform(*_LINE_STRENGTH) * cover
    return left


def _shadow(shape: tuple[int, int], rng: np.random.Generator) -> Float64Array:
    """Return the share (H, W) of the light that a shadow leaves; its edge is a straight line."""
    angle = rng.uniform(0, 2 * np.pi)
    height, width = shape
    y, x = np.arange(height)[:, None], np.arange(width)
    away = np.cos(angle) * (x - width * rng.uniform(0.3, 0.7))
    away = away + np.sin(angle) * (y - height * rng.uniform(0.3, 0.7))
    dark = np.clip(0.5 + away / rng.uniform(*_SHADOW_EDGE), 0, 1)
    left: Float64Array = 1 - rng.uniform(*_SHADOW_STRENGTH) * dark
    return left


def _page(shape: tuple[int, int], rng: np.random.Generator) -> BoolArray:
    """Return where the page is, (H, W): a rotated rectangle with the desk on each side."""
    height, width = shape
    y, x = np.arange(height)[:, None] - height / 2, np.arange(width) - width / 2
    tangent = np.tan(np.radians(rng.uniform(-_PAGE_ANGLE, _PAGE_ANGLE)))
    left, right, top, bottom = _MARGIN / (1 + 2 * _MARGIN) * max(shape) * rng.uniform(0.3, 0.8, 4)
    across, down = x + tangent * y, y - tangent * x
    beside = (across > left - width / 2) & (across < width / 2 - right)
    return np.asarray(beside & (down > top - height / 2) & (down < height / 2 - bottom))
