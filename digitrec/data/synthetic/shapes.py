"""The shape of a character: pen strokes through control points, without any variation.

Tables of shapes (`digit_shapes`, `letter_shapes`, `symbol_shapes`) hold a shape a line: its name,
its weight, and the control points of its strokes:

    crossed: 1.5: 0 4, 58 0!, 30 50, 18 100 / 12 52, 50 48

The pen follows a smooth curve through the points, but turns sharply at a point marked with "!".
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PenPath", "Shape", "read_shapes"]


@dataclass(frozen=True)
class PenPath:
    """The control points of one stroke.

    Attributes:
        points: At least two points (x, y), x to the right and y down, in a box about 60 wide and
            100 high.
        corners: Indices of the points at which the pen turns sharply. Only inner points can be
            corners, because a stroke has no direction to change at its ends.
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
        """Parse ``"x y, x y!, x y"``.

        Raises:
            ValueError: if the text is anything else.
        """
        items = [item.strip() for item in text.split(",")]
        points = []
        for item in items:
            x, y = item.removesuffix("!").split()
            points.append((float(x), float(y)))
        corners = frozenset(i for i, item in enumerate(items) if item.endswith("!"))
        return cls(tuple(points), corners)


@dataclass(frozen=True)
class Shape:
    """One way to write a character.

    Attributes:
        name: Tells it from the character's other shapes.
        weight: How often it is chosen, relative to the character's other shapes; above 0.
        strokes: In the order of writing.
    """

    name: str
    weight: float
    strokes: tuple[PenPath, ...]

    def __post_init__(self) -> None:
        if not self.weight > 0:
            raise ValueError(f"shape {self.name!r} has weight {self.weight}, not above 0")

    @classmethod
    def parse(cls, line: str) -> Shape:
        """Parse ``"name: weight: stroke / stroke"``.

        Raises:
            ValueError: if the line is anything else.
        """
        name, weight, strokes = line.split(":")
        paths = tuple(PenPath.parse(stroke) for stroke in strokes.split("/"))
        return cls(name.strip(), float(weight), paths)


def read_shapes(table: str) -> tuple[Shape, ...]:
    """Parse a table with a shape a line.

    Raises:
        ValueError: if a line is not a shape.
    """
    return tuple(Shape.parse(line) for line in table.strip().splitlines())
