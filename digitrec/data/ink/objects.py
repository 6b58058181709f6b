"""What lies on paper or shows through it, but is not ink: holes, pens, clips, rings, codes."""

from __future__ import annotations

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.data.ink.graphics import Fill, Graphic, StrokedLine, mirrored, rectangle
from digitrec.data.ink.layout import Scene, row_of_digits
from digitrec.data.ink.writers import Writers

__all__ = ["add_code", "add_object", "add_writing_behind"]

Rng = np.random.Generator


def add_object(scene: Scene, rng: Rng) -> None:
    """Add an object at the edge of what is shown, or beside the ink; it may reach into it."""
    (_holes, _pen, _clip, _ring, _edge, _edge)[int(rng.integers(6))](scene, rng)


def add_writing_behind(scene: Scene, writers: Writers, rng: Rng) -> None:
    """Add what is written on the back of the sheet, and shows through: mirrored, and pale."""
    left, top, right, bottom = scene.bounds
    pitch, leading = rng.uniform(0.7, 1.1), rng.uniform(1.2, 2)
    height = top + rng.uniform(-0.3, leading)
    marks: list[Graphic] = []
    for _ in range(3):
        behind = Scene()
        row_of_digits(behind, writers, rng, int(rng.integers(1, 7)), pitch)
        place = np.array([rng.uniform(left, right), height])
        marks += [mirrored(one, place) for one in behind.ink]
        height += leading
        if height > bottom:
            break
    scene.behind = marks


def add_code(scene: Scene, rng: Rng) -> None:
    """Add a code that machines read beside what is shown: squares in a matrix, or bars."""
    left, top, right, bottom = scene.bounds
    side = float(np.exp(rng.uniform(np.log(0.7), np.log(4))))
    away = rng.uniform(0.1, 0.8)
    x = rng.uniform(left - side / 2, right - side / 2)
    y = rng.uniform(top - side / 2, bottom - side / 2)
    places = [
        (left - away - side, y), (right + away, y), (x, top - away - side), (x, bottom + away),
    ]  # fmt: skip
    corner = np.array(places[int(rng.integers(4))])
    marks = _matrix(rng, side) if rng.uniform() < 0.75 else _bars(rng, side)
    scene.prints.append([Fill(one + corner) for one in marks])
    margin = rng.uniform(-0.3, 0.3)  # below 0, the picture ends within the code
    low, high = corner - margin, corner + side + margin
    scene.bounds = (
        min(left, float(low[0])), min(top, float(low[1])),
        max(right, float(high[0])), max(bottom, float(high[1])),
    )  # fmt: skip


def _matrix(rng: Rng, side: float) -> list[Float64Array]:
    """Dark squares at random, with three squares in squares in corners, as QR codes have."""
    count = int(rng.integers(10, 30))
    dark = rng.uniform(size=(count, count)) < 0.5
    if count >= 17 and rng.uniform() < 0.8:
        finder = np.pad(np.pad(np.ones((3, 3), bool), 1), 1, constant_values=True)
        dark[:8, :8] = dark[:8, -8:] = dark[-8:, :8] = False
        dark[:7, :7] = dark[:7, -7:] = dark[-7:, :7] = finder
    cell = side / count
    return [
        rectangle(column * cell, row * cell, (column + 1) * cell, (row + 1) * cell)
        for row, column in np.argwhere(dark).tolist()
    ]


def _bars(rng: Rng, side: float) -> list[Float64Array]:
    """Bars of random widths."""
    widths = rng.integers(1, 4, int(rng.integers(20, 60)))
    edges = np.concatenate([[0], np.cumsum(widths)]) * side / widths.sum()
    tall = side * rng.uniform(0.2, 0.8)
    return [rectangle(edges[i], 0.0, edges[i + 1], tall) for i in range(0, len(widths), 2)]


def _at_an_edge(scene: Scene, rng: Rng) -> tuple[Float64Array, Float64Array]:
    """Choose a place on the edge of what is shown, and the direction into the picture."""
    left, top, right, bottom = scene.bounds
    x, y = rng.uniform(left, right), rng.uniform(top, bottom)
    places = ([left, y], [right, y], [x, top], [x, bottom])
    inward = ([1, 0], [-1, 0], [0, 1], [0, -1])
    side = int(rng.integers(4))
    return np.array(places[side], np.float64), np.array(inward[side], np.float64)


def _ellipse(middle: Float64Array, radii: Float64Array) -> Float64Array:
    angles = np.linspace(0, 2 * np.pi, 41)
    outline: Float64Array = middle + radii * np.stack([np.cos(angles), np.sin(angles)], 1)
    return outline


def _grow(scene: Scene, rng: Rng, points: Float64Array, most: float) -> None:
    """Show more, as far as points (P, 2), but at most ``most`` more on each side."""
    share = rng.uniform(0, 1) if rng.uniform() < 0.7 else 0.0
    left, top, right, bottom = scene.bounds
    low, high = points.min(axis=0), points.max(axis=0)
    scene.bounds = (
        left - share * min(max(left - float(low[0]), 0), most),
        top - share * min(max(top - float(low[1]), 0), most),
        right + share * min(max(float(high[0]) - right, 0), most),
        bottom + share * min(max(float(high[1]) - bottom, 0), most),
    )


def _holes(scene: Scene, rng: Rng) -> None:
    """Punched holes, or round stickers, in a row along an edge."""
    place, inward = _at_an_edge(scene, rng)
    radius = float(np.exp(rng.uniform(np.log(0.1), np.log(0.6))))
    along = inward[::-1] * rng.uniform(2.5, 8) * radius
    first = place - inward * radius * rng.uniform(-1.5, 2)
    marks: list[Graphic] = []
    for number in range(int(rng.integers(1, 4))):
        outline = _ellipse(first + along * number, np.full(2, radius))
        marks.append(Fill(outline))
        _grow(scene, rng, outline, 1.5)
    scene.prints.append(marks)


def _pen(scene: Scene, rng: Rng) -> None:
    """A pen, a finger or a ruler that comes in from an edge, with its lighter or darker side."""
    place, inward = _at_an_edge(scene, rng)
    half = float(np.exp(rng.uniform(np.log(0.05), np.log(0.5))))
    reach, angle = rng.uniform(0.1, 3), rng.normal(0, 0.5)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    along = turn @ inward
    across = np.array([-along[1], along[0]])
    tip = place + along * reach * (1 if rng.uniform() < 0.6 else 0.2)
    back = place - along * 6
    point = rng.uniform(0, 5) * half  # how long the taper is
    shape = [
        back - across * half, tip - along * point - across * half,
        tip - across * half * rng.uniform(0.05, 0.9), tip + across * half * rng.uniform(0.05, 0.9),
        tip - along * point + across * half, back + across * half,
    ]  # fmt: skip
    outline = np.array(shape)
    scene.prints.append([Fill(outline)])
    if rng.uniform() < 0.6:
        low, high = np.sort(rng.uniform(-half, half, 2))
        body = tip - along * point
        side = [
            back + across * low,
            body + across * low,
            body + across * high,
            back + across * high,
        ]
        scene.prints.append([Fill(np.array(side))])
    _grow(scene, rng, outline, 1.0)


def _clip(scene: Scene, rng: Rng) -> None:
    """A paper clip at an edge, or a staple."""
    place, inward = _at_an_edge(scene, rng)
    across = inward[::-1]
    wide, length = rng.uniform(0.15, 0.45), rng.uniform(0.6, 2)
    if rng.uniform() < 0.3:  # a staple
        ends = place + inward * rng.uniform(0.1, 0.8)
        angle = rng.uniform(0, np.pi)
        half = np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(0.2, 0.5)
        line = np.stack([ends - half, ends + half])
        scene.prints.append([StrokedLine(line, rng.uniform(0.03, 0.08), round=True)])
        return
    path = []
    for at, far, near in ((1.0, 1.0, 0.0), (0.75, 0.85, 0.2), (0.5, 0.7, 0.35)):
        bend = np.linspace(0, np.pi, 9)
        radius = wide * at
        path.append(np.stack([radius * np.cos(bend), far * length + radius * np.sin(bend)], 1))
        path.append(np.stack([-radius * np.cos(bend), near * length - radius * np.sin(bend)], 1))
    local = np.concatenate(path) - (0, rng.uniform(0, 1) * length)
    points = place + local[:, :1] * across + local[:, 1:] * inward
    scene.prints.append([StrokedLine(points, rng.uniform(0.03, 0.08), round=True)])
    _grow(scene, rng, points, 1.0)


def _ring(scene: Scene, rng: Rng) -> None:
    """The ring or the stain that a cup leaves."""
    left, top, right, bottom = scene.bounds
    middle = np.array([rng.uniform(left, right), rng.uniform(top, bottom)])
    radius = float(np.exp(rng.uniform(np.log(0.5), np.log(4))))
    shape = _ellipse(middle, radius * np.exp(rng.normal(0, 0.08, 2)))
    shape += rng.normal(0, 0.02 * radius, shape.shape)
    shape[-1] = shape[0]
    if rng.uniform() < 0.3:
        scene.behind = [*scene.behind, Fill(shape)]
    else:
        scene.behind = [*scene.behind, StrokedLine(shape, radius * rng.uniform(0.03, 0.15))]


def _edge(scene: Scene, rng: Rng) -> None:
    """Another surface beside the paper: a torn, bent or straight edge."""
    left, top, right, bottom = scene.bounds
    side, deep = int(rng.integers(4)), rng.uniform(-0.2, 0.6)
    upright = side < 2
    low, high = (top, bottom) if upright else (left, right)
    count = int(rng.integers(4, 40))
    along = np.linspace(low - 1, high + 1, count)
    wander = rng.normal(0, rng.choice([0.0, 0.01, 0.03, 0.08]), count)
    slope = rng.normal(0, 0.06) * (along - along.mean())
    away = deep + np.cumsum(wander) + slope
    at = (left - away, right + away, top - away, bottom + away)[side]
    at = (left, right, top, bottom)[side] + (at - (left, right, top, bottom)[side]) * 0.6
    inner = np.stack([at, along] if upright else [along, at], axis=1)
    far = (left - 9, right + 9, top - 9, bottom + 9)[side]
    corners = (
        [[far, along[-1]], [far, along[0]]] if upright else [[along[-1], far], [along[0], far]]
    )
    scene.prints.append([Fill(np.concatenate([inner, np.array(corners)]))])
    grown, share = list(scene.bounds), rng.uniform(0.1, 0.8)
    grown[(0, 2, 1, 3)[side]] += (-share, share, -share, share)[side]
    scene.bounds = grown[0], grown[1], grown[2], grown[3]
