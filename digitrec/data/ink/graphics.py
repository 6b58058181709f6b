"""Graphics on paper, and how they become pixels: stroked lines, filled shapes, print, scans.

Places and sizes are in units of the height of a digit. A `View` says which part of the plane a
picture shows, and how large.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digitrec.arrays import Float32Array, Float64Array, Uint8Array

__all__ = [
    "FONTS",
    "Fill",
    "Graphic",
    "Print",
    "Scan",
    "StrokedLine",
    "View",
    "coverage",
    "mirrored",
    "rectangle",
]

_ENLARGED = 3  # graphics are drawn this many times larger and then reduced, so that edges are soft
_THINNEST = 0.7  # pixels


class StrokedLine(NamedTuple):
    """A line through points (P, 2). Dashes and gaps have the lengths ``dash``; () is unbroken."""

    points: Float64Array
    width: float
    dash: tuple[float, ...] = ()
    round: bool = False


class Fill(NamedTuple):
    """A filled polygon."""

    points: Float64Array


class Print(NamedTuple):
    """Printed text, its left upper corner at ``place``; ``font`` is one of `FONTS`, by number."""

    place: tuple[float, float]
    text: str
    height: float
    font: int


class Scan(NamedTuple):
    """The scan of a digit, uint8 (28, 28), in a square with that middle and side."""

    image: Uint8Array
    middle: tuple[float, float]
    side: float


Graphic = StrokedLine | Fill | Print | Scan

FONTS = (
    "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSerif", "DejaVuSerif-Bold",
    "DejaVuSansMono", "DejaVuSerif-Italic", "STIXGeneral", "STIXGeneralBol", "cmr10", "cmss10",
    "cmtt10", "",
)  # fmt: skip
"""Fonts that come with matplotlib, and, as the empty name, the one that comes with Pillow: the same
on all machines."""


@dataclass(frozen=True, eq=False)
class View:
    """What a picture shows of the plane.

    Attributes:
        left: Edge of the picture.
        top: Edge of the picture.
        scale: Pixels of a unit.
        width: Of the picture, in pixels.
        height: Of the picture, in pixels.
        turn: (2, 2), by which places are multiplied about the middle of the picture.
        tilt: (2,), of the perspective; 0 for a camera straight above.
        curl: Height and waves of the paper's curl, as shares of the picture's longer side.
    """

    left: float
    top: float
    scale: float
    width: int
    height: int
    turn: Float64Array = field(default_factory=lambda: np.eye(2))
    tilt: Float64Array = field(default_factory=lambda: np.zeros(2))
    curl: tuple[float, float, float] = (0.0, 1.0, 0.0)

    def pixels(self, points: Float64Array) -> Float64Array:
        """Return where points (P, 2) are in the picture."""
        middle = np.array([self.width, self.height]) / 2
        side = float(max(self.width, self.height))
        away = ((points - (self.left, self.top)) * self.scale - middle) / side
        away = away @ self.turn.T
        if self.tilt.any():
            away = away / (1 + away @ self.tilt)[:, None]
        height, waves, phase = self.curl
        if height:
            away = away + np.stack(
                [np.zeros(len(away)), height * np.sin(waves * away[:, 0] + phase)], axis=1
            )
        return away * side + middle


def rectangle(left: float, top: float, right: float, bottom: float) -> Float64Array:
    """Return the closed outline of a rectangle, (5, 2)."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom], [left, top]])


def mirrored(graphic: Graphic, place: Float64Array) -> Graphic:
    """Return handwriting as it is seen from the back of the sheet, moved by ``place`` (2,)."""
    if isinstance(graphic, StrokedLine):
        return graphic._replace(points=graphic.points * (-1, 1) + place)
    assert isinstance(graphic, Scan), "nobody writes fills or print"
    x, y = graphic.middle
    middle = float(place[0]) - x, float(place[1]) + y
    return graphic._replace(image=np.ascontiguousarray(graphic.image[:, ::-1]), middle=middle)


def coverage(graphics: Sequence[Graphic], view: View) -> Float32Array:
    """Return which share of each pixel the graphics cover, (height, width) in [0, 1]."""
    size = view.width * _ENLARGED, view.height * _ENLARGED
    image = Image.new("L", size)
    draw = ImageDraw.Draw(image)
    for graphic in graphics:
        if isinstance(graphic, StrokedLine):
            _draw_line(draw, graphic, view)
        elif isinstance(graphic, Fill):
            places = view.pixels(graphic.points) * _ENLARGED
            draw.polygon(places.ravel().tolist(), fill=255)
        elif isinstance(graphic, Print):
            x, y = (view.pixels(np.array([graphic.place]))[0] * _ENLARGED).tolist()
            font = _font(graphic.font, max(6, round(graphic.height * view.scale * _ENLARGED)))
            draw.text((x, y), graphic.text, font=font, fill=255)
        else:
            _paste(image, graphic, view)
    return np.asarray(image.reduce(_ENLARGED), np.float32) / np.float32(255)


def _draw_line(draw: ImageDraw.ImageDraw, line: StrokedLine, view: View) -> None:
    points = line.points
    if view.curl[0] and len(points) < 12:  # else straight lines would stay straight
        points = _divided(points)
    pieces = _dashes(points, line.dash) if line.dash else [points]
    width = max(line.width * view.scale, _THINNEST) * _ENLARGED
    half = width / 2
    for piece in pieces:
        places = view.pixels(piece) * _ENLARGED
        draw.line(places.ravel().tolist(), fill=255, width=max(1, round(width)))
        if width >= 3:
            ends = places if line.round else places[1:-1]
            if not line.round and len(piece) > 2 and np.allclose(piece[0], piece[-1]):
                ends = places
            for x, y in ends.tolist():
                draw.ellipse((x - half, y - half, x + half, y + half), fill=255)


def _divided(points: Float64Array) -> Float64Array:
    """Put points between those of a line."""
    shares = np.linspace(0, 1, 9)[:-1, None, None]
    between = (points[:-1] * (1 - shares) + points[1:] * shares).transpose(1, 0, 2)
    return np.concatenate([between.reshape(-1, 2), points[-1:]])


def _dashes(points: Float64Array, lengths: tuple[float, ...]) -> list[Float64Array]:
    """Cut a line into dashes; their lengths and those of the gaps follow each other."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0], np.cumsum(steps)])
    pieces: list[Float64Array] = []
    start, number = 0.0, 0
    while start < along[-1] and len(pieces) < 400:
        end = min(start + max(lengths[number % len(lengths)], 1e-3), along[-1])
        if number % 2 == 0:
            inner = along[(along > start) & (along < end)]
            places = np.concatenate([[start], inner, [end]])
            pieces.append(np.stack([np.interp(places, along, points[:, i]) for i in (0, 1)], 1))
        start, number = float(end), number + 1
    return pieces


def _paste(image: Image.Image, scan: Scan, view: View) -> None:
    x, y = (view.pixels(np.array([scan.middle]))[0] * _ENLARGED).tolist()
    side = max(4, round(scan.side * view.scale * _ENLARGED))
    # Enlarged, edges of a scan are wide: the middle of the edge is kept, and made as sharp again.
    large = Image.fromarray(scan.image).resize((side, side), Image.Resampling.BICUBIC)
    steep = max(1.0, side / _ENLARGED / 28)
    sharp = np.clip((np.asarray(large, np.float32) - 127) * steep + 127, 0, 255).astype(np.uint8)
    place = round(x - side / 2), round(y - side / 2)
    image.paste(255, (place[0], place[1], place[0] + side, place[1] + side), Image.fromarray(sharp))


@lru_cache(maxsize=512)
def _font(number: int, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    name = FONTS[number]
    if not name:
        return ImageFont.load_default(size)
    from matplotlib import get_data_path

    return ImageFont.truetype(str(Path(get_data_path(), "fonts", "ttf", f"{name}.ttf")), size)
