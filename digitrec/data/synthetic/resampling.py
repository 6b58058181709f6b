"""Paths of a pen, as points."""

from __future__ import annotations

import numpy as np

from digitrec.arrays import Float64Array

__all__ = ["followed"]


def followed(path: Float64Array, spacing: float) -> Float64Array:
    """Return points evenly along a path (P, 2), no further apart than told; of a dot, one."""
    steps = np.hypot(*np.diff(path, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    if along[-1] == 0:
        return path[:1]
    places = np.linspace(0, along[-1], int(along[-1] / spacing) + 2)
    return np.stack([np.interp(places, along, path[:, k]) for k in (0, 1)], axis=1)
