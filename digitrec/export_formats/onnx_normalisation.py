"""`digitrec.imaging.normalise.normalise_ink` as a part of an ONNX graph, for pictures in batches.

Ink (N, H, W) becomes images (N, 28, 28). Pillow resizes with sums of whole numbers, and rounds them
after each direction; so does this, so the images are equal but for their last bit. Cropping,
resizing and moving are products with matrices, which the extent of the ink fills.
"""

from __future__ import annotations

import numpy as np

from digitrec.export_formats.onnx_graph import Graph, Value
from digitrec.imaging.normalise import BOX, CENTRE, EDGE, FAINT_PEAK, SIZE, TAIL

__all__ = ["normalise"]

_BITS = 22  # of a weight, in Pillow's resizing


def normalise(g: Graph, ink: Value) -> Value:
    """Add the nodes that turn uint8 ink (N, H, W) into float32 images (N, 28, 28)."""
    number = g.constant
    ink = g.cast(ink, np.float64)
    rows = g("ReduceMax", ink, axes=[2], keepdims=0)  # (N, H)
    columns = g("ReduceMax", ink, axes=[1], keepdims=0)  # (N, W)
    peak = g("ReduceMax", rows, axes=[1], keepdims=1)  # (N, 1)
    some = g("Max", peak, number(1.0))

    zero = number(0.0)
    any_ink = [_extent(g, profile, zero) for profile in (rows, columns)]
    level = g("Mul", number(TAIL), peak)
    strong = [_extent(g, profile, level) for profile in (rows, columns)]
    longest = g("Max", *(g("Sub", stop, start) for start, stop in any_ink))
    fits = g("Equal", longest, number(float(BOX)))  # it has its size already, and is only moved
    pixel = g("Div", g("Max", *(g("Sub", b, a) for a, b in strong)), number(float(BOX)))
    crop = []
    for profile, whole, blurred in zip((rows, columns), any_ink, strong, strict=True):
        sharp = _sharp_extent(g, profile, *blurred, pixel)
        crop.append([g("Where", fits, one, two) for one, two in zip(whole, sharp, strict=True)])

    lengths = [g("Sub", stop, start) for start, stop in crop]
    longest = g("Max", *lengths)
    scale = g("Div", number(float(BOX)), longest)
    sizes = [g("Max", number(1.0), g("Round", g("Mul", one, scale))) for one in lengths]
    smaller = g("Less", number(float(BOX)), longest)
    # Resizing rounds to whole levels, so faint ink is made strong first.
    stronger = g("Floor", g("Div", number(255.0), some))
    faint = g("Less", peak, number(float(FAINT_PEAK)))
    ink = g("Mul", ink, _column(g, g("Where", faint, stronger, number(1.0))))
    down, across = (
        _weights(g, profile, start, length, size, smaller)
        for profile, (start, _), length, size in zip(
            (rows, columns), crop, lengths, sizes, strict=True
        )
    )
    across = g("Transpose", across, perm=[0, 2, 1])  # (N, W, 28)
    half = _rounded(g, g("MatMul", ink, across))  # (N, H, 28)
    levels = _rounded(g, g("MatMul", down, half))  # (N, 28, 28), in the upper left corner
    half = _rounded(g, g("MatMul", down, ink))  # (N, 28, W)
    others = _rounded(g, g("MatMul", half, across))
    # Pillow begins with the direction in which it reduces more; until version 12, with the width.
    less, narrower = (g("Sub", a, b) for a, b in zip(lengths, sizes, strict=True))
    tall = g("And", smaller, g("Greater", less, g("Mul", number(2.0), narrower)))
    levels = g("Where", _column(g, tall), others, levels)
    strongest = g("Max", g("ReduceMax", levels, axes=[1, 2], keepdims=1), number(1.0))
    digit = g("Div", g.cast(levels, np.float32), g.cast(strongest, np.float32))

    vertical = _shift(g, g("ReduceSum", levels, number([2], np.int64), keepdims=0), sizes[0])
    horizontal = _shift(g, g("ReduceSum", levels, number([1], np.int64), keepdims=0), sizes[1])
    moved = g("MatMul", vertical, digit)
    return g("MatMul", moved, g("Transpose", horizontal, perm=[0, 2, 1]))


def _column(g: Graph, value: Value) -> Value:
    """(N, 1) to (N, 1, 1)."""
    return g("Unsqueeze", value, g.constant([2], np.int64))


def _row(g: Graph, value: Value) -> Value:
    """(N, L) to (N, 1, L)."""
    return g("Unsqueeze", value, g.constant([1], np.int64))


def _places(g: Graph, profile: Value) -> Value:
    """Return 0 to L - 1, shape (L,), for a profile (N, L)."""
    length = g("Gather", g("Shape", profile), g.constant(1, np.int64), axis=0)
    zero, one = g.constant(0, np.int64), g.constant(1, np.int64)
    return g.cast(g("Range", zero, length, one), np.float64)


def _first(g: Graph, found: Value, last: bool = False) -> Value:
    """Return where a bool profile (N, L) is true first, or last; 0, or L - 1, where it never is."""
    index = g("ArgMax", g.cast(found, np.float32), axis=1, select_last_index=int(last))
    return g.cast(index, np.float64)


def _extent(g: Graph, profile: Value, level: Value) -> tuple[Value, Value]:
    found = g("Greater", profile, level)
    return _first(g, found), g("Add", _first(g, found, last=True), g.constant(1.0))


def _sharp_extent(
    g: Graph, profile: Value, start: Value, stop: Value, pixel: Value
) -> tuple[Value, Value]:
    reach = g("Max", g.constant(1.0), g("Round", g("Mul", g.constant(EDGE), pixel)))
    reach = g("Min", reach, g("Sub", stop, start))
    places = _places(g, profile)
    ends = []
    for low, high in ((start, g("Add", start, reach)), (g("Sub", stop, reach), stop)):
        inside = g("And", g("GreaterOrEqual", places, low), g("Less", places, high))
        masked = g("Where", inside, profile, g.constant(-1.0))
        most = g("ReduceMax", masked, axes=[1], keepdims=1)
        ends.append(g("GreaterOrEqual", g("Mul", masked, g.constant(2.0)), most))
    last = g("Add", _first(g, ends[1], last=True), g.constant(1.0))
    return _first(g, ends[0]), last


def _weights(
    g: Graph, profile: Value, start: Value, length: Value, size: Value, smaller: Value
) -> Value:
    """Return the weights of Pillow's resizing, (N, 28, L), from a crop to the first places.

    ``smaller`` tells whether it is reduced, by the filter BOX, or enlarged, by HAMMING.
    """
    number = g.constant
    to = number(np.arange(SIZE)[None, :, None])  # (1, 28, 1)
    start, length, size, reduced = (_column(g, one) for one in (start, length, size, smaller))
    at = g("Sub", _row(g, g("Unsqueeze", _places(g, profile), number([0], np.int64))), start)
    scale = g("Div", length, size)
    wide = g("Max", scale, number(1.0))
    support = g("Mul", g("Where", reduced, number(0.5), number(1.0)), wide)
    centre = g("Mul", g("Add", to, number(0.5)), scale)
    low = g("Max", number(0.0), g("Floor", g("Add", g("Sub", centre, support), number(0.5))))
    high = g("Min", length, g("Floor", g("Add", g("Add", centre, support), number(0.5))))
    used = g("And", g("GreaterOrEqual", at, low), g("Less", at, high))
    used = g("And", used, g("Less", to, size))
    x = g("Div", g("Add", g("Sub", at, centre), number(0.5)), wide)
    weights = g("Where", reduced, _box(g, x), _hamming(g, x))
    weights = g("Where", used, weights, number(0.0))
    total = g("ReduceSum", weights, number([2], np.int64), keepdims=1)
    total = g("Where", g("Equal", total, number(0.0)), number(1.0), total)
    scaled = g("Mul", g("Div", weights, total), number(float(1 << _BITS)))
    return g("Floor", g("Add", scaled, number(0.5)))


def _box(g: Graph, x: Value) -> Value:
    inside = g("And", g("Greater", x, g.constant(-0.5)), g("LessOrEqual", x, g.constant(0.5)))
    return g.cast(inside, np.float64)


def _hamming(g: Graph, x: Value) -> Value:
    """Return sin(πx) / πx · (0.54 + 0.46 cos(πx)) between -1 and 1, and 0 beyond."""
    number = g.constant
    angle = g("Mul", x, number(np.pi))
    middle = g("Equal", angle, number(0.0))
    sinc = g("Div", g("Sin", angle), g("Where", middle, number(1.0), angle))
    cosine = g("Sin", g("Add", angle, number(np.pi / 2)))
    weight = g("Mul", sinc, g("Add", number(0.54), g("Mul", number(0.46), cosine)))
    weight = g("Where", middle, number(1.0), weight)
    return g("Where", g("Less", g("Abs", x), number(1.0)), weight, number(0.0))


def _rounded(g: Graph, total: Value) -> Value:
    """Return weighted sums as whole levels from 0 to 255."""
    half = g("Add", total, g.constant(float(1 << (_BITS - 1))))
    level = g("Floor", g("Div", half, g.constant(float(1 << _BITS))))
    return g("Min", g("Max", level, g.constant(0.0)), g.constant(255.0))


def _shift(g: Graph, mass: Value, size: Value) -> Value:
    """Return the matrix (N, 28, 28) that moves the centre of mass (N, 28) to the middle."""
    number = g.constant
    axis = number([1], np.int64)
    total = g("Max", g("ReduceSum", mass, axis, keepdims=1), number(1.0))
    moment = g("ReduceSum", g("Mul", mass, number(np.arange(SIZE)[None])), axis, keepdims=1)
    start = g(
        "Floor", g("Add", g("Sub", number(float(CENTRE)), g("Div", moment, total)), number(0.5))
    )
    start = g("Max", number(0.0), g("Min", start, g("Sub", number(float(SIZE)), size)))
    apart = number(np.subtract.outer(np.arange(SIZE), np.arange(SIZE))[None])
    return g.cast(g("Equal", apart, _column(g, start)), np.float32)
