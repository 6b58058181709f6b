"""Seams: paths from the top of ink to its bottom that cross little of it.

They are shortest paths through the grey image, and may bend round what hangs over (Lee, Lee & Park
1996, "A new methodology for gray-scale character segmentation and recognition").
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from digitrec.arrays import Float32Array, Float64Array, Int64Array

__all__ = ["reduced", "seams"]


_HEIGHTS = (0.5, 0.25, 0.75)  # where seams are looked for, as shares of the ink's height
_STEP = 0.14  # least distance of seams, as a share of the height of a digit


def reduced(ink: Float32Array, factor: int) -> Float32Array:
    """Mean over squares of ``factor`` pixels; zeros beyond the border."""
    if factor == 1:
        return ink
    rows, columns = (-(-side // factor) for side in ink.shape)
    padded = np.zeros((rows * factor, columns * factor), np.float32)
    padded[: ink.shape[0], : ink.shape[1]] = ink
    mean: Float32Array = padded.reshape(rows, factor, columns, factor).mean(axis=(1, 3))
    return mean


def seams(ink: Float32Array, height: float) -> tuple[Int64Array, Float64Array]:
    """Paths of seams (S, rows), left to right, and what each crosses (S,) as share of height."""
    rows, columns = ink.shape
    sideways = np.float32(0.1)
    padded = np.pad(ink + np.float32(0.02), ((0, 0), (1, 1)), constant_values=np.inf)

    def sweep(cost: Float32Array) -> tuple[Float32Array, npt.NDArray[np.int8]]:
        total = np.empty_like(cost)
        total[0] = cost[0]
        step = np.zeros((rows, columns), np.int8)
        for y in range(1, rows):
            before = np.stack(
                [total[y - 1, 1:-1], total[y - 1, :-2] + sideways, total[y - 1, 2:] + sideways]
            )
            choice = before.argmin(axis=0)
            step[y] = np.array([0, -1, 1], np.int8)[choice]
            total[y] = cost[y]
            total[y, 1:-1] += before.min(axis=0)
        return total[:, 1:-1], step

    down, down_step = sweep(padded)
    up, up_step = (a[::-1] for a in sweep(padded[::-1]))
    through = down + up - padded[:, 1:-1]  # what the best path through each place costs
    reach = max(1, round(_STEP * height / 2))
    found = []
    for part in _HEIGHTS:
        row = round(part * (rows - 1))
        starts = _valleys(through[row], reach)
        paths = np.zeros((len(starts), rows), np.int64)
        paths[:, row] = starts
        for y in range(row, 0, -1):
            paths[:, y - 1] = paths[:, y] + down_step[y, paths[:, y]]
        for y in range(row, rows - 1):
            paths[:, y + 1] = paths[:, y] + up_step[y, paths[:, y]]
        found.append(paths)
    paths = _in_order(np.concatenate(found), reach)
    crossed = ink[np.arange(rows), paths].sum(axis=1) / height
    return paths, crossed.astype(np.float64)


def _valleys(profile: Float32Array, reach: int) -> Int64Array:
    """Places where a profile is lowest within reach; of a flat valley, the middle."""
    lowest = ndimage.minimum_filter1d(profile, 2 * reach + 1)
    places = np.flatnonzero(profile <= lowest)
    places = places[places > 0]
    if len(places) == 0:
        return places
    groups = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    return np.array([group[len(group) // 2] for group in groups])


def _in_order(paths: Int64Array, reach: int) -> Int64Array:
    """Order paths from left to right, none across another, and drop what hardly parts from one."""
    kept: list[Int64Array] = []
    for path in paths[np.argsort(paths.mean(axis=1), kind="stable")]:
        beyond = np.maximum(path, kept[-1]) if kept else path
        if not kept or (beyond - kept[-1]).max() > reach:
            kept.append(beyond)
    return np.array(kept, np.int64).reshape(-1, paths.shape[1])
