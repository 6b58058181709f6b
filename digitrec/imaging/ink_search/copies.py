"""Copies of a picture at other scales, and the coverage of such copies."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.imaging.ink_network import predict_coverage

__all__ = ["mean_coverage", "reduced_to_side", "resized", "resized_copy", "stretch_of"]


def reduced_to_side(pixels: Uint8Array, side: int) -> tuple[Uint8Array, float]:
    """Reduce a picture to a longer side; return the copy and its scale, at most 1."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels, 1.0
    size = max(1, round(width * scale)), max(1, round(height * scale))
    image = Image.fromarray(pixels)
    return np.asarray(image.resize(size, Image.Resampling.BOX)), scale


def resized_copy(pixels: Uint8Array, shape: tuple[int, ...], times: float) -> Uint8Array:
    """Return a copy of a picture that is ``times`` as high and wide as another one."""
    height, width = (max(1, round(side * times)) for side in shape)
    way = Image.Resampling.BOX if width < pixels.shape[1] else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(pixels).resize((width, height), way))


def resized(coverage: Float32Array, shape: tuple[int, ...]) -> Float32Array:
    """Resize coverage (h, w) to another height and width."""
    if coverage.shape == shape:
        return coverage
    image = Image.fromarray(np.ascontiguousarray(coverage))
    return np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.BILINEAR))


def mean_coverage(pixels: Uint8Array, coverage: Float32Array, times: float) -> Float32Array:
    """Return the mean coverage of two copies of a picture, as large as the first copy.

    coverage: (h, w), of the first. times: size of the second, relative to the first.
    """
    second = predict_coverage(resized_copy(pixels, coverage.shape, times))
    mean: Float32Array = np.float32(0.5) * (coverage + resized(second, coverage.shape))
    return mean


def stretch_of(pixels: Uint8Array) -> float:
    """Return the longer side of a picture, relative to that of a square of the same area.

    A long line of digits has as many pixels as a square page with digits of the same height.
    """
    sides = pixels.shape[:2]
    return math.sqrt(max(sides) / min(sides))
