"""The report's charts, as SVG that takes its colours from the page: light, dark, any width."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from markupsafe import Markup, escape

from digitrec.comparison.html_report.axes import linear_axis, logarithmic_axis, time_axis
from digitrec.comparison.html_report.chart_frame import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Colours,
    chart,
    dot,
    grid,
    metric_tick,
    open_group,
    points,
    time_tick,
)
from digitrec.comparison.html_report.name_places import place_names
from digitrec.comparison.number_format import format_duration, format_percent
from digitrec.comparison.recipes import Recipe
from digitrec.training.run_directory import MetricsRow

__all__ = ["curves", "tradeoff"]

MAX_NAMES = 10  # points with their names beside them; more would cover each other

Value = Callable[[MetricsRow], float | None]


def curves(
    recipes: Sequence[Recipe], colours: Colours, column: str, title: str, by_time: bool = False
) -> Markup | None:
    """Draw a column of metrics.csv: the mean over each recipe's runs, and their range.

    Args:
        recipes: The recipes to draw.
        colours: The colour of each.
        column: Of metrics.csv. An accuracy is drawn as errors, in per cent.
        title: Of the chart.
        by_time: Whether to draw over seconds of training, or else over epochs.

    Returns:
        The chart; None if no run has that column.
    """
    lines = {recipe: line for recipe in recipes if (line := _line(recipe, column, by_time))}
    if not lines:
        return None
    xs = [x for line in lines.values() for x, *_ in line]
    ys = [y for line in lines.values() for _, *values in line for y in values]
    floor = min((y for y in ys if y > 0), default=1.0) / 2
    span = (LEFT, WIDTH - RIGHT)
    x = time_axis(xs, *span) if by_time else linear_axis([*xs, min(xs) + 1], *span, 0.03)
    y = logarithmic_axis([max(value, floor) for value in ys], HEIGHT - BOTTOM, TOP)
    parts = [grid(x, y, time_tick if by_time else _epoch_tick, _short)]
    for recipe, line in lines.items():
        top = [(x(at), y(max(high, floor))) for at, _, _, high in line]
        bottom = [(x(at), y(max(low, floor))) for at, _, low, _ in line]
        middle = [(x(at), y(max(mean, floor))) for at, mean, _, _ in line]
        parts.append(open_group(recipe, colours))
        if len(recipe.runs) > 1:
            parts.append(f'<polygon class="band" points="{points([*top, *bottom[::-1]])}"/>')
        parts.append(f'<polyline class="mean" points="{points(middle)}"/>')
        for (at, mean, low, high), place in zip(line, middle, strict=True):
            reached = format_duration(at) if by_time else f"epoch {at:g}"
            several = f" ({_short(low)} to {_short(high)})" if len(recipe.runs) > 1 else ""
            parts.append(dot(place, 2.5, f"{recipe.name}, {reached}: {_short(mean)}{several}"))
        parts.append("</g>")
    return chart(parts, title, "training time" if by_time else "epoch")


def tradeoff(
    recipes: Sequence[Recipe], colours: Colours, cost: Callable[[Recipe], float], by_time: bool
) -> Markup:
    """Draw accuracy against its cost, with the Pareto front.

    Args:
        recipes: The recipes to draw.
        colours: The colour of each.
        cost: Of a recipe: seconds of training, or its number of parameters.
        by_time: Whether the cost is seconds.
    """
    x_label, write = ("training time", format_duration) if by_time else ("parameters", _thousands)
    least = min(0.5 / recipe.test_set.count for recipe in recipes)  # for a recipe without errors
    errors = {
        recipe: [max(1 - part, least) for part in (_accuracy(recipe), *recipe.accuracy_interval)]
        for recipe in recipes
    }
    scale = time_axis if by_time else logarithmic_axis
    x = scale([max(cost(recipe), 1e-3) for recipe in recipes], LEFT, WIDTH - RIGHT, 0.14)
    # Errors on a logarithmic axis, few at the top, labelled as accuracies: high ones lie apart.
    y = logarithmic_axis(
        [value for values in errors.values() for value in values], TOP, HEIGHT - BOTTOM
    )
    parts = [
        grid(x, y, time_tick if by_time else metric_tick, lambda error: f"{100 * (1 - error):.6g}")
    ]
    front = pareto_front(recipes, cost)
    places = {recipe: (x(max(cost(recipe), 1e-3)), y(errors[recipe][0])) for recipe in recipes}
    steps = [places[front[0]]]
    for recipe in front[1:]:
        steps += [(places[recipe][0], steps[-1][1]), places[recipe]]
    parts.append(f'<polyline class="front" points="{points(steps)}"/>')
    named = [*front, *(one for one in recipes if one not in front and len(recipes) <= MAX_NAMES)]
    names = [(_short_name(recipe), places[recipe]) for recipe in named]
    name_places = dict(zip(named, place_names(names, [*places.values()]), strict=True))
    for recipe in recipes:
        (at, high), (_, worst, best) = places[recipe], errors[recipe]
        parts.append(open_group(recipe, colours))
        parts.append(f'<path class="whisker" d="M{at} {y(best)}V{y(worst)}"/>')
        low, top = recipe.accuracy_interval
        tip = (
            f"{recipe.name}: {format_percent(_accuracy(recipe))}% "
            f"({format_percent(low)} to {format_percent(top)}), "
            f"{write(cost(recipe))}{'' if by_time else ' parameters'}"
        )
        if recipe in front:
            parts.append(f'<circle class="ring" cx="{at}" cy="{high}" r="9"/>')
            tip += "; on the Pareto front"
        parts.append(dot((at, high), 5, tip))
        if place := name_places.get(recipe):
            at_name = f'x="{place.x}" y="{place.y}" text-anchor="{place.anchor}"'
            parts.append(f'<text class="name" {at_name}>{escape(_short_name(recipe))}</text>')
        parts.append("</g>")
    return chart(parts, "test accuracy, %", x_label)


def pareto_front(recipes: Sequence[Recipe], cost: Callable[[Recipe], float]) -> list[Recipe]:
    """Return the recipes for which no other is both cheaper and as accurate; the cheapest first."""
    front: list[Recipe] = []
    for recipe in sorted(recipes, key=lambda recipe: (cost(recipe), recipe.errors.mean)):
        if not front or recipe.errors.mean < front[-1].errors.mean:
            front.append(recipe)
    return front


def _line(recipe: Recipe, column: str, by_time: bool) -> list[tuple[float, float, float, float]]:
    """Return (epoch or seconds, mean, least, greatest) of the epochs that all its runs have."""
    read = _reader(column)
    values = [[read(epoch) for epoch in run.epochs] for run in recipe.runs]
    line = []
    for index in range(min(map(len, values))):
        known = [value for run in values if (value := run[index]) is not None]
        if len(known) < len(values):
            continue
        if by_time:
            spent = [sum(e.seconds for e in run.epochs[: index + 1]) for run in recipe.runs]
            at = max(float(np.mean(spent)), 1e-3)
        else:
            at = float(recipe.runs[0].epochs[index].epoch)
        line.append((at, float(np.mean(known)), min(known), max(known)))
    return line


def _reader(column: str) -> Value:
    def read(epoch: MetricsRow) -> float | None:
        value: float | None = getattr(epoch, column)
        if value is None or not np.isfinite(value):
            return None
        return 100 * (1 - value) if column.endswith("accuracy") else value

    return read


def _short_name(recipe: Recipe) -> str:
    return recipe.name if len(recipe.name) < 24 else recipe.name[:22] + "…"


def _accuracy(recipe: Recipe) -> float:
    return float(recipe.accuracies.mean())


def _epoch_tick(value: float) -> str:
    return f"{value:g}" if value == round(value) and value >= 0 else ""


def _thousands(value: float) -> str:
    return f"{value:,.0f}"


def _short(value: float) -> str:
    return f"{value:.3g}"
