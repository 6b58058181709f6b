"""The lines of ruled and squared paper: thin lines from side to side, found and subtracted.

A line is subtracted as dark as it is along its length. Strokes that cross it or run along it are
darker there, and stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from digitrec.arrays import BoolArray, Float32Array, Float64Array, Uint8Array
from digitrec.imaging.line_tracing import HIDDEN, Strips, cut_into_strips, trace_lines
from digitrec.imaging.stroke_width import mean_stroke_width

__all__ = ["has_ruled_lines", "remove_ruled_lines"]

_LENGTH = 30  # a ruled line is at least this many times as long as thick
_STROKES = 2  # up to this number of lines may be the strokes of a digit, unless they are
_SURE_LENGTH = 60  # this many times as long as thick, or
_THINNER = 0.7  # thinner than this fraction of the mean width of the other ink
_LOCAL = 11  # strips over which the darkness of a line is measured, for it fades
_FADING = (0.5, 1.6)  # least and greatest factor of its darkness
_TAIL = 0.08  # fraction of the darkness in its middle at which a line ends
# Where a line ends is uncertain. So it is subtracted darker than it is, by the first factor, and
# what then remains is removed where it is less than the second fraction of the line beside it.
_MORE, _DOUBT = 1.2, 0.3
_LITTLE = 0.05  # fraction of the ink that is as good as nothing
_FAINTEST = 0.04  # contrast of a ruled line on an even background, as a fraction of the strongest
_SAMPLES = 512  # columns from which the profile of a line is measured


def remove_ruled_lines(contrast: Float32Array, level: float) -> Float32Array:
    """Subtract the ruled lines across a picture, and those down.

    Args:
        contrast: Shape (H, W), how far each pixel stands out of the paper.
        level: Contrast from which on there is ink.

    Returns:
        Shape (H, W); the same array where there are no ruled lines. Strokes of a digit that fills
        its picture are not ruled lines.
    """
    across = _find_lines(contrast, level)
    rest = _without(contrast, across)
    down = _find_lines(np.ascontiguousarray(rest.T), level)
    rest = _without(rest.T, down).T
    if not across + down or _are_strokes(across + down, contrast > level, rest > level):
        return contrast
    return rest


def has_ruled_lines(ink: Uint8Array) -> bool:
    """Tell whether ink (H, W) on an even background, which is 0, surely has ruled lines."""
    # Most pictures without lines are told from their sides, which takes no time: each line reaches
    # two of them, or fills one.
    sides = [side > 0 for side in (ink[0], ink[-1], ink[:, 0], ink[:, -1])]
    reached = sum(int(side[0]) + int(np.count_nonzero(side[1:] > side[:-1])) for side in sides)
    if reached < 2 * (_STROKES + 1) and not any(side.all() for side in sides):
        return False
    contrast = ink.astype(np.float32)
    level = _FAINTEST * float(contrast.max())
    both = _find_lines(contrast, level) + _find_lines(np.ascontiguousarray(contrast.T), level)
    return len(both) > _STROKES


class _Line(NamedTuple):
    """A ruled line from side to side.

    curve: (W,), the row of its middle in each column. profile: its contrast at ``offsets`` from
    there. fading: (W,), factors of that. thickness: in pixels.
    """

    curve: Float64Array
    offsets: Float64Array
    profile: Float64Array
    fading: Float64Array
    thickness: float


def _find_lines(contrast: Float32Array, level: float) -> list[_Line]:
    """Find the ruled lines that run from left to right."""
    strips = cut_into_strips(contrast, level)
    if strips is None:
        return []
    lines = [_measure(contrast, strips, path, level) for path in trace_lines(strips)]
    return [line for line in lines if line is not None]


def _measure(
    contrast: Float32Array, strips: Strips, path: Float64Array, level: float
) -> _Line | None:
    """Measure a line along a path; None where it is not thin or not dark."""
    height, width = contrast.shape
    middles = strips.middles
    columns = np.arange(width)
    curve = np.interp(columns, middles, path)
    for first, last, beyond in ((0, 2, columns < middles[0]), (-3, -1, columns > middles[-1])):
        slope = (path[last] - path[first]) / (middles[last] - middles[first])
        curve[beyond] = path[last] + slope * (columns[beyond] - middles[last])
    sampled = columns[(curve >= 0) & (curve <= height - 1)][:: -(-width // _SAMPLES)]
    rows = np.rint(path).astype(np.int64)
    inside = np.flatnonzero((rows >= 0) & (rows < height))
    if len(sampled) == 0 or len(inside) == 0:
        return None
    offsets = np.arange(-2 * strips.side, 2 * strips.side + 1) / 2
    places = curve[sampled] + offsets[:, None]
    band = ndimage.map_coordinates(
        contrast, [places, np.broadcast_to(sampled, places.shape)], order=1, mode="nearest"
    )
    profile = np.quantile(band, HIDDEN, axis=1)
    middle = int(profile.argmax())
    peak = float(profile[middle])
    thickness = np.count_nonzero(profile > peak / 2) / 2
    astray = abs(offsets[middle]) > strips.side / 2
    if peak < 0.7 * level or astray or width < _LENGTH * thickness:
        return None
    faint = np.flatnonzero(profile < _TAIL * peak)
    first = int(faint[faint < middle].max(initial=-1)) + 1
    last = int(faint[faint > middle].min(initial=len(profile)))
    # It may be darker at one side of the picture than at the other.
    local = ndimage.median_filter(strips.dark[rows[inside], inside], _LOCAL, mode="nearest")
    fading = np.clip(local / max(float(np.median(local)), 1e-9), *_FADING)
    return _Line(
        curve,
        offsets[first:last],
        profile[first:last].astype(np.float64),
        np.interp(columns, middles[inside], fading),
        thickness,
    )


def _are_strokes(lines: Sequence[_Line], ink: BoolArray, rest: BoolArray) -> bool:
    """Tell whether lines from side to side are strokes of a digit that fills its picture.

    rest: what is left of the ink without them. Where there are many, they are not strokes.
    """
    if len(lines) > _STROKES:
        return False
    if len(lines) == 1 and np.count_nonzero(rest) < _LITTLE * np.count_nonzero(ink):
        return True  # a 1, or blank paper with one line: nobody can tell
    width = _THINNER * mean_stroke_width(rest)
    return any(
        line.thickness > width and len(line.curve) < _SURE_LENGTH * line.thickness for line in lines
    )


def _without(contrast: Float32Array, lines: Sequence[_Line]) -> Float32Array:
    """Subtract lines, and remove what is left of their edges."""
    if not lines:
        return contrast
    drawn = _draw(lines, contrast.shape)
    rest = contrast - _MORE * drawn
    doubtful = _DOUBT * ndimage.maximum_filter(drawn, 3, mode="nearest")
    return np.where(rest < doubtful, np.minimum(rest, 0), rest).astype(np.float32)


def _draw(lines: Sequence[_Line], shape: tuple[int, ...]) -> Float32Array:
    """Return the contrast of lines alone, (H, W)."""
    drawn = np.zeros(shape, np.float32)
    columns = np.arange(shape[1])
    for line in lines:
        for step in np.arange(np.floor(line.offsets[0]), np.ceil(line.offsets[-1]) + 2):
            rows = np.floor(line.curve + step)
            value = np.interp(rows - line.curve, line.offsets, line.profile, left=0, right=0)
            inside = (rows >= 0) & (rows < shape[0])
            place = rows[inside].astype(np.int64), columns[inside]
            drawn[place] = np.maximum(drawn[place], (value * line.fading)[inside])
    return drawn
