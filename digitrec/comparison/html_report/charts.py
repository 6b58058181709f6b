"""The report's charts, as SVG that takes its colours from the page: light, dark, any width."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from markupsafe import Markup, escape

from digitrec.comparison.html_report.axes import Axis, linear, logarithmic, timed
from digitrec.comparison.recipes import Row
from digitrec.comparison.text_report import duration, percent
from digitrec.comparison.verdicts import Pair

__all__ = ["curves", "interval_of", "strip_of", "tradeoff"]

WIDTH, HEIGHT = 460, 300  # of a chart, in units that are pixels on a wide screen
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 12, 40  # of its margins
STRIP = 150  # width of the small charts in tables
LABELLED = 10  # points with their names beside them; more would cover each other

Colours = Mapping[Row, int]
Value = Callable[[Mapping[str, float | None]], float | None]


def curves(
    rows: Sequence[Row], colours: Colours, key: str, title: str, by_time: bool = False
) -> Markup | None:
    """Draw a column of metrics.csv over epochs or seconds: seeds, their mean, and their range.

    Errors in per cent for an accuracy. None where no run has that column.
    """
    lines = {row: line for row in rows if (line := _line(row, key, by_time))}
    if not lines:
        return None
    xs = [x for line in lines.values() for x, *_ in line]
    ys = [y for line in lines.values() for _, *values in line for y in values]
    floor = min((y for y in ys if y > 0), default=1.0) / 2
    span = (LEFT, WIDTH - RIGHT)
    x = timed(xs, *span) if by_time else linear([*xs, min(xs) + 1], *span, 0.03)
    y = logarithmic([max(value, floor) for value in ys], HEIGHT - BOTTOM, TOP)
    parts = [_grid(x, y, _time if by_time else _whole, _short)]
    for row, line in lines.items():
        top = [(x(at), y(max(high, floor))) for at, _, _, high in line]
        bottom = [(x(at), y(max(low, floor))) for at, _, low, _ in line]
        middle = [(x(at), y(max(mean, floor))) for at, mean, _, _ in line]
        parts.append(_open_group(row, colours))
        if len(row.runs) > 1:
            parts.append(f'<polygon class="band" points="{_points([*top, *bottom[::-1]])}"/>')
        parts.append(f'<polyline class="mean" points="{_points(middle)}"/>')
        for (at, mean, low, high), place in zip(line, middle, strict=True):
            reached = duration(at) if by_time else f"epoch {at:g}"
            several = f" ({_short(low)} to {_short(high)})" if len(row.runs) > 1 else ""
            parts.append(_dot(place, 2.5, f"{row.name}, {reached}: {_short(mean)}{several}"))
        parts.append("</g>")
    below = "training time" if by_time else "epoch"
    return _chart(parts, title, below)


def tradeoff(
    rows: Sequence[Row], colours: Colours, cost: Callable[[Row], float], by_time: bool
) -> Markup:
    """Draw accuracy against what it costs: seconds, or parameters.

    The front is what no other row beats in both.
    """
    below, write = ("training time", duration) if by_time else ("parameters", _thousands)
    least = min(0.5 / row.test_set.count for row in rows)  # of a row without errors
    shown = {
        row: [max(1 - part, least) for part in (_accuracy(row), *row.accuracy_interval)]
        for row in rows
    }
    scale = timed if by_time else logarithmic
    x = scale([max(cost(row), 1e-3) for row in rows], LEFT, WIDTH - RIGHT, 0.14)
    # Errors on a logarithmic axis, few at the top: accuracy, spread where it is high.
    y = logarithmic([value for values in shown.values() for value in values], TOP, HEIGHT - BOTTOM)
    parts = [_grid(x, y, _time if by_time else _metric, lambda error: f"{100 * (1 - error):.6g}")]
    front = pareto_front(rows, cost)
    places = {row: (x(max(cost(row), 1e-3)), y(shown[row][0])) for row in rows}
    steps = [places[front[0]]]
    for row in front[1:]:
        steps += [(places[row][0], steps[-1][1]), places[row]]
    parts.append(f'<polyline class="front" points="{_points(steps)}"/>')
    for row in rows:
        (at, high), (_, worst, best) = places[row], shown[row]
        parts.append(_open_group(row, colours))
        parts.append(f'<path class="whisker" d="M{at} {y(best)}V{y(worst)}"/>')
        low, top = row.accuracy_interval
        tip = (
            f"{row.name}: {percent(_accuracy(row))}% ({percent(low)} to {percent(top)}), "
            f"{write(cost(row))}{'' if by_time else ' parameters'}"
        )
        if row in front:
            parts.append(f'<circle class="ring" cx="{at}" cy="{high}" r="9"/>')
            tip += "; on the front"
        parts.append(_dot((at, high), 5, tip))
        if len(rows) <= LABELLED or row in front:
            side, anchor = (-12, "end") if at > WIDTH * 0.7 else (12, "start")
            name = escape(row.name if len(row.name) < 24 else row.name[:22] + "…")
            at_name = f'x="{at + side}" y="{high - 7}" text-anchor="{anchor}"'
            parts.append(f'<text class="name" {at_name}>{name}</text>')
        parts.append("</g>")
    return _chart(parts, "test accuracy, %", below)


def pareto_front(rows: Sequence[Row], cost: Callable[[Row], float]) -> list[Row]:
    """Return the rows that no other beats in cost without losing accuracy; the cheapest first."""
    front: list[Row] = []
    for row in sorted(rows, key=lambda row: (cost(row), row.errors.mean)):
        if not front or row.errors.mean < front[-1].errors.mean:
            front.append(row)
    return front


def strip_of(rows: Sequence[Row]) -> Callable[[Row], Markup]:
    """Return what draws a row's interval, its seeds and their mean, all rows on one scale."""
    least = min(0.5 / row.test_set.count for row in rows)
    errors = [max(1 - a, least) for row in rows for a in (*row.accuracy_interval, *row.accuracies)]
    x = logarithmic(errors, STRIP - 4, 4, 0.02)

    def draw(row: Row) -> Markup:
        low, high = (x(max(1 - a, least)) for a in row.accuracy_interval)
        mean = x(max(1 - _accuracy(row), least))
        dots = "".join(
            f'<circle cx="{x(max(1 - accuracy, least))}" cy="10" r="2.5"/>'
            for accuracy in row.accuracies
        )
        return _small(
            f'<path class="rule" d="M0 10H{STRIP}"/><path class="bar" d="M{low} 10H{high}"/>{dots}'
            f'<path class="tick" d="M{mean} 3V17"/>'
        )

    return draw


def interval_of(pairs: Sequence[Pair]) -> Callable[[Pair], Markup]:
    """Return what draws the interval of a pair's difference beside zero, all on one scale."""
    ends = [end for pair in pairs for end in (pair.difference.low, pair.difference.high)]
    x = linear([*ends, 0.0], 2, STRIP - 2, 0.02)

    def draw(pair: Pair) -> Markup:
        found = pair.difference
        return _small(
            f'<path class="rule" d="M{x(0)} 0V20"/>'
            f'<path class="bar" d="M{x(found.low)} 10H{x(found.high)}"/>'
            f'<circle cx="{x(found.errors)}" cy="10" r="4"/>'
        )

    return draw


def _line(row: Row, key: str, by_time: bool) -> list[tuple[float, float, float, float]]:
    """Return (epoch or seconds, mean, least, greatest) of the epochs that all its runs have."""
    read = _reader(key)
    values = [[read(epoch) for epoch in run.epochs] for run in row.runs]
    line = []
    for index in range(min(map(len, values))):
        known = [value for run in values if (value := run[index]) is not None]
        if len(known) < len(values):
            continue
        if by_time:
            spent = [sum(e["seconds"] or 0 for e in run.epochs[: index + 1]) for run in row.runs]
            at = max(float(np.mean(spent)), 1e-3)
        else:
            at = row.runs[0].epochs[index]["epoch"] or 0.0
        line.append((at, float(np.mean(known)), min(known), max(known)))
    return line


def _reader(key: str) -> Value:
    def read(epoch: Mapping[str, float | None]) -> float | None:
        value = epoch.get(key)
        if value is None or not np.isfinite(value):
            return None
        return 100 * (1 - value) if key.endswith("accuracy") else value

    return read


def _accuracy(row: Row) -> float:
    return float(row.accuracies.mean())


def _grid(
    x: Axis, y: Axis, write_x: Callable[[float], str], write_y: Callable[[float], str]
) -> str:
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


def _chart(parts: Sequence[str], title: str, below: str) -> Markup:
    label = escape(f"{title}, against {below}")
    return Markup(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="group" aria-label="{label}">'
        f"{''.join(parts)}"
        f'<text class="below" x="{WIDTH - RIGHT}" y="{HEIGHT - 4}" text-anchor="end">'
        f"{escape(below)}</text></svg>"
    )


def _small(content: str) -> Markup:
    return Markup(f'<svg class="strip" viewBox="0 0 {STRIP} 20" aria-hidden="true">{content}</svg>')


def _open_group(row: Row, colours: Colours) -> str:
    return f'<g class="{colour_class(colours[row])}" data-row="{colours[row]}">'


def colour_class(number: int) -> str:
    """Return the classes of the page that colour a row; beyond eight, lines are dashed too."""
    return f"row c{number % 8} d{number // 8 % 4}"


def _dot(place: tuple[float, float], radius: float, tip: str) -> str:
    told = escape(tip)
    return (
        f'<circle cx="{place[0]}" cy="{place[1]}" r="{radius}" tabindex="0" role="img" '
        f'aria-label="{told}" data-tip="{told}"/>'
    )


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)


def _whole(value: float) -> str:
    return f"{value:g}" if value == round(value) and value >= 0 else ""


def _thousands(value: float) -> str:
    return f"{value:,.0f}"


def _metric(value: float) -> str:
    """Write a number as ticks do: 20k, 1.5M."""
    for sign, size in (("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:g}{sign}"
    return f"{value:g}"


def _time(seconds: float) -> str:
    """Write a time as ticks do: 30 s, 5 min."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


def _short(value: float) -> str:
    return f"{value:.3g}"
