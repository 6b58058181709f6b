"""The scales at which pictures of one digit and of many are searched alike; sizes are in pixels."""

from __future__ import annotations

__all__ = ["LARGEST_SIDE", "SECOND", "SIDES", "TALL"]

SIDES = (64, 144, 384)
"""Longer sides of the copies of a picture of one digit, coarse to fine."""
TALL = 64
"""Ink taller than this is searched on a coarser copy, because wide strokes are seen badly."""
SECOND = 1.25
"""Size of the second copy of one digit, relative to the first; the mean of both is taken."""
LARGEST_SIDE = 1536
"""Longer side of the finest copy of a square page."""
