"""What there is on the paper: digits in boxes, on combs, beside print, alone; or no ink at all."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.data.ink.frames import frame_around
from digitrec.data.ink.graphics import Fill, Graphic, StrokedLine, rectangle
from digitrec.data.ink.handwriting import Pen, write_digit, write_sign
from digitrec.data.ink.layout import (
    Scene,
    add_ruling,
    box_around,
    choose_margins,
    choose_window,
    line_style,
    line_width,
    neat_lines,
    outline,
    row_of_digits,
    sides,
    words,
)
from digitrec.data.ink.objects import add_code, add_object, add_writing_behind
from digitrec.data.ink.tables import diagonals, grid
from digitrec.data.ink.writers import Writers

__all__ = ["KINDS"]

Rng = np.random.Generator


def plain(writers: Writers, rng: Rng) -> Scene:
    """One digit on blank paper."""
    scene = Scene()
    written = write_digit(writers, rng, Pen.choose(rng))
    scene.write(written)
    scene.show(np.stack([written.low, written.high]), margins=choose_margins(rng))
    return scene


def several(writers: Writers, rng: Rng) -> Scene:
    """A few digits side by side on blank paper."""
    scene = Scene()
    count, pitch = int(rng.integers(2, 6)), rng.uniform(0.7, 1.2)
    corners = row_of_digits(scene, writers, rng, count, pitch, signs=True)
    scene.show(corners, margins=choose_margins(rng))
    return scene


def edge(writers: Writers, rng: Rng) -> Scene:
    """One digit that is cropped to its ink, or a little closer."""
    scene = Scene()
    written = write_digit(writers, rng, Pen.choose(rng))
    scene.write(written)
    margins = rng.uniform(-0.03, 0.03, 4) if rng.uniform() < 0.7 else rng.uniform(0, 0.5, 4)
    margins[rng.integers(4)] = rng.uniform(-0.03, 0.01)
    scene.show(np.stack([written.low, written.high]), margins=margins)
    return scene


def box(writers: Writers, rng: Rng) -> Scene:
    """One digit in its box."""
    scene = Scene()
    written = write_digit(writers, rng, Pen.choose(rng))
    scene.write(written)
    around = box_around(rng, written)
    width = line_width(rng)
    graphics: list[Graphic] = [
        StrokedLine(outline(rng, around, rng.uniform()), width, line_style(rng, width))
    ]
    if rng.uniform() < 0.08:  # a double frame
        away = rng.uniform(2, 4) * width
        graphics.append(
            StrokedLine(rectangle(*(around + np.array([-1, -1, 1, 1]) * away)), width / 2)
        )
    scene.prints.append(graphics)
    margins = choose_margins(rng, 0.8) + width / 2
    scene.show(around.reshape(2, 2), np.stack([written.low, written.high]), margins=margins)
    return scene


def part_of_box(writers: Writers, rng: Rng) -> Scene:
    """One digit, and what a crop left of its box: one to three sides, or a corner."""
    scene = box(writers, rng)
    line = scene.prints[0][0]
    assert isinstance(line, StrokedLine)
    lines = np.concatenate([line.points.min(axis=0), line.points.max(axis=0)])
    if rng.uniform() < 0.3:
        scene.prints[0] = sides(rng, lines, line.width, line.dash)
        return scene
    outward = np.array([-1, -1, 1, 1])  # for left, top, right and bottom
    bounds = np.array(scene.bounds)
    cut = rng.permutation(4)[: int(rng.integers(1, 4))]
    for side in range(4):
        if side in cut:  # within the box: the line is not seen
            away = rng.uniform(0.5, 4) * line.width + rng.uniform(0, 0.12)
            bounds[side] = lines[side] - outward[side] * away
        elif rng.uniform() < 0.5:  # through the line, or just beyond
            away = rng.uniform(-0.45, 1.5) * line.width
            bounds[side] = lines[side] + outward[side] * away
    if bounds[2] - bounds[0] > 0.5 and bounds[3] - bounds[1] > 0.5:
        scene.bounds = tuple(bounds.tolist())
    return scene


def row_of_boxes(writers: Writers, rng: Rng) -> Scene:
    """A row of boxes, joined or apart, some of them empty; or one box around all digits."""
    scene = Scene()
    count, pitch = int(rng.integers(2, 8)), rng.uniform(1.0, 1.9)
    corners = row_of_digits(scene, writers, rng, count, pitch, empty=0.2)
    width = line_width(rng)
    dash, style = line_style(rng, width), rng.uniform()
    height = rng.uniform(1.1, 2.0)
    gap = 0.0 if rng.uniform() < 0.4 else rng.uniform(0.05, 0.3) * pitch
    graphics: list[Graphic] = []
    shift = rng.uniform(-0.1, 0.1, 2)
    reach = [(place, place + 1) for place in range(count)]
    if rng.uniform() < 0.15:
        reach = [(0, count)]
    for first, last in reach:
        left, right = (first - 0.5) * pitch + gap / 2, (last - 0.5) * pitch - gap / 2
        around = np.array([left, -height / 2, right, height / 2]) + np.tile(shift, 2)
        graphics.append(StrokedLine(outline(rng, around, style), width, dash))
    scene.prints.append(graphics)
    extent = np.array([[-0.5 * pitch, -height / 2], [(count - 0.5) * pitch, height / 2]])
    scene.show(corners, extent, margins=choose_margins(rng))
    return choose_window(scene, rng)


def comb(writers: Writers, rng: Rng) -> Scene:
    """Digits on a comb: a line with teeth between the digits."""
    scene = Scene()
    count, pitch = int(rng.integers(1, 8)), rng.uniform(0.8, 1.6)
    corners = row_of_digits(scene, writers, rng, count, pitch, empty=0.1)
    width = line_width(rng) / 1.5
    foot, tooth = rng.uniform(0.5, 0.8), rng.uniform(0.15, 1.2)
    dash = line_style(rng, width)
    ends = -0.5 * pitch, (count - 0.5) * pitch
    graphics: list[Graphic] = [
        StrokedLine(np.array([[ends[0], foot], [ends[1], foot]]), width, dash)
    ]
    for place in range(count + 1):
        x = (place - 0.5) * pitch
        graphics.append(StrokedLine(np.array([[x, foot], [x, foot - tooth]]), width, dash))
    if rng.uniform() < 0.2:
        graphics.append(
            StrokedLine(np.array([[ends[0], foot - tooth], [ends[1], foot - tooth]]), width)
        )
    scene.prints.append(graphics)
    extent = np.array([[ends[0], foot - tooth], [ends[1], foot]])
    scene.show(corners, extent, margins=choose_margins(rng))
    return choose_window(scene, rng)


def underline(writers: Writers, rng: Rng) -> Scene:
    """Digits above a line, which may touch them."""
    scene = Scene()
    count = 1 if rng.uniform() < 0.5 else int(rng.integers(2, 6))
    corners = row_of_digits(scene, writers, rng, count, rng.uniform(0.7, 1.1), signs=True)
    width = line_width(rng)
    foot = float(corners[:, 1].max()) + rng.uniform(-0.15, 0.5)
    low, high = corners[:, 0].min(), corners[:, 0].max()
    ends = np.array([[low - rng.uniform(-0.1, 1.5), foot], [high + rng.uniform(-0.1, 1.5), foot]])
    graphics: list[Graphic] = [StrokedLine(ends, width, line_style(rng, width))]
    if rng.uniform() < 0.15:
        graphics.append(StrokedLine(ends + np.array([0, rng.uniform(2, 5) * width]), width))
    scene.prints.append(graphics)
    shown = ends if rng.uniform() < 0.5 else ends[:, 1:] * np.array([0, 1]) + corners[:1] * [1, 0]
    scene.show(corners, shown, margins=choose_margins(rng, 0.6))
    return scene


def circle(writers: Writers, rng: Rng) -> Scene:
    """A digit in a printed circle or ellipse."""
    scene = Scene()
    written = write_digit(writers, rng, Pen.choose(rng))
    scene.write(written)
    radius = rng.uniform(0.65, 1.1) * np.array([1, rng.uniform(0.85, 1.2)])
    angles = np.linspace(0, 2 * np.pi, 41)
    middle = (written.low + written.high) / 2 + rng.normal(0, 0.08, 2)
    path = middle + radius * np.stack([np.cos(angles), np.sin(angles)], 1)
    width = line_width(rng)
    scene.prints.append([StrokedLine(path, width, line_style(rng, width))])
    scene.show(path, np.stack([written.low, written.high]), margins=choose_margins(rng, 0.6))
    return scene


def frame(writers: Writers, rng: Rng) -> Scene:
    """A digit, or two, in a frame that is not a box: a triangle, a diamond, a star, a cloud."""
    scene = Scene()
    count = 1 if rng.uniform() < 0.8 else 2
    corners = row_of_digits(scene, writers, rng, count, rng.uniform(0.7, 0.9))
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2 + rng.normal(0, 0.06, 2)
    size = 1.0 if count == 1 else 1.4  # two digits need a wider frame
    path = size * frame_around(rng) + middle
    width = line_width(rng)
    scene.prints.append([StrokedLine(path, width, line_style(rng, width))])
    margins = choose_margins(rng, 0.6)
    shown = path if rng.uniform() < 0.8 else corners
    scene.show(shown, corners, margins=margins)
    return scene


def ruled(writers: Writers, rng: Rng) -> Scene:
    """Digits on ruled or squared paper."""
    scene = Scene()
    count = int(rng.integers(1, 6))
    corners = row_of_digits(scene, writers, rng, count, rng.uniform(0.7, 1.1), signs=True)
    scene.show(corners, margins=choose_margins(rng, 1.5))
    add_ruling(scene, rng)
    return scene


def beside_print(writers: Writers, rng: Rng) -> Scene:
    """Digits beside, under or on printed words."""
    scene = Scene()
    count = int(rng.integers(1, 5))
    corners = row_of_digits(scene, writers, rng, count, rng.uniform(0.7, 1.1), signs=True)
    low, high = corners.min(axis=0), corners.max(axis=0)
    graphics: list[Graphic] = []
    places: list[Float64Array] = []
    for _ in range(int(rng.integers(1, 4))):
        height = float(np.exp(rng.uniform(np.log(0.2), np.log(0.9))))
        way = rng.integers(4)
        if way == 0:  # above
            place = np.array([low[0] + rng.uniform(-1, 0.3), low[1] - height * 1.4])
        elif way == 1:  # below
            place = np.array([low[0] + rng.uniform(-1, 0.3), high[1] + 0.2 * height])
        elif way == 2:  # to the left
            place = np.array([low[0] - rng.uniform(0.5, 3) * height, rng.uniform(-0.6, 0.3)])
        else:
            place = np.array([high[0] + rng.uniform(0.1, 1) * height, rng.uniform(-0.6, 0.3)])
        places.append(place)
        graphics += words(rng, place, height, int(rng.integers(1, 4)))
    scene.prints.append(graphics)
    if rng.uniform() < 0.3:
        below = np.array([[low[0] - 1, high[1] + 0.1], [high[0] + 1, high[1] + 0.1]])
        scene.prints.append([StrokedLine(below, 0.03)])
    scene.show(corners, np.array(places), margins=choose_margins(rng))
    return scene


def page(writers: Writers, rng: Rng) -> Scene:
    """A part of a page with numbers in rows, on blank, ruled or squared paper."""
    scene = Scene()
    pen = Pen.choose(rng)
    rows, length = int(rng.integers(1, 7)), rng.uniform(2, 9)
    leading, pitch = rng.uniform(1.2, 2.4), rng.uniform(0.7, 1.1)
    for row in range(rows):
        x, end = 0.0, length * rng.uniform(0.3, 1)
        while x < end:
            middle = x + rng.normal(0, 0.05), row * leading + rng.normal(0, 0.06)
            scene.write(write_digit(writers, rng, pen, middle))
            x += pitch
            if rng.uniform() < 0.25:
                x += rng.uniform(0.3, 2)
            elif rng.uniform() < 0.1:
                sign = write_sign(rng, pen, x - 0.4 * pitch, row * leading)
                scene.write(sign)
                x = float(sign.high[0]) + 0.5 * pitch
    corners = np.array([[-0.5, -0.6], [length + 0.5, (rows - 1) * leading + 0.6]])
    scene.show(corners, margins=choose_margins(rng))
    way = rng.uniform()
    if way < 0.4:
        add_ruling(scene, rng)
    elif way < 0.55:
        scene.prints.append(words(rng, np.array([-0.5, -1.2]), rng.uniform(0.3, 0.7), 3))
    return choose_window(scene, rng)


def neat(writers: Writers, rng: Rng) -> Scene:
    """Numbers by a neat hand: on blank or ruled paper, in a box, or beside printed words."""
    scene = Scene()
    corners = neat_lines(scene, rng)
    low, high = corners.min(axis=0), corners.max(axis=0)
    scene.show(corners, margins=choose_margins(rng))
    way = rng.uniform()
    if way < 0.15:
        add_ruling(scene, rng)
    elif way < 0.3:
        around = np.concatenate([low, high]) + rng.uniform(0.1, 0.6) * np.array([-1, -1, 1, 1])
        scene.prints.append([StrokedLine(outline(rng, around, rng.uniform()), line_width(rng))])
        scene.show(around.reshape(2, 2), margins=choose_margins(rng, 0.6))
    elif way < 0.5:
        height = rng.uniform(0.4, 1.0)
        above = np.array([low[0] + rng.uniform(-1, 0.3), low[1] - height * 1.5])
        beside = np.array([high[0] + rng.uniform(0.3, 1.2), -0.5 * height])
        place = above if rng.uniform() < 0.5 else beside
        scene.prints.append(words(rng, place, height, int(rng.integers(1, 3))))
        scene.show(corners, place[None], margins=choose_margins(rng))
    return scene if way < 0.15 else choose_window(scene, rng)


def block(writers: Writers, rng: Rng) -> Scene:
    """Digits beside solid dark blocks: borders of a scan, redactions, filled cells."""
    make = (plain, edge, several, box)[int(rng.integers(4))]
    scene = make(writers, rng)
    left, top, right, bottom = scene.bounds
    graphics: list[Graphic] = []
    for _ in range(int(rng.integers(1, 3))):
        thick = rng.uniform(0.1, 1.2)
        if rng.uniform() < 0.6:  # at an edge of the picture, which grows by it
            way = int(rng.integers(4))
            grown = [left, top, right, bottom]
            grown[way] += thick if way > 1 else -thick
            bands = (
                (grown[0], grown[1], left, grown[3]), (grown[0], grown[1], grown[2], top),
                (right, grown[1], grown[2], grown[3]), (grown[0], bottom, grown[2], grown[3]),
            )  # fmt: skip
            graphics.append(Fill(rectangle(*bands[way])))
            left, top, right, bottom = grown
        else:
            width = rng.uniform(0.3, 2)
            x, y = right + 0.1, rng.uniform(top, bottom)
            graphics.append(Fill(rectangle(x, y, x + width, y + thick)))
            right += width + 0.2
            bottom = max(bottom, y + thick)
    scene.prints.append(graphics)
    scene.bounds = left, top, right, bottom
    return scene


def code(writers: Writers, rng: Rng) -> Scene:
    """Digits beside a code that machines read: squares or bars."""
    names = ("plain", "several", "several", "box", "page")
    scene = KINDS[names[int(rng.integers(len(names)))]](writers, rng)
    add_code(scene, rng)
    return scene


def objects(writers: Writers, rng: Rng) -> Scene:
    """Digits beside what lies on the paper, or over what shows through it."""
    names = ("plain", "plain", "several", "edge", "box", "underline", "ruled", "page", "page")
    scene = KINDS[names[int(rng.integers(len(names)))]](writers, rng)
    if rng.uniform() < 0.35:
        add_writing_behind(scene, writers, rng)
    else:
        for _ in range(1 + int(rng.uniform() < 0.25)):
            add_object(scene, rng)
    return scene


def nothing(writers: Writers, rng: Rng) -> Scene:
    """A blank form, or blank paper: nothing here is ink."""
    names = (
        "box", "box", "part of a box", "boxes", "comb", "underline", "circle", "table", "ruled",
        "print", "page", "block", "plain", "edge", "objects", "frame", "diagonals", "code",
    )  # fmt: skip
    scene = KINDS[names[int(rng.integers(len(names)))]](writers, rng)
    scene.ink, scene.text, scene.written = [], "", []
    scene.behind = []  # without ink beside it, it would look like the ink of a pale pen
    return scene


Make = Callable[[Writers, Rng], Scene]

KINDS: dict[str, Make] = {
    "plain": plain,
    "several": several,
    "edge": edge,
    "box": box,
    "part of a box": part_of_box,
    "boxes": row_of_boxes,
    "comb": comb,
    "underline": underline,
    "circle": circle,
    "frame": frame,
    "table": grid,
    "diagonals": diagonals,
    "ruled": ruled,
    "print": beside_print,
    "page": page,
    "neat": neat,
    "block": block,
    "code": code,
    "objects": objects,
    "nothing": nothing,
}
"""The kinds of scenes, by name."""
