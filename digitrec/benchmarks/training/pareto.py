"""A picture of accuracy against training seconds."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from digitrec.benchmarks.training.finishes import PLAIN, Finish
from digitrec.training import plots

__all__ = ["draw_pareto"]


def draw_pareto(path: Path, finishes: Sequence[Finish]) -> None:
    """Draw each training as a dot, and the means of each entry with its name.

    A line joins the means that no other entry beats in both seconds and accuracy.

    Args:
        path: The PNG file to write.
        finishes: The trainings, one at least.
    """
    from matplotlib.ticker import LogLocator

    figure = plots.new_figure(8, 5)
    axes = figure.subplots()
    means = {}
    for name in dict.fromkeys(one.entry for one in finishes):
        seconds = [one.seconds for one in finishes if one.entry == name]
        errors = [100 * (1 - one.accuracy) for one in finishes if one.entry == name]
        means[name] = statistics.mean(seconds), statistics.mean(errors)
        colour = "tab:gray" if name in PLAIN else "tab:blue"
        axes.plot(seconds, errors, ".", color=colour, alpha=0.35)
        axes.plot(*means[name], "o", color=colour)
        axes.annotate(
            f"{name} (plain loop)" if name in PLAIN else name, means[name], xytext=(7, 7),
            textcoords="offset points",
        )  # fmt: skip
    best = pareto_front(list(means.values()))
    axes.plot(*zip(*best, strict=True), "-", color="tab:blue", alpha=0.4, zorder=0)
    threads = " or ".join(str(count) for count in sorted({one.threads for one in finishes}))
    axes.set(
        xscale="log", yscale="log", xlabel=f"seconds of training, {threads} threads of a CPU",
        ylabel="errors, % of MNIST's test images",
    )  # fmt: skip
    axes.margins(x=0.3, y=0.15)  # names stand to the right of their points
    for axis in (axes.xaxis, axes.yaxis):
        # 1, 2, 5, 10 and so on: numbers at all lines of a decade would overlap.
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_minor_locator(LogLocator(subs=range(1, 10)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter("")
    axes.grid(alpha=0.3, which="both")
    plots.save(figure, path)


def pareto_front(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the points that no other is below in both coordinates, from left to right."""
    best: list[tuple[float, float]] = []
    for point in sorted(points):
        if not best or point[1] < best[-1][1]:
            best.append(point)
    return best
