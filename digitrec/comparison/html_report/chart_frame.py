"""What the report's charts have in common: the frame with its grid, points, and colours, as SVG."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from markupsafe import Markup, escape

from digitrec.comparison.html_report.axes import Axis
from digitrec.comparison.recipes import Recipe

__all__ = [
    "BOTTOM",
    "HEIGHT",
    "LEFT",
    "RIGHT",
    "TOP",
    "WIDTH",
    "Colours",
    "chart",
    "colour_class",
    "dot",
    "grid",
    "metric_tick",
    "open_group",
    "points",
    "time_tick",
]

WIDTH, HEIGHT = 460, 300  # of a chart, in units that are pixels on a wide screen
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 12, 40  # of its margins

Colours = Mapping[Recipe, int]
"""The number of each recipe's colour."""


def colour_class(number: int) -> str:
    """Return the page's classes that give a recipe its colour; after eight, lines are dashed."""
    return f"recipe c{number % 8} d{number // 8 % 4}"


def open_group(recipe: Recipe, colours: Colours) -> str:
    """Return the start tag of the group of all that is drawn for a recipe."""
    return f'<g class="{colour_class(colours[recipe])}" data-recipe="{colours[recipe]}">'


def dot(place: tuple[float, float], radius: float, tip: str) -> str:
    """Return a point that shows a tip, under a mouse or when the keyboard reaches it."""
    text = escape(tip)
    return (
        f'<circle cx="{place[0]}" cy="{place[1]}" r="{radius}" tabindex="0" role="img" '
        f'aria-label="{text}" data-tip="{text}"/>'
    )


def points(places: Sequence[tuple[float, float]]) -> str:
    """Write places as SVG's polylines and polygons have them."""
    return " ".join(f"{x},{y}" for x, y in places)


def grid(x: Axis, y: Axis, write_x: Callable[[float], str], write_y: Callable[[float], str]) -> str:
    """Return the horizontal lines of a chart and the labels of both axes."""
    under = HEIGHT - BOTTOM + 18
    lines = "".join(f"M{LEFT} {y(tick)}H{WIDTH - RIGHT}" for tick in y.ticks)
    texts = [
        f'<text x="{LEFT - 8}" y="{y(tick) + 4}" text-anchor="end">{write_y(tick)}</text>'
        for tick in y.ticks
    ]
    texts += [
        f'<text x="{x(tick)}" y="{under}" text-anchor="middle">{write_x(tick)}</text>'
        for tick in x.ticks
    ]
    base = f'<path class="axis" d="M{LEFT} {HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>'
    return f'<path class="grid" d="{lines}"/>{base}{"".join(texts)}'


def chart(parts: Sequence[str], title: str, x_label: str) -> Markup:
    """Return a chart made of parts, with its accessible title and the label of its x axis."""
    label = escape(f"{title}, against {x_label}")
    return Markup(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="group" aria-label="{label}">'
        f"{''.join(parts)}"
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 4}" text-anchor="end">'
        f"{escape(x_label)}</text></svg>"
    )


def metric_tick(value: float) -> str:
    """Write a number as ticks do: 20k, 1.5M."""
    for sign, size in (("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:g}{sign}"
    return f"{value:g}"


def time_tick(seconds: float) -> str:
    """Write a time as ticks do: 30 s, 5 min."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
