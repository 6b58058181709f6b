"""Parts of scenes on paper: boxes and lines, words, rows of digits, margins, stamps."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.data.ink.graphics import FONTS, Graphic, Print, StrokedLine, rectangle
from digitrec.data.ink.handwriting import Pen, Written, write_digit, write_neatly, write_sign
from digitrec.data.ink.writers import Writers
from digitrec.data.synthetic.neat_hands import make_neat_hand

__all__ = [
    "Scene",
    "add_ruling",
    "add_stamp",
    "box_around",
    "choose_margins",
    "choose_window",
    "line_style",
    "line_width",
    "neat_lines",
    "outline",
    "row_of_digits",
    "sides",
    "words",
]

Rng = np.random.Generator
_CUT = 0.04  # length of a character that may be cut off without the character counting as cut
_MIN_SIDE = 0.02  # length of each side of what is shown
# Share of the rows with signs, and in these the share of the places between digits that have one.
_SIGNED, _SIGNS = 0.25, 0.4
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FIGURES = "0123456789.,:-/%()"
_WORDS = (
    "Name", "Date", "No.", "Total", "Nr.", "Amount", "Sum", "Code", "ZIP", "City", "Street",
    "Tel.", "Page", "Year", "Day", "Month", "Signature", "Datum", "Betrag", "Nom", "Prix", "Cena",
    "Ime", "Kundennummer", "Account", "number", "Please", "print", "clearly", "EUR", "USD", "kg",
    "cm", "1.", "2.", "3.", "4.", "5.", "10.", "12)", "(a)", "(b)", "A", "B", "C", "D", "X",
    "2024", "1998", "100", "00", "0,00", "km/h", "ID:", "Class", "Score", "/", "20", "No",
)  # fmt: skip


@dataclass(eq=False)
class Scene:
    """Graphics on a plane, in units of the height of a digit, and which part of it is shown.

    Attributes:
        ink: What is written by hand.
        prints: What is not written by hand, each layer in one colour.
        behind: What is paler than the ink and blurred, because it shows through or stains the
            paper.
        text: The digits, line after line; "?" stands for a letter. None where some may be cut off,
            and where signs stand between them.
        bounds: Left, top, right and bottom of the part that is shown.
        written: The characters of the ink.
    """

    ink: list[Graphic] = field(default_factory=list)
    prints: list[list[Graphic]] = field(default_factory=list)
    behind: list[Graphic] = field(default_factory=list)
    text: str | None = ""
    bounds: tuple[float, float, float, float] = (-1.0, -1.0, 1.0, 1.0)
    written: list[Written] = field(default_factory=list)

    def write(self, written: Written) -> None:
        """Add a character."""
        self.written.append(written)
        self.ink += written.graphics
        if self.text is not None:
            self.text = self.text + written.text if written.text else None

    @property
    def whole(self) -> bool:
        """Whether all characters are shown, except for a hair's breadth."""
        left, top, right, bottom = self.bounds
        return all(
            (one.low > np.array([left, top]) - _CUT).all()
            and (one.high < np.array([right, bottom]) + _CUT).all()
            for one in self.written
        )

    def show(self, *boxes: Float64Array, margins: Float64Array) -> None:
        """Show all points (P, 2), with margins left, top, right and bottom."""
        points = np.concatenate(boxes)
        low, high = points.min(axis=0) - margins[:2], points.max(axis=0) + margins[2:]
        high = np.maximum(high, low + _MIN_SIDE)  # a margin may be below 0, and a 1 very thin
        self.bounds = float(low[0]), float(low[1]), float(high[0]), float(high[1])


def line_style(rng: Rng, width: float) -> tuple[float, ...]:
    """Return the dashes of a printed line: mostly none."""
    way = rng.uniform()
    if way < 0.82:
        return ()
    if way < 0.91:  # dashed
        return (rng.uniform(2, 6) * width, rng.uniform(1.5, 4) * width)
    return (rng.uniform(0.8, 1.3) * width, rng.uniform(1.2, 3) * width)  # dotted


def line_width(rng: Rng) -> float:
    """Choose the width of printed lines."""
    return float(np.exp(rng.uniform(np.log(0.015), np.log(0.15))))


def outline(rng: Rng, box: Float64Array, style: float) -> Float64Array:
    """Return the outline of a box (left, top, right, bottom): square or rounded."""
    left, top, right, bottom = box
    if style > 0.15:
        return rectangle(left, top, right, bottom)
    radius = rng.uniform(0.05, 0.4) * min(right - left, bottom - top)
    angles = np.linspace(0, np.pi / 2, 6)
    corners = []
    for x, y, start in (
        (right - radius, top + radius, -np.pi / 2), (right - radius, bottom - radius, 0),
        (left + radius, bottom - radius, np.pi / 2), (left + radius, top + radius, np.pi),
    ):  # fmt: skip
        turned = angles + start
        corners.append(np.stack([x + radius * np.cos(turned), y + radius * np.sin(turned)], 1))
    path = np.concatenate(corners)
    return np.concatenate([path, path[:1]])


def box_around(rng: Rng, written: Written) -> Float64Array:
    """Choose a box around a digit, which may touch or cross it: left, top, right, bottom."""
    size = np.array([rng.uniform(1.05, 2.2), rng.uniform(1.1, 2.2)])
    if rng.uniform() < 0.6:
        size[0] = size[1]
    middle = (written.low + written.high) / 2
    room = np.maximum(size - (written.high - written.low), 0.1) / 2
    # Mostly within the box, now and then across a side.
    reach = 1.3 if rng.uniform() < 0.2 else 0.8
    middle = middle + rng.uniform(-reach, reach, 2) * room
    return np.concatenate([middle - size / 2, middle + size / 2])


def sides(rng: Rng, box: Float64Array, width: float, dash: tuple[float, ...]) -> list[Graphic]:
    """Return some of the sides of a box, or only its corners."""
    left, top, right, bottom = box
    path = rectangle(left, top, right, bottom)
    if rng.uniform() < 0.2:  # corner marks
        reach = rng.uniform(0.1, 0.4) * min(right - left, bottom - top)
        graphics: list[Graphic] = []
        for x, y in path[:4].tolist():
            to_x, to_y = np.sign(left + right - 2 * x), np.sign(top + bottom - 2 * y)
            corner = np.array([[x + to_x * reach, y], [x, y], [x, y + to_y * reach]])
            graphics.append(StrokedLine(corner, width))
        return graphics
    kept = rng.permutation(4)[: int(rng.integers(1, 4))]
    return [StrokedLine(path[side : side + 2], width, dash) for side in kept]


def choose_margins(rng: Rng, most: float = 1.0) -> Float64Array:
    """Choose the four margins: none, small or large."""
    way = rng.uniform()
    if way < 0.15:
        return rng.uniform(0, 0.06, 4)
    if way < 0.5:
        return np.full(4, rng.uniform(0.05, most)) + rng.uniform(0, 0.1, 4)
    return rng.uniform(0.05, most, 4)


def words(rng: Rng, place: Float64Array, height: float, count: int) -> list[Graphic]:
    """Print some words in one line, whose left upper corner is at ``place`` (2,)."""
    font = int(rng.integers(len(FONTS)))
    text = " ".join(_word(rng) for _ in range(count))
    return [Print((float(place[0]), float(place[1])), text, height, font)]


def _word(rng: Rng) -> str:
    """Return a word as in forms, or random letters and figures in place of all other words."""
    way = rng.uniform()
    if way < 0.4:
        return _WORDS[int(rng.integers(len(_WORDS)))]
    signs = _LETTERS[:26] if way < 0.65 else _LETTERS if way < 0.85 else _FIGURES
    return "".join(signs[place] for place in rng.integers(0, len(signs), int(rng.integers(1, 9))))


def row_of_digits(
    scene: Scene,
    writers: Writers,
    rng: Rng,
    count: int,
    pitch: float,
    *,
    empty: float = 0.0,
    signs: bool = False,
) -> Float64Array:
    """Write digits side by side.

    Args:
        scene: Where they are written.
        writers: Whose they are.
        rng: The source of the random variation.
        count: Of the digits.
        pitch: From one to the next.
        empty: Share of the places that stay empty.
        signs: Whether there may be points, dashes and other signs between them.

    Returns:
        The corners (2 * N, 2) of the boxes of the digits, the signs, and the empty places.
    """
    pen = Pen.choose(rng)
    signed = signs and rng.uniform() < _SIGNED
    corners, x = [], 0.0
    for place in range(count):
        if signed and place and rng.uniform() < _SIGNS:
            sign = write_sign(rng, pen, x - 0.5 * pitch + rng.uniform(0.05, 0.25))
            scene.write(sign)
            corners += [sign.low.tolist(), sign.high.tolist()]
            x = float(sign.high[0]) + 0.5 * pitch + rng.uniform(0.0, 0.2)
        if rng.uniform() < empty:
            corners += [[x - 0.4, -0.5], [x + 0.4, 0.5]]
        else:
            middle = x + rng.normal(0, 0.04), rng.normal(0, 0.06)
            written = write_digit(writers, rng, pen, middle, float(np.exp(rng.normal(0, 0.08))))
            scene.write(written)
            corners += [written.low.tolist(), written.high.tolist()]
        x += pitch
    return np.array(corners)


def neat_lines(scene: Scene, rng: Rng) -> Float64Array:
    """Write a few lines of numbers as a neat hand does, with signs between the digits.

    Returns:
        The corners (2 * N, 2) of the boxes of what is written.
    """
    pen, hand = Pen.choose(rng), make_neat_hand(rng)
    gap, leading = rng.uniform(0.03, 0.35), rng.uniform(1.3, 2.2)
    signs = rng.uniform(0, 0.4) if rng.uniform() < 0.6 else 0.0
    corners: list[list[float]] = []
    for line in range(1 if rng.uniform() < 0.7 else int(rng.integers(2, 5))):
        x = 0.0
        for place in range(int(rng.integers(1, 11))):
            if place and rng.uniform() < signs:
                sign = write_sign(rng, pen, x + rng.uniform(0, 0.15), line * leading)
                scene.write(sign)
                corners += [sign.low.tolist(), sign.high.tolist()]
                x = float(sign.high[0]) + gap + rng.uniform(0, 0.15)
            written = write_neatly(hand, rng, pen, x, line * leading)
            scene.write(written)
            corners += [written.low.tolist(), written.high.tolist()]
            x = float(written.high[0]) + gap
    return np.array(corners)


def add_ruling(scene: Scene, rng: Rng) -> None:
    """Add the lines of ruled or squared paper, and now and then that of its margin."""
    left, top, right, bottom = scene.bounds
    squared = rng.uniform() < 0.5
    pitch = rng.uniform(0.3, 1.2) if squared else rng.uniform(1.0, 2.2)
    width = min(line_width(rng) / 2, pitch / 6)

    def level(y: float) -> Graphic:
        return StrokedLine(np.array([[left - 2, y], [right + 2, y]]), width)

    def upright(x: float) -> Graphic:
        return StrokedLine(np.array([[x, top - 2], [x, bottom + 2]]), width)

    graphics = [level(y) for y in np.arange(top - 1 + rng.uniform(0, pitch), bottom + 1, pitch)]
    if squared:
        graphics += [
            upright(x) for x in np.arange(left - 1 + rng.uniform(0, pitch), right + 1, pitch)
        ]
    scene.prints.append(graphics)
    if rng.uniform() < 0.15:
        scene.prints.append([upright(rng.uniform(left, right))])


def add_stamp(scene: Scene, rng: Rng) -> None:
    """Add a stamp, or a long curved line, somewhere on a scene."""
    left, top, right, bottom = scene.bounds
    middle = np.array([rng.uniform(left, right), rng.uniform(top, bottom)])
    if rng.uniform() < 0.4:
        along = np.linspace(-1, 1, 15)
        line = np.stack([along * 4, np.sin(along * rng.uniform(1, 3)) * rng.uniform(0, 0.8)], 1)
        angle = rng.uniform(0, np.pi)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        scene.prints.append([StrokedLine(line @ turn.T + middle, line_width(rng) / 2)])
        return
    radius = rng.uniform(0.6, 2) * np.array([1, rng.uniform(0.4, 1)])
    angles = np.linspace(0, 2 * np.pi, 31)
    path = middle + radius * np.stack([np.cos(angles), np.sin(angles)], 1)
    if rng.uniform() < 0.5:
        path = rectangle(*(middle - radius).tolist(), *(middle + radius).tolist())
    width = rng.uniform(0.02, 0.08)
    graphics: list[Graphic] = [StrokedLine(path, width)]
    height = 0.5 * float(radius.min())
    graphics += words(rng, middle - radius * [0.8, 0.3], height, 2)
    scene.prints.append(graphics)


def choose_window(scene: Scene, rng: Rng) -> Scene:
    """Show now and then only a part of a scene."""
    if rng.uniform() < 0.4:
        left, top, right, bottom = scene.bounds
        width = min(right - left, max(1.2, rng.uniform(0.3, 1) * (right - left)))
        height = min(bottom - top, max(1.2, rng.uniform(0.5, 1) * (bottom - top)))
        x = left + rng.uniform(0, right - left - width + 1e-9)
        y = top + rng.uniform(0, bottom - top - height + 1e-9)
        scene.bounds = x, y, x + width, y + height
        scene.text = None
    return scene
