"""Points at even distances along the path of a pen."""

from __future__ import annotations

import numpy as np

from digitrec.arrays import Float64Array

__all__ = ["resample"]


def resample(path: Float64Array, spacing: float) -> Float64Array:
    """Return evenly spaced points along a path, from its first point to its last.

    Args:
        path: (P, 2) x and y, joined by straight lines.
        spacing: The largest distance between neighbouring points, in the unit of the path.

    Returns:
        (Q, 2); a single point if the path has no length.
    """
    steps = np.hypot(*np.diff(path, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    if along[-1] == 0:
        return path[:1]
    places = np.linspace(0, along[-1], int(along[-1] / spacing) + 2)
    return np.stack([np.interp(places, along, path[:, k]) for k in (0, 1)], axis=1)
