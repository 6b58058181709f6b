"""Where the names of points stand in a chart, so that none covers another or a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digitrec.comparison.html_report.chart_frame import BOTTOM, HEIGHT, LEFT, RIGHT, WIDTH

__all__ = ["place_names"]

LETTER = 7.0  # the width of one; names are in a font of 12 pixels
ABOVE, BELOW = 11.0, 4.0  # how far a name reaches from its baseline
AWAY = 12.0  # from a point, to the side
LINES = -7.0, 18.0  # of the baseline below a point; further away, it would seem another's
RADIUS = 5.0  # of a point

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True)
class NamePlace:
    """Where a name stands: its baseline begins, or ends, at (x, y)."""

    x: float
    y: float
    ends: bool

    @property
    def anchor(self) -> str:
        """The value of SVG's ``text-anchor``."""
        return "end" if self.ends else "start"

    def box(self, name: str) -> Box:
        """What a name covers here."""
        width = LETTER * len(name)
        left = self.x - width if self.ends else self.x
        return left, self.y - ABOVE, left + width, self.y + BELOW


def place_names(
    names: Sequence[tuple[str, tuple[float, float]]], points: Sequence[tuple[float, float]]
) -> list[NamePlace | None]:
    """Return a place for each name, or None where it would cover something everywhere.

    Args:
        names: Each with its point; the first have the first choice.
        points: All points of the chart.
    """
    taken = [(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS) for x, y in points]
    places: list[NamePlace | None] = []
    for name, (x, y) in names:
        sides = [NamePlace(x + AWAY, y, ends=False), NamePlace(x - AWAY, y, ends=True)]
        tried = [NamePlace(side.x, y + line, side.ends) for line in LINES for side in sides]
        place = next((one for one in tried if _is_free(one.box(name), taken)), None)
        if place:
            taken.append(place.box(name))
        places.append(place)
    return places


def _is_free(box: Box, taken: Sequence[Box]) -> bool:
    left, top, right, bottom = box
    if left < LEFT or right > WIDTH - RIGHT or top < 0 or bottom > HEIGHT - BOTTOM:
        return False
    return not any(
        left < other[2] and other[0] < right and top < other[3] and other[1] < bottom
        for other in taken
    )
