"""A comparison as text for people: in a terminal, as plain text, and in Markdown."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from digitrec.comparison.compare_runs import Comparison
from digitrec.comparison.number_format import (
    format_duration,
    format_errors,
    format_mean,
    format_percent,
)
from digitrec.comparison.recipes import Recipe
from digitrec.comparison.statistics import ALPHA
from digitrec.comparison.verdicts import Outcome
from digitrec.message_text import printable

__all__ = ["describe_problems", "markdown_report", "plain_report", "print_report"]

MAX_SETTINGS = 4  # in the table of results; more get a table of their own, turned on its side
MAX_RECIPES = 6  # side by side in that
MAX_VERDICTS = 20  # in words; JSON has all

STYLES: dict[Outcome, str] = {"better": "green", "worse": "red", "within noise": "dim"}


def print_report(comparison: Comparison, console: Console) -> None:
    """Print the results, the verdicts in words, and what could not be compared."""
    if comparison.recipes:
        console.print(_results_table(comparison))
        console.print()
    if len(comparison.settings) > MAX_SETTINGS:
        for start in range(0, len(comparison.recipes), MAX_RECIPES):
            recipes = comparison.recipes[start : start + MAX_RECIPES]
            console.print(_settings_table(recipes, comparison))
            console.print()
    for verdict in comparison.main_verdicts[:MAX_VERDICTS]:
        console.print(Text(verdict.sentence, STYLES[verdict.outcome]), soft_wrap=True)
    for note in _footnotes(comparison):
        console.print(Text(note), soft_wrap=True)
    for problem in describe_problems(comparison):
        console.print(Text.assemble(("not compared", "yellow"), f" {problem}"), soft_wrap=True)


def plain_report(comparison: Comparison) -> str:
    """Return the same as plain text, without colours and without line breaks for a width."""
    text = io.StringIO()
    print_report(
        comparison, Console(file=text, width=1000, color_system=None, highlight=False, emoji=False)
    )
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def markdown_report(comparison: Comparison) -> str:
    """Return the results and the verdicts in Markdown."""
    heads = _heads(comparison, comparison.settings)
    lines = [heads, ["---", *("---:" for _ in heads[1:])]]
    lines += [_cells(recipe, comparison.settings, comparison) for recipe in comparison.recipes]
    table = "".join(f"| {' | '.join(_escape(cell) for cell in line)} |\n" for line in lines)
    items = [verdict.sentence for verdict in comparison.main_verdicts]
    items += _footnotes(comparison)
    items += [f"not compared {problem}" for problem in describe_problems(comparison)]
    return table + "\n" + "".join(f"- {_escape(item)}\n" for item in items)


def describe_problems(comparison: Comparison) -> list[str]:
    """Say which folders could not be compared and why, in one line for each reason."""
    folders: dict[str, list[Path]] = {}
    for problem in comparison.problems:
        folders.setdefault(problem.reason, []).append(problem.folder)
    return [
        f"{printable(str(alike[0]))}{_and_others(len(alike) - 1)}: {reason}"
        for reason, alike in folders.items()
    ]


def _and_others(count: int) -> str:
    return f" and {count:,} {'other' if count == 1 else 'others'}" if count else ""


def _footnotes(comparison: Comparison) -> Iterator[str]:
    verdicts = len(comparison.verdicts)
    hidden = verdicts - min(len(comparison.main_verdicts), MAX_VERDICTS)
    if hidden:
        yield (
            f"{hidden:,} more verdicts are not shown: --json has all of them, "
            "--baseline RECIPE those of one recipe"
        )
    if verdicts:
        corrected = f" after Holm's correction for {verdicts:,} pairs" if verdicts > 1 else ""
        yield (
            "Intervals allow for other test images and, with several seeds, for other seeds; "
            f"better means p < {ALPHA}{corrected}."
        )
    yield from comparison.notes


def _results_table(comparison: Comparison) -> Table:
    settings = comparison.settings if len(comparison.settings) <= MAX_SETTINGS else []
    table = _empty_table()
    for number, head in enumerate(_heads(comparison, settings)):
        table.add_column(
            Text(head), justify="right" if number else "left", no_wrap=bool(number), overflow="fold"
        )
    best = {comparison.best(test_set) for test_set in comparison.test_sets}
    for recipe in comparison.recipes:
        cells = [Text(cell) for cell in _cells(recipe, settings, comparison)]
        bold = recipe in best and len(comparison.recipes) > 1
        table.add_row(*cells, style="bold" if bold else "")
    return table


def _settings_table(recipes: Sequence[Recipe], comparison: Comparison) -> Table:
    table = _empty_table()
    table.add_column("setting")
    for recipe in recipes:
        table.add_column(Text(recipe.name), justify="right")
    for key in comparison.settings:
        cells = (Text(comparison.setting_text(recipe, key)) for recipe in recipes)
        table.add_row(Text(key), *cells)
    return table


def _empty_table() -> Table:
    # Narrow enough for a terminal of 80 columns; names that are too long go on below.
    return Table(box=SIMPLE, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)


def _heads(comparison: Comparison, settings: Sequence[str]) -> list[str]:
    data = ["test set"] if len(comparison.test_sets) > 1 else []
    tags = ["tags"] if any(recipe.tags for recipe in comparison.recipes) else []
    measures = ["n", "accuracy %", "95% CI", "errors", "training", "parameters"]
    return ["recipe", *settings, *tags, *data, *measures]


def _cells(recipe: Recipe, settings: Sequence[str], comparison: Comparison) -> list[str]:
    low, high = recipe.accuracy_interval
    test_set = f"{recipe.test_set.name} {recipe.test_set.checksum[:6]}"
    return [
        recipe.name,
        *(comparison.setting_text(recipe, key) for key in settings),
        *([", ".join(recipe.tags)] if any(one.tags for one in comparison.recipes) else []),
        *([test_set] if len(comparison.test_sets) > 1 else []),
        str(len(recipe.runs)),
        format_mean(recipe.accuracies, format_percent),
        f"{format_percent(low)} to {format_percent(high)}",
        format_errors(recipe.error_counts),
        format_duration(float(recipe.seconds.mean())),
        f"{recipe.parameters:,}",
    ]


def _escape(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
