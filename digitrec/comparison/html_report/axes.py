"""Axes of charts: where along an axis a value lies, and where its ticks are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

__all__ = ["Axis", "linear_axis", "logarithmic_axis", "time_axis"]

# First digits that the ticks of a logarithmic axis may have, from few ticks to many.
MANTISSAS: tuple[Sequence[float], ...] = (
    (1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7), (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9),
)  # fmt: skip
MIN_TICKS, MAX_TICKS = 4, 8
TIMES = (
    *(0.1, 0.3, 1, 3, 10, 30),
    *(60 * minutes for minutes in (1, 2, 5, 10, 30)),
    *(3600 * hours for hours in (1, 2, 5, 10, 30, 100, 300)),
)


@dataclass(frozen=True)
class Axis:
    """An axis: a function from values to places.

    Attributes:
        low: The value at ``start``.
        high: The value at ``end``.
        start: Where the axis begins, in pixels; may be the larger end.
        end: Where it ends, in pixels.
        log: Whether the scale is logarithmic.
        ticks: The values of the ticks.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool
    ticks: Sequence[float]

    def __call__(self, value: float) -> float:
        """Return the place of a value in pixels; beyond the axis, that of the nearest end."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        part = (self._scaled(min(max(value, self.low), self.high)) - low) / (high - low)
        return round(self.start + part * (self.end - self.start), 1)

    def _scaled(self, value: float) -> float:
        return math.log(value) if self.log else value


def linear_axis(values: Iterable[float], start: float, end: float, margin: float = 0.06) -> Axis:
    """Make a linear axis for values, with a margin as a fraction of their span."""
    known = list(values)
    low, high = min(known), max(known)
    extra = (high - low) * margin if high > low else abs(high) / 10 or 1.0
    low, high = low - extra, high + extra
    step = _round_up((high - low) / 7)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    # Rounding must not carry a tick past an end.
    ticks = [min(max(round(k * step, 12), low), high) for k in range(first, last + 1)]
    return Axis(low, high, start, end, False, ticks)


def logarithmic_axis(
    values: Iterable[float], start: float, end: float, margin: float = 0.06
) -> Axis:
    """Make a logarithmic axis for values above 0, with a margin as a fraction of their span."""
    known = list(values)
    low, high = math.log(min(known)), math.log(max(known))
    extra = max((high - low) * margin, 0.05)
    lowest, highest = math.exp(low - extra), math.exp(high + extra)
    for mantissas in MANTISSAS:
        ticks = _decades(lowest, highest, mantissas)
        if len(ticks) >= MIN_TICKS:
            break
    else:
        ticks = [tick for tick in linear_axis([lowest, highest], start, end, 0).ticks if tick > 0]
    return Axis(lowest, highest, start, end, True, ticks[:: math.ceil(len(ticks) / MAX_TICKS)])


def time_axis(values: Iterable[float], start: float, end: float, margin: float = 0.06) -> Axis:
    """Make a logarithmic axis for seconds above 0, with ticks at round times such as 5 minutes."""
    axis = logarithmic_axis(values, start, end, margin)
    ticks = [time for time in TIMES if axis.low <= time <= axis.high]
    return (
        replace(axis, ticks=ticks[:: math.ceil(len(ticks) / MAX_TICKS)]) if len(ticks) > 1 else axis
    )


def _decades(low: float, high: float, mantissas: Sequence[float]) -> list[float]:
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = (mantissa * 10.0**exponent for exponent in exponents for mantissa in mantissas)
    return [tick for tick in ticks if low <= tick <= high]


def _round_up(step: float) -> float:
    """Round a step up to 1, 2 or 5 times a power of ten."""
    power: float = 10.0 ** math.floor(math.log10(step))
    return power * next(times for times in (1, 2, 5, 10) if times * power >= step * 0.999)
