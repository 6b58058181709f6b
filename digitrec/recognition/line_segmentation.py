"""Splitting the ink of several digits into lines and digits: over-segmentation and best path.

Ink that hangs together is mostly one digit, but neighbours may touch, and a 5 may have lost its
bar. So ink is first parted into its connected components, these into lines, and each line into
digits by a `digitrec.recognition.segmentation_graph.Lattice`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from digitrec.arrays import Float32Array, Float64Array
from digitrec.imaging.normalise import normalise_ink
from digitrec.recognition.segmentation_graph import Answer, Box, Lattice, Piece, Segment

__all__ = ["Box", "Segment", "split"]


Read = Callable[[Float32Array], Sequence[Answer]]
"""Reads images (N, 28, 28) made by `normalise_ink`: N times probabilities (11,)."""
ReadStrings = Callable[[Sequence[Float32Array]], Sequence[Float32Array]]
"""Reads images (28, W) made by `normalise_string`: of each, logarithms of probabilities of the
classes of a `digitrec.models.networks.StringNetwork`, (columns, classes).
"""

# Lengths are shares of the height of the line's digits where they do not say otherwise.
_DUST = 0.18  # ink whose longer side is below this is dropped
_SMALLEST = 8  # pixels: ink lower and narrower than this is never a digit
_MOST = 1000  # pieces of ink in a picture; of more, the heaviest
_TALL = 0.65  # ink as tall as this tells where lines are
_SHARED = 0.4  # of heights: neighbours on a line
_STACKED, _STACKED_GAP = 0.5, 0.1  # of the narrower width shared, and white between, at most
_NEAR = 0.3  # smaller ink is in a line when its middle is nearer than this


def split(ink: Float32Array, read: Read, read_strings: ReadStrings) -> list[list[Segment]]:
    """Split ink into lines, top to bottom, and lines into digits, left to right.

    ink: (H, W) float32 in [0, 1], as `to_ink` gives it. ``read`` is called twice at
    most, ``read_strings`` once. Specks are dropped; any other ink is in one segment, digit or not.
    """
    lines = _lines(_components(ink))
    flat = [piece for line in lines for piece in line]
    if not flat:
        return []
    whole = dict(zip(flat, read(np.stack([normalise_ink(p.ink) for p in flat])), strict=True))
    lattices = [Lattice(line, _height(line), whole) for line in lines]
    images = [image for lattice in lattices for image in lattice.images()]
    answers = iter(read(np.stack(images)) if images else [])
    strings = [image for lattice in lattices for image in lattice.strings(answers)]
    read_whole = iter(read_strings(strings) if strings else [])
    return [lattice.best(read_whole) for lattice in lattices]


# --- pieces -------------------------------------------------------------------------------------


def _components(ink: Float32Array) -> list[Piece]:
    """Connected ink, without specks."""
    labels, _ = ndimage.label(ink > 0, structure=np.ones((3, 3)))
    boxes = ndimage.find_objects(labels)
    if not boxes:
        return []
    extents = np.array([(b[0].start, b[0].stop, b[1].start, b[1].stop) for b in boxes])
    mass = np.bincount(labels.ravel(), weights=ink.ravel())[1:]
    tall, wide = extents[:, 1] - extents[:, 0], extents[:, 3] - extents[:, 2]
    typical = _weighted_median(tall, mass)
    size = np.maximum(tall, wide)
    kept = np.flatnonzero((size >= _DUST * typical) & (size >= _SMALLEST))
    if len(kept) > _MOST:
        kept = np.sort(kept[np.argsort(-mass[kept], kind="stable")[:_MOST]])
    pieces = []
    for i in kept.tolist():
        crop = np.where(labels[boxes[i]] == i + 1, ink[boxes[i]], np.float32(0))
        pieces.append(Piece(boxes[i][1].start, boxes[i][0].start, crop, i))
    return pieces


def _weighted_median(values: npt.NDArray[Any], weights: npt.NDArray[Any]) -> float:
    order = np.argsort(values, kind="stable")
    cumulated = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(cumulated, cumulated[-1] / 2)])


# --- lines --------------------------------------------------------------------------------------


def _lines(pieces: list[Piece]) -> list[list[Piece]]:
    """Group pieces to lines, top to bottom; each is in one."""
    bands: list[tuple[float, list[Piece]]] = []
    while pieces:
        boxes = np.array([piece.box for piece in pieces], dtype=np.float64)
        tall = boxes[:, 3] - boxes[:, 1]
        typical = _weighted_median(tall, np.array([float(piece.ink.sum()) for piece in pieces]))
        leads = tall >= _TALL * typical
        x = boxes[:, [0, 2]].mean(axis=1)
        tangent = _skew(x[leads], boxes[leads][:, [1, 3]], typical)
        spans = boxes[:, [1, 3]] - tangent * x[:, None]  # top and bottom, straightened
        lines: list[list[int]] = []
        order = np.argsort(x, kind="stable")
        for i in order[leads[order]].tolist():
            # What a line's last digits span tells where it goes on.
            shared = [_overlap(spans[i], spans[line[-3:]].mean(axis=0)) for line in lines]
            if shared and max(shared) > _SHARED:
                lines[int(np.argmax(shared))].append(i)
            else:
                lines.append([i])
        lines = _reunited(lines, boxes, spans, typical)
        centres = [spans[line].mean(axis=0) for line in lines]
        left_over = []
        for i in order[~leads[order]].tolist():
            middle = spans[i].mean()
            away = [max(top - middle, middle - bottom) for top, bottom in centres]
            nearest = int(np.argmin(away))
            if away[nearest] < _NEAR * typical:
                lines[nearest].append(i)
            else:
                left_over.append(pieces[i])
        bands += [
            (float(centre.mean()), [pieces[i] for i in line])
            for centre, line in zip(centres, lines, strict=True)
        ]
        # What is small and far from all lines may be lines of smaller digits.
        pieces = left_over
    return [line for _, line in sorted(bands, key=lambda band: band[0])]


def _reunited(
    lines: list[list[int]],
    boxes: Float64Array,
    spans: Float64Array,
    typical: float,
) -> list[list[int]]:
    """Put back what stands all alone right above or below ink of a line: one ring of an 8, say."""
    alone = {line[0] for line in lines if len(line) == 1}
    kept = [line for line in lines if len(line) > 1]
    for piece in sorted(alone):
        for line in kept:
            shared = np.array([_overlap(boxes[piece, [0, 2]], boxes[i, [0, 2]]) for i in line])
            apart = np.maximum(
                spans[line][:, 0] - spans[piece, 1], spans[piece, 0] - spans[line][:, 1]
            )
            if ((shared > _STACKED) & (apart < _STACKED_GAP * typical)).any():
                line.append(piece)
                line.sort(key=lambda i: boxes[i, 0] + boxes[i, 2])
                break
        else:
            kept.append([piece])
    return kept


def _overlap(one: Float64Array, other: Float64Array) -> float:
    """What two spans share, as a share of the shorter."""
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return float(shared / min(one[1] - one[0], other[1] - other[0]))


def _skew(x: Float64Array, spans: Float64Array, typical: float) -> float:
    """Tangent of the angle at which lines run: the one whose projection is sharpest.

    Projection profiles are summed up by their squares (Postl 1986, "Detection of linear oblique
    structures and skew scan in digitized documents").
    """
    if len(x) < 2:
        return 0.0
    tangents = np.tan(np.radians(np.linspace(-8, 8, 65)))
    tangents = tangents[np.argsort(np.abs(tangents), kind="stable")]
    bins = typical / 6
    scores = []
    for tangent in tangents:
        rows = np.floor((spans - tangent * x[:, None]) / bins).astype(np.int64)
        rows -= rows.min()
        edges = np.bincount(rows[:, 0], minlength=int(rows.max()) + 2).astype(np.float64)
        edges -= np.bincount(rows[:, 1] + 1, minlength=len(edges))[: len(edges)]
        scores.append(float((np.cumsum(edges) ** 2).sum()))
    # Few digits jump more than lines do: a turn has to earn something.
    penalty = 1 - np.abs(tangents)
    return float(tangents[int(np.argmax(np.array(scores) * penalty))])


def _height(line: list[Piece]) -> float:
    """Height of a line's digits in pixels."""
    tall = np.array([piece.ink.shape[0] for piece in line])
    mass = np.array([float(piece.ink.sum()) for piece in line])
    return _weighted_median(tall, mass)
