"""The shapes people give the ten digits: pen strokes as control points, and nothing random.

They follow the models taught in different countries (the crossed seven and the flagged one of
Europe, the bare stick and the plain seven of North America, the slashed zero of engineers and
programmers) and what hands in a hurry make of them.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SHAPES", "PenPath", "Shape", "read_shapes"]


@dataclass(frozen=True)
class PenPath:
    """One stroke: the points (x, y) the pen visits, and the indices of those it turns sharply at.

    ``points`` are at least two, in a box about 60 wide and 100 high, x to the right and y down;
    ``corners`` are inner points, since at its ends a stroke has no direction to change.
    """

    points: tuple[tuple[float, float], ...]
    corners: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if len(self.points) < 2:
            raise ValueError(f"a stroke has at least two control points; got {self.points}")
        if not all(0 < corner < len(self.points) - 1 for corner in self.corners):
            raise ValueError(f"only inner points are corners; got {sorted(self.corners)}")

    @classmethod
    def parse(cls, text: str) -> PenPath:
        """Read ``"x y, x y!, x y"``, ``!`` marking a corner; ValueError for anything else."""
        items = [item.strip() for item in text.split(",")]
        points = []
        for item in items:
            x, y = item.removesuffix("!").split()
            points.append((float(x), float(y)))
        corners = frozenset(i for i, item in enumerate(items) if item.endswith("!"))
        return cls(tuple(points), corners)


@dataclass(frozen=True)
class Shape:
    """One way to write a digit: its strokes in the order of writing.

    weight: how often it is drawn, relative to the digit's other shapes; above 0.
    """

    name: str
    weight: float
    strokes: tuple[PenPath, ...]

    def __post_init__(self) -> None:
        if not self.weight > 0:
            raise ValueError(f"shape {self.name!r} has weight {self.weight}, not above 0")

    @classmethod
    def parse(cls, line: str) -> Shape:
        """Read ``"name: weight: stroke / stroke"``; ValueError for anything else."""
        name, weight, strokes = line.split(":")
        paths = tuple(PenPath.parse(stroke) for stroke in strokes.split("/"))
        return cls(name.strip(), float(weight), paths)


def read_shapes(table: str) -> tuple[Shape, ...]:
    """Read a shape a line; ValueError for anything else."""
    return tuple(Shape.parse(line) for line in table.strip().splitlines())


# A line a shape: its name, its weight, and its strokes' control points. The pen passes through
# each point on a smooth curve, but turns sharply where one is marked "!".
SHAPES: dict[int, tuple[Shape, ...]] = {
    0: read_shapes("""
plain: 2.0: 30 0, 8 16, 0 50, 8 84, 30 100, 54 84, 62 50, 52 16, 30 0
overlapping: 1.0: 38 0, 12 12, 0 48, 8 84, 30 100, 52 86, 62 52, 52 14, 30 2, 14 12
tail inside: 1.0: 50 16, 34 2, 10 16, 0 52, 8 86, 28 100, 52 84, 62 48, 52 12, 34 4
open at top: 0.7: 22 6, 4 28, 0 60, 12 92, 34 100, 56 82, 62 46, 54 14, 40 0
curl at top: 1.0: 34 16, 26 4, 8 22, 0 56, 12 92, 34 100, 56 78, 60 40, 46 8, 24 2
pointed: 1.0: 32 0, 6 26, 2 62, 14 92, 30 100, 50 78, 58 42, 50 14, 34 0
wide: 1.0: 52 2, 20 4, 0 32, 8 64, 40 72, 74 62, 84 32, 66 6, 34 2
slashed: 0.4: 30 4, 8 18, 0 50, 8 84, 30 98, 54 84, 62 50, 52 18, 30 4 / 60 4, 32 52, 4 98
barred: 0.3: 30 0, 8 16, 0 50, 8 84, 30 100, 54 84, 62 50, 52 16, 30 0 / 14 62, 48 40
round: 1.5: 40 0, 10 14, 0 50, 12 86, 42 100, 72 84, 80 48, 68 12, 40 0
closing below its start: 0.8: 26 0, 4 36, 4 76, 30 100, 58 80, 58 44, 40 18, 12 24
gone round again: 0.3: 30 0, 6 20, 0 60, 20 98, 50 90, 62 50, 48 10, 24 2, 6 30, 4 66
curl inside: 0.3: 44 10, 24 0, 2 30, 6 80, 34 100, 60 74, 58 30, 40 6, 30 24, 40 40
"""),
    1: read_shapes("""
stick: 4.5: 30 0, 30 50, 30 100
short flag: 1.2: 14 22, 24 14, 34 0!, 34 50, 34 100
flag: 1.0: 8 30, 24 16, 38 0!, 37 50, 36 100
long flag: 0.8: 2 48, 22 26, 40 0!, 39 50, 38 100
flag and foot: 1.2: 10 24, 22 16, 34 0!, 34 50, 34 100 / 8 100, 34 100, 60 99
foot: 0.4: 32 0, 32 50, 32 100 / 10 100, 32 100, 56 100
foot in one stroke: 0.3: 12 22, 34 2!, 32 96!, 8 100!, 58 98
gone over twice: 0.3: 26 0, 26 50, 26 100 / 35 1, 34 50, 34 99
very long flag: 0.5: 0 70, 22 36, 46 0!, 45 50, 44 100
round flag: 0.3: 2 40, 24 18, 44 2, 45 50, 40 100
"""),
    2: read_shapes("""
straight foot: 1.2: 2 24, 14 4, 36 0, 54 14, 48 40, 26 70, 2 98!, 32 97, 62 97
curved foot: 1.0: 4 22, 18 2, 40 2, 52 18, 42 48, 22 76, 2 96!, 22 88, 42 97, 64 92
round foot: 1.0: 6 20, 24 0, 48 8, 46 36, 22 70, 6 92, 22 98, 62 94
swan: 0.8: 8 16, 26 0, 50 12, 44 42, 20 74, 2 94, 26 92, 44 98, 66 92
small loop: 1.0: 6 20, 24 0, 50 12, 46 46, 22 86, 6 97, 0 88, 12 81, 32 92, 64 96
large loop: 1.0: 8 18, 28 0, 54 16, 48 56, 26 90, 8 98, 0 84, 14 72, 34 84, 50 97, 70 88
script: 1.2: 8 12, 30 0, 52 12, 52 42, 40 78, 18 97, 0 86, 6 66, 28 62, 52 80, 80 96
script, wide: 0.8: 0 14, 30 0, 58 14, 58 46, 40 80, 14 94, 0 80, 12 64, 36 68, 64 84, 92 84
long foot: 0.8: 10 22, 26 4, 46 10, 44 32, 24 60, 2 80!, 36 82, 66 85, 94 82
script, falling: 1.0: 4 14, 26 0, 50 8, 46 34, 22 62, 4 78, 2 68, 18 62, 48 78, 78 100
sloping foot: 0.9: 6 24, 18 4, 38 2, 48 20, 34 50, 8 76!, 34 84, 66 98
short foot: 0.8: 0 26, 14 4, 38 0, 54 18, 44 48, 24 76, 6 99!, 26 97, 44 99
flat top: 0.8: 2 12, 20 2, 48 4, 48 24, 24 64, 2 97!, 32 96, 60 96
like a z: 0.4: 4 8, 28 4, 54 4!, 28 50, 2 96!, 30 95, 60 94
curled head: 1.0: 16 36, 4 24, 14 4, 38 0, 54 18, 44 46, 22 74, 2 96!, 34 94, 62 96
bare: 0.3: 44 0, 38 30, 24 64, 2 92!, 30 94, 62 96
bare swan: 0.3: 34 0, 36 30, 26 70, 4 93, 20 85, 42 92, 64 98
closed head: 0.5: 26 36, 8 32, 8 8, 34 0, 52 18, 44 46, 22 76, 4 96!, 34 94, 62 98
ring for a head: 0.5: 30 28, 12 38, 2 20, 20 0, 48 6, 50 36, 26 74, 4 94, 30 86, 66 98
script, tall: 0.8: 10 20, 30 0, 52 14, 52 50, 44 88, 14 97, 3 78, 22 62, 50 78, 78 86
loop and short tail: 0.7: 12 14, 34 0, 54 18, 50 50, 34 84, 14 96, 2 84, 14 70, 36 78, 56 98
loop and level tail: 0.6: 10 10, 32 0, 54 14, 54 48, 44 82, 20 100, 4 86, 16 68, 40 72, 62 84
like an a: 0.6: 8 24, 26 2, 50 12, 55 56, 46 90, 12 98, 2 80, 24 64, 52 84, 70 100
sagging: 0.5: 0 10, 40 0, 74 10, 60 40, 10 76!, 50 72, 96 66
"""),
    3: read_shapes("""
round: 2.0: 4 14, 24 0, 50 8, 50 30, 18 46!, 46 52, 60 72, 46 94, 22 100, 0 88
deep waist: 1.0: 4 12, 26 0, 50 10, 46 34, 28 46!, 52 58, 56 82, 34 100, 0 92
shallow waist: 0.8: 2 8, 30 0, 52 12, 50 34, 40 46!, 56 58, 60 78, 40 98, 2 96
flat top: 1.0: 2 4, 28 3, 52 2!, 24 40!, 48 46, 60 70, 48 94, 24 100, 0 90
waist loop: 1.0: 4 14, 28 0, 50 12, 42 38, 22 49, 15 43, 24 37, 42 49, 60 70, 46 96, 20 99, 0 88
curled ends: 1.0: 12 28, 4 14, 26 0, 50 10, 44 36, 22 46!, 52 54, 60 76, 40 98, 12 96, 4 78
small head: 1.0: 10 10, 30 0, 48 10, 42 30, 20 40!, 48 46, 64 68, 50 94, 20 100, 0 90
straight tail: 0.8: 4 10, 26 0, 48 10, 42 34, 22 46!, 46 50, 52 68, 34 88, 4 100
hanging: 0.5: 4 12, 24 0, 46 8, 40 28, 18 42!, 44 50, 54 68, 52 84, 44 100
hanging, angular: 0.3: 2 8, 26 2, 48 4!, 20 42!, 46 48, 56 66, 50 100
falling to the right: 0.5: 6 20, 26 0, 46 12, 34 40!, 54 44, 66 66, 58 94
closed below: 0.5: 8 14, 28 0, 50 12, 40 36, 26 44!, 52 56, 56 80, 34 100, 8 92, 6 74, 22 62
"""),
    4: read_shapes("""
open: 2.0: 14 6, 8 30, 4 56!, 32 55, 64 52 / 48 8, 46 54, 42 100
open, round: 1.0: 16 4, 4 34, 8 54, 30 56, 54 46 / 54 4, 50 50, 44 100
open, low stem: 1.0: 18 0, 10 28, 0 60!, 30 58, 66 56 / 42 32, 38 66, 34 100
open, narrow: 0.6: 16 0, 10 26, 4 52!, 22 52, 42 46 / 30 28, 28 64, 26 100
open in one stroke: 1.0: 8 6, 2 40, 12 56, 36 52, 54 10!, 50 54, 46 100
closed: 0.7: 44 0, 20 36, 0 66!, 32 66, 64 65 / 44 2, 44 50, 43 100
closed, stem apart: 0.7: 42 4, 16 36, 0 62!, 30 62, 62 60 / 46 10, 44 54, 42 100
closed in one stroke: 0.5: 64 62, 30 64, 0 66!, 22 34, 40 10, 46 0!, 46 14, 44 50, 42 100
slanted roof: 0.3: 40 4, 16 20, 2 44, 12 54, 50 46 / 50 2, 46 50, 42 100
open, low bar: 0.7: 18 0, 8 34, 2 70!, 24 70, 46 62 / 36 40, 34 70, 32 100
like a y: 0.9: 8 4, 6 34, 22 48, 48 36, 60 4!, 46 50, 30 100
like a y, two strokes: 0.5: 6 4, 8 36, 26 48, 50 40 / 62 0, 46 48, 28 100
looped: 0.8: 20 2, 10 26, 2 54, 8 60, 36 50, 66 46 / 48 20, 44 60, 38 100
"""),
    5: read_shapes("""
bar joined: 1.5: 12 3, 10 22, 8 42!, 30 36, 54 48, 58 72, 40 96, 16 100, 0 90 / 12 2, 34 1, 58 0
bar detached: 1.0: 10 8, 8 26, 6 44!, 30 38, 52 50, 54 76, 36 98, 14 100, 0 92 / 20 2, 40 0, 64 -3
one stroke: 1.5: 58 2, 36 2, 14 4!, 8 42!, 32 36, 56 52, 56 78, 34 100, 0 92
like an s: 1.2: 58 4, 34 2, 14 12, 12 32, 32 44, 52 58, 52 84, 28 100, 0 92
slanted neck: 1.0: 70 2, 48 3, 26 6!, 14 38!, 36 36, 50 54, 46 80, 24 99, 0 92
lightning: 0.8: 78 0, 54 6, 30 12!, 10 46!, 36 46, 46 62, 34 86, 4 100
oblique bar: 0.8: 66 0, 40 8, 16 22, 12 44, 34 54, 42 74, 30 100
small belly: 1.0: 60 0, 36 2, 16 4!, 12 50!, 32 48, 50 62, 46 88, 26 100, 4 94
curled tail: 0.8: 54 0, 34 2, 14 4!, 8 44!, 34 38, 58 56, 54 84, 30 100, 6 92, 6 78
long bar: 0.7: 92 0, 58 4, 24 8!, 14 38!, 38 38, 50 56, 40 80, 2 90
bare neck: 0.7: 14 0, 10 22, 8 44!, 30 38, 54 50, 56 76, 36 98, 0 92 / 16 6, 36 4, 52 6
curled into its belly: 0.7: 62 2, 26 6!, 14 38!, 38 34, 60 54, 56 84, 30 100, 6 90, 8 68, 28 56
closed belly: 0.6: 14 6, 12 24, 8 46!, 34 40, 58 58, 54 86, 28 100, 2 86, 6 66 / 14 4, 40 2, 70 -2
short neck: 0.6: 70 0, 40 2, 18 8!, 14 30!, 44 32, 64 54, 54 86, 26 100, 0 92
"""),
    6: read_shapes("""
straight: 1.5: 44 0, 20 28, 2 66, 10 94, 36 100, 56 82, 46 60, 24 58, 4 76
curled back: 1.0: 56 10, 40 0, 18 18, 2 58, 10 92, 34 100, 54 84, 46 62, 26 60, 6 74
big loop: 1.0: 46 0, 18 22, 0 60, 10 94, 36 100, 58 78, 52 48, 30 40, 6 58
small loop: 1.0: 38 0, 16 32, 2 72, 8 94, 26 98, 38 86, 30 74, 16 76, 6 88
upright: 0.7: 10 0, 4 36, 0 72, 14 97, 40 96, 52 76, 38 58, 16 62, 2 76
wide: 1.0: 14 0, 2 34, 2 72, 22 98, 54 94, 72 70, 60 44, 38 50, 20 78, 18 98
spiral: 0.8: 30 0, 6 30, 0 68, 18 98, 50 96, 64 72, 50 48, 28 56, 20 80
open loop: 1.0: 42 0, 16 32, 2 72, 16 98, 42 94, 50 74, 36 64, 20 70
flat loop: 1.0: 34 0, 14 34, 0 74, 10 96, 40 98, 64 86, 58 70, 30 70, 8 86
crossing the stem: 0.6: 40 0, 16 34, 2 72, 12 97, 38 98, 52 80, 42 60, 16 66, -6 82
falling loop: 0.7: 30 0, 14 34, 2 70, 8 92, 36 88, 56 66, 46 56, 30 72, 24 94
falling loop, narrow: 0.3: 24 0, 10 40, 2 78, 14 95, 36 82, 44 64, 32 60, 22 76, 20 96
falling loop, wide: 0.3: 14 0, 0 40, 4 80, 26 96, 60 82, 70 62, 54 56, 38 74, 34 94
"""),
    7: read_shapes("""
plain: 2.5: 2 4, 30 3, 58 2!, 38 48, 24 100
curved stem: 1.0: 2 6, 30 4, 56 4!, 40 30, 30 60, 28 100
steep: 0.8: 4 6, 26 3, 50 0!, 46 48, 42 100
narrow: 0.8: 4 14, 20 8, 42 2!, 32 48, 20 100
rising bar: 0.8: 0 24, 6 14, 26 14, 58 0!, 36 48, 14 100
hooked: 1.0: 3 20, 3 4!, 30 3, 58 2!, 38 48, 26 100
deeply hooked: 0.6: 2 36, 6 6!, 30 5, 56 2!, 50 50, 42 100
deep wave: 0.4: 0 40, 12 6, 24 10, 40 22, 58 2!, 42 50, 26 100
wavy hook: 1.0: 0 20, 10 4, 32 8, 58 2!, 40 46, 28 100
round: 1.0: 0 12, 22 0, 48 4, 52 22, 38 56, 26 100
crossed: 1.2: 2 4, 30 3, 58 2!, 38 48, 26 100 / 16 52, 36 50, 60 48
crossed, curved stem: 1.0: 2 6, 30 4, 56 4!, 38 34, 28 64, 26 100 / 12 54, 32 50, 54 48
crossed low: 1.0: 2 20, 10 4, 30 8, 56 4!, 42 40, 30 70, 28 100 / 6 70, 30 67, 58 64
crossed, wide: 0.5: 0 18, 6 4, 40 4, 80 2!, 62 40, 46 82 / 38 46, 66 43, 94 40
crossed and hooked: 1.0: 2 20, 4 4!, 30 4, 58 2!, 38 48, 26 100 / 14 52, 36 50, 58 48
round, hooked foot: 0.2: 0 16, 20 0, 50 6, 50 26, 36 60, 28 90, 8 100
tick for a foot: 0.15: 4 8, 30 4, 58 2!, 36 60, 24 96!, 44 98
crossed, falling bar: 0.4: 2 8, 30 4, 58 2!, 40 46, 26 100 / 14 44, 36 50, 60 58
curl at the start: 0.5: 8 26, 0 14, 6 4, 20 10, 36 8, 58 2!, 40 50, 28 100
open angle: 0.2: 0 18, 30 4, 70 8, 84 22, 50 54, 24 82
bowed stem: 0.5: 2 10, 30 2, 56 8!, 60 40, 48 72, 24 100
"""),
    8: read_shapes("""
one figure: 1.5: 52 12, 30 0, 8 14, 20 38, 48 60, 52 84, 26 100, 4 86, 12 60, 48 34, 52 12
from the middle: 1.0: 30 48, 8 26, 28 0, 52 22, 30 48, 4 76, 28 100, 56 76, 30 48
open at top: 1.0: 54 12, 34 0, 10 12, 20 38, 44 58, 50 84, 26 100, 4 84, 16 60, 42 32, 60 6
open at right: 0.7: 48 4, 26 0, 8 16, 18 38, 42 58, 50 82, 28 100, 6 86, 14 64, 36 46, 54 30
upstroke: 1.0: 54 8, 32 2, 10 14, 20 36, 42 58, 46 86, 24 100, 6 84, 18 60, 40 32, 54 8
two circles: 1.0: 28 0, 8 22, 28 46, 48 22, 28 0 / 28 46, 4 60, 6 92, 28 100, 52 92, 54 60, 28 46
small head: 0.8: 44 10, 30 0, 16 12, 22 32, 50 58, 50 94, 18 98, 2 80, 14 56, 44 24, 42 6
small foot: 0.8: 56 16, 32 0, 6 16, 10 42, 32 58, 44 76, 38 96, 22 98, 12 82, 26 60, 50 40, 56 16
tail at top: 0.8: 66 4, 36 2, 10 14, 20 40, 46 60, 48 88, 24 100, 4 84, 16 60, 42 36, 46 14, 34 4
wide open at top: 0.8: 4 4, 20 30, 44 60, 48 88, 26 100, 6 86, 16 60, 40 34, 64 2
like a six: 0.8: 46 2, 24 4, 14 20, 30 40, 52 60, 50 88, 26 100, 6 86, 14 62, 34 44, 52 30, 66 16
like a k: 0.5: 56 6, 20 14, 4 28, 30 46, 52 66, 40 92, 10 96, 6 74, 40 50, 74 20
snowman: 0.4: 30 0, 14 12, 18 30, 30 38, 44 20, 30 0 / 30 38, 0 60, 8 96, 40 99, 64 78, 54 50, 30 38
like a B: 0.4: 10 6, 40 0, 50 20, 22 44, 54 60, 50 92, 12 98, 4 70, 20 44, 6 22, 14 2
ribbon: 0.4: 4 100, 20 70, 44 36, 46 12, 30 0, 14 12, 18 36, 42 68, 58 98
ribbon, closed: 0.4: 0 98, 24 60, 46 24, 34 0, 14 8, 16 32, 46 70, 62 96, 30 100, 0 98
shut head: 0.6: 44 0, 26 30, 40 56, 48 84, 28 100, 8 88, 16 64, 34 40, 50 6
shut foot: 0.5: 50 14, 26 0, 4 14, 12 38, 40 48, 38 76, 24 100, 22 76, 34 52, 54 30, 50 14
"""),
    9: read_shapes("""
straight stem: 1.5: 50 12, 28 0, 4 16, 6 40, 28 46, 46 30, 52 6!, 50 52, 46 100
leaning stem: 1.0: 50 8, 26 0, 4 18, 8 40, 30 44, 50 20!, 40 60, 26 100
curved stem: 1.0: 48 12, 26 0, 4 18, 10 42, 34 40, 50 16, 50 44, 42 76, 26 100
hooked: 1.0: 50 14, 28 0, 4 18, 10 42, 34 40, 50 12!, 54 52, 46 90, 22 100, 2 88
deeply hooked: 0.8: 52 12, 28 0, 6 16, 10 40, 36 42, 54 14!, 58 60, 44 98, 14 98, 4 78
hooked, small loop: 0.8: 46 8, 28 0, 14 10, 18 28, 38 30, 50 14!, 58 50, 50 86, 24 100, -4 90
hooked, open loop: 1.0: 42 4, 22 4, 12 20, 24 34, 48 24!, 58 52, 48 90, 20 100, -6 88
open loop: 1.5: 46 4, 20 4, 2 26, 16 46, 44 32, 54 6!, 50 52, 46 100
long brow: 0.8: 60 0, 34 3, 10 20, 12 38, 36 38, 52 26!, 42 62, 30 100
leaning back: 0.6: 40 10, 20 0, 2 18, 8 38, 28 38, 42 8!, 50 54, 62 100
cup and stem: 1.0: 22 4, 4 22, 8 42, 30 44, 46 24, 52 0!, 48 52, 44 100
loop and stem: 1.0: 48 10, 26 0, 6 14, 4 34, 22 48, 44 38, 52 16, 44 4 / 52 8, 50 54, 48 100
big loop: 0.8: 54 16, 30 0, 4 18, 4 48, 28 62, 50 44, 56 14!, 54 56, 46 100
small loop: 1.0: 46 8, 30 0, 16 10, 18 26, 32 30, 46 18, 48 4!, 44 52, 38 100
top swung over: 0.8: 58 6, 32 0, 6 14, 4 36, 24 44, 46 28, 52 14!, 48 54, 44 100
wide ring: 0.6: 60 12, 24 0, 0 26, 14 56, 48 50, 64 14!, 66 60, 70 100
curled foot: 0.3: 48 10, 30 0, 14 12, 20 28, 44 26!, 50 50, 46 84, 24 100, 10 88, 24 72
tiny loop: 0.6: 40 4, 26 0, 22 12, 36 16, 44 6!, 44 40, 34 76, 4 100
open at the right: 0.6: 46 8, 24 0, 10 16, 20 32, 46 28, 52 46, 40 80, 30 100
round, hooked: 0.6: 44 8, 24 2, 12 18, 22 32, 46 26, 54 46, 44 84, 16 100, -6 92
bar through the stem: 0.8: 66 32, 38 40, 8 42, 4 20, 26 0, 44 8, 48 52, 46 100
bar through the stem, round: 0.5: 62 20, 40 36, 18 40, 2 26, 14 2, 38 4, 48 30, 50 64, 44 100
angular: 0.5: 44 0, 14 20, 4 44, 30 44, 52 14!, 40 60, 28 100
"""),
}
"""For each digit, the ways to write it."""
