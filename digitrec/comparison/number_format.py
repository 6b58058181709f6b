"""How a comparison writes numbers: counts, p-values, percentages, durations, means."""

from __future__ import annotations

from collections.abc import Callable

from digitrec.arrays import Float64Array
from digitrec.comparison.statistics import ALPHA

__all__ = [
    "format_count",
    "format_duration",
    "format_errors",
    "format_mean",
    "format_p_value",
    "format_percent",
]


def format_count(value: float) -> str:
    """Write a number of images: one decimal below 10, unless the number is whole."""
    digits = 0 if abs(value) >= 9.95 or value == round(value) else 1
    if round(value, digits) == 0:
        return "0"  # and not -0.0
    return f"{value:,.{digits}f}"


def format_p_value(p: float) -> str:
    """Write the value of p with its sign: ``= 0.03`` or ``< 0.001``."""
    if p < 0.001:
        return "< 0.001"
    # Never rounded across the significance level, which the verdict depends on.
    digits = 2 if p >= 0.055 else 3
    while p != ALPHA and round(p, digits) == ALPHA:
        digits += 1
    return f"= {p:.{digits}f}"


def format_percent(fraction: float) -> str:
    """Write a fraction of 1 in per cent, without the sign."""
    return f"{100 * fraction:.2f}"


def format_duration(seconds: float) -> str:
    """Write a duration in seconds, minutes or hours."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size:
            value = seconds / size
            return f"{value:.{1 if value < 9.95 else 0}f} {unit}"
    return f"{seconds:.{1 if seconds < 9.95 else 0}f} s"


def format_mean(values: Float64Array, write: Callable[[float], str]) -> str:
    """Write the mean of one value per run and, for several runs, the standard deviation."""
    mean = write(float(values.mean()))
    return f"{mean} ± {write(float(values.std(ddof=1)))}" if len(values) > 1 else mean


def format_errors(counts: Float64Array) -> str:
    """Write how many images were misread, given the number of each run."""
    decimals = 1 if len(counts) > 1 else 0
    return format_mean(counts, lambda value: f"{value:,.{decimals}f}")
