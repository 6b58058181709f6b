"""Ink as pictures that Tk can show."""

from __future__ import annotations

import numpy as np

from digitrec.arrays import Uint8Array

__all__ = ["coloured", "ppm"]


def coloured(ink: Uint8Array, paper: str, colour: str) -> Uint8Array:
    """Colour ink coverage (H, W) uint8: RGB (H, W, 3) uint8, from paper (0) to ink (255)."""
    low, high = (
        np.array([int(text[i : i + 2], 16) for i in (1, 3, 5)]) for text in (paper, colour)
    )
    levels = np.arange(256)[:, None] / 255
    table = np.rint(low + (high - low) * levels).astype(np.uint8)
    return np.take(table, ink, axis=0)


def ppm(rgb: Uint8Array) -> bytes:
    """Write RGB (H, W, 3) as a PPM file, which Tk reads with no library's help."""
    height, width, _ = rgb.shape
    return b"P6 %d %d 255\n" % (width, height) + rgb.tobytes()
