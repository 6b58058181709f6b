"""Photographs of ink on paper, made up: to measure with how pictures are read.

Uneven paper in a light from one side, with grain, saved as JPEG; ruled or squared, with a shadow
across it, or a sheet that lies on a desk.
"""

from __future__ import annotations

import io
from typing import Literal

import numpy as np
from PIL import Image

from digitrec.arrays import BoolArray, Float64Array, Uint8Array

__all__ = ["Paper", "photograph"]

Paper = Literal["plain", "ruled", "squared", "shaded", "sheet"]

# Lengths are shares of the height of a digit.
_RULED, _SQUARED = (1.2, 2.0), (0.5, 1.2)  # from rule to rule
_RULE = (0.02, 0.05)  # its thickness
_RULE_STRENGTH = (0.12, 0.5)  # share of the light that it takes away,
_SHADOW_STRENGTH = (0.25, 0.55)  # and of what a shadow does
_SHADOW_EDGE = (1.0, 4.0)  # pixels
_DESK = (30.0, 130.0)  # grey levels, beside paper of 120 to 245
_AROUND = 0.1  # the desk's width round a sheet, as a share of the longer side
_TURNED = 4.0  # degrees by which a sheet lies askew, at most


def photograph(
    ink: Uint8Array,
    rng: np.random.Generator,
    *,
    light_on_dark: bool = False,
    paper: Paper = "plain",
    height: float = 60.0,
    degrees: float = 0.0,
) -> Image.Image:
    """Take ink, (H, W) coverage, for what lies on paper.

    paper: "shaded" has a shadow with a hard edge over a part of it; round a "sheet" the picture
    shows more, and is larger by that. height: of a digit in pixels; degrees: at which its lines
    run, clockwise; rules run nearly so.
    """
    if paper == "sheet":
        ink = np.pad(ink, round(_AROUND * max(ink.shape)))
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
        lit *= _rules(ink.shape, rng, height, degrees, squared=paper == "squared")
    elif paper == "shaded":
        lit *= _shadow(ink.shape, rng)
    seen = lit * (1 - strength * (ink / 255.0))
    if paper == "sheet":
        seen = np.where(_sheet(ink.shape, rng), seen, rng.uniform(*_DESK))
    if light_on_dark:
        seen = 255 - seen
    seen = seen + rng.normal(0, rng.uniform(1, 5), ink.shape)
    file = io.BytesIO()
    grey = Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8))
    grey.save(file, "jpeg", quality=int(rng.integers(60, 96)))
    return Image.open(file)


def _rules(
    shape: tuple[int, int],
    rng: np.random.Generator,
    height: float,
    degrees: float,
    *,
    squared: bool,
) -> Float64Array:
    """Share of the light that printed rules leave, (H, W)."""
    pitch = height * rng.uniform(*(_SQUARED if squared else _RULED))
    half = max(1.0, height * rng.uniform(*_RULE)) / 2
    tangent = np.tan(np.radians(degrees + rng.uniform(-1, 1)))
    y, x = np.arange(shape[0])[:, None], np.arange(shape[1])
    cover = np.zeros(shape)
    for across in (y - tangent * x, x + tangent * y)[: 1 + squared]:
        away = (across - rng.uniform(0, pitch)) % pitch
        cover = np.maximum(cover, np.clip(half + 0.5 - np.minimum(away, pitch - away), 0, 1))
    left: Float64Array = 1 - rng.uniform(*_RULE_STRENGTH) * cover
    return left


def _shadow(shape: tuple[int, int], rng: np.random.Generator) -> Float64Array:
    """Share of the light that a shadow leaves, (H, W), on one side of a line across the picture."""
    angle = rng.uniform(0, 2 * np.pi)
    height, width = shape
    y, x = np.arange(height)[:, None], np.arange(width)
    away = np.cos(angle) * (x - width * rng.uniform(0.3, 0.7))
    away = away + np.sin(angle) * (y - height * rng.uniform(0.3, 0.7))
    dark = np.clip(0.5 + away / rng.uniform(*_SHADOW_EDGE), 0, 1)
    left: Float64Array = 1 - rng.uniform(*_SHADOW_STRENGTH) * dark
    return left


def _sheet(shape: tuple[int, int], rng: np.random.Generator) -> BoolArray:
    """Where a sheet is, (H, W): all but a part of the desk's width on each side, turned."""
    height, width = shape
    y, x = np.arange(height)[:, None] - height / 2, np.arange(width) - width / 2
    tangent = np.tan(np.radians(rng.uniform(-_TURNED, _TURNED)))
    left, right, top, bottom = _AROUND / (1 + 2 * _AROUND) * max(shape) * rng.uniform(0.3, 0.8, 4)
    across, down = x + tangent * y, y - tangent * x
    beside = (across > left - width / 2) & (across < width / 2 - right)
    return np.asarray(beside & (down > top - height / 2) & (down < height / 2 - bottom))
