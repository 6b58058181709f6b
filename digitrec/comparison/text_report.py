"""A comparison as text: for a terminal, Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from digitrec.comparison.recipes import Row, show
from digitrec.comparison.statistics import ALPHA
from digitrec.comparison.verdicts import Pair, Study

__all__ = ["duration", "plain", "print_text", "spread", "to_csv", "to_json", "to_markdown"]

COLUMNS = 4  # settings that stand in the table; more get one of their own, turned on its side
BESIDE = 6  # rows side by side in that
TOLD = 20  # verdicts in words; JSON has all

STYLES = {"better": "green", "worse": "red", "within noise": "dim"}


def print_text(study: Study, console: Console) -> None:
    """Print the table, the verdicts in words, and what could not be compared."""
    if study.rows:
        console.print(_table(study))
        console.print()
    if len(study.keys) > COLUMNS:
        for start in range(0, len(study.rows), BESIDE):
            console.print(_settings(study.rows[start : start + BESIDE], study.keys))
            console.print()
    for pair in study.told[:TOLD]:
        console.print(Text(pair.sentence, STYLES[pair.verdict]), soft_wrap=True)
    for note in footnotes(study):
        console.print(Text(note), soft_wrap=True)
    for problem in problems(study):
        console.print(Text.assemble(("not compared", "yellow"), f" {problem}"), soft_wrap=True)


def plain(study: Study) -> str:
    """Return the same without colours, each line as long as it needs."""
    text = io.StringIO()
    print_text(study, Console(file=text, width=1000, color_system=None, highlight=False))
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def to_markdown(study: Study) -> str:
    """Return the table and the verdicts in Markdown."""
    heads = _heads(study, study.keys)
    lines = [heads, ["---", *("---:" for _ in heads[1:])]]
    lines += [_cells(row, study.keys, study) for row in study.rows]
    text = "".join(f"| {' | '.join(_escape(cell) for cell in line)} |\n" for line in lines)
    says = [pair.sentence for pair in study.told] + list(footnotes(study))
    says += [f"not compared {problem}" for problem in problems(study)]
    return text + "\n" + "".join(f"- {_escape(line)}\n" for line in says)


def to_csv(study: Study) -> str:
    """Return the rows as CSV: fractions, seconds and counts."""
    text = io.StringIO()
    rows = [_facts(row) for row in study.rows]
    for row, facts in zip(study.rows, rows, strict=True):
        low, high = facts.pop("test_accuracy_interval")
        facts |= {"test_accuracy_low": low, "test_accuracy_high": high}
        facts["seeds"] = " ".join(map(str, facts["seeds"]))
        del facts["folders"]
        facts |= {key: show(row.settings[key]) for key in study.keys if key in row.settings}
    names = dict.fromkeys(name for facts in rows for name in facts)
    writer = csv.DictWriter(text, list(names), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def to_json(study: Study) -> str:
    """Return all there is as one JSON object: fractions, seconds and counts of images."""
    rows = [
        _facts(row) | {"settings": {k: row.settings[k] for k in study.keys if k in row.settings}}
        for row in study.rows
    ]
    value = {
        "rows": rows,
        "pairs": [_pair(pair) for pair in study.pairs],
        "problems": [{"run": str(one.folder), "what": one.what} for one in study.problems],
        "notes": study.notes,
    }
    return json.dumps(value, indent=1)


def duration(seconds: float) -> str:
    """Write seconds as people do."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size:
            value = seconds / size
            return f"{value:.{1 if value < 9.95 else 0}f} {unit}"
    return f"{seconds:.{1 if seconds < 9.95 else 0}f} s"


def errors(row: Row) -> str:
    """Write how many images a row's runs misread."""
    if len(row.runs) == 1:
        return f"{row.error_counts[0]:,.0f}"
    return spread(row.error_counts, lambda value: f"{value:,.1f}")


def spread(values: npt.NDArray[Any], write: Callable[[float], str]) -> str:
    """Write a mean and, of several, the standard deviation."""
    mean = write(float(values.mean()))
    return f"{mean} ± {write(float(values.std(ddof=1)))}" if len(values) > 1 else mean


def footnotes(study: Study) -> Iterator[str]:
    """Say how the verdicts are meant, and what a reader must know of the rows."""
    left = len(study.pairs) - min(len(study.told), TOLD)
    if left:
        yield f"and {left:,} pairs more: --json has all, --baseline ROW those of one row"
    if study.pairs:
        many = f", p adjusted for {len(study.pairs):,} pairs (Holm)" if len(study.pairs) > 1 else ""
        yield (
            "Intervals count other images and, of several seeds, other seeds; "
            f"better means p < {ALPHA}{many}."
        )
    yield from study.notes


def problems(study: Study) -> list[str]:
    """Say what could not be compared, and why; many alike, as a search leaves, in one line."""
    alike: dict[str, list[Path]] = {}
    for problem in study.problems:
        alike.setdefault(problem.what, []).append(problem.folder)
    return [
        f"{folders[0]}{_and_others(len(folders) - 1)}: {what}" for what, folders in alike.items()
    ]


def _and_others(count: int) -> str:
    return f" and {count:,} {'other' if count == 1 else 'others'}" if count else ""


def percent(fraction: float) -> str:
    """Write a fraction as per cent, without the sign."""
    return f"{100 * fraction:.2f}"


def _table(study: Study) -> Table:
    keys = study.keys if len(study.keys) <= COLUMNS else []
    table = _plain_table()
    for number, head in enumerate(_heads(study, keys)):
        table.add_column(
            Text(head), justify="right" if number else "left", no_wrap=bool(number), overflow="fold"
        )
    best = {study.best(test_set) for test_set in study.test_sets} if len(study.rows) > 1 else set()
    for row in study.rows:
        cells = [Text(cell) for cell in _cells(row, keys, study)]
        table.add_row(*cells, style="bold" if row in best else "")
    return table


def _plain_table() -> Table:
    # Narrow enough for a terminal of 80 columns; names that are too long go on below.
    return Table(box=SIMPLE, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)


def _settings(rows: Sequence[Row], keys: Sequence[str]) -> Table:
    table = _plain_table()
    table.add_column("setting")
    for row in rows:
        table.add_column(Text(row.name), justify="right")
    for key in keys:
        values = [show(row.settings[key]) if key in row.settings else "" for row in rows]
        table.add_row(Text(key), *map(Text, values))
    return table


def _heads(study: Study, keys: Sequence[str]) -> list[str]:
    data = ["test set"] if len(study.test_sets) > 1 else []
    measures = ["n", "accuracy %", "95%", "errors", "training", "parameters"]
    return ["experiment", *keys, *data, *measures]


def _cells(row: Row, keys: Sequence[str], study: Study) -> list[str]:
    low, high = row.accuracy_interval
    data = [f"{row.test_set.name} {row.test_set.checksum[:6]}"] if len(study.test_sets) > 1 else []
    return [
        row.name,
        *(show(row.settings[key]) if key in row.settings else "" for key in keys),
        *data,
        str(len(row.runs)),
        spread(row.accuracies, percent),
        f"{percent(low)} to {percent(high)}",
        errors(row),
        duration(float(row.seconds.mean())),
        f"{row.parameters:,}",
    ]


def _facts(row: Row) -> dict[str, Any]:
    several = len(row.runs) > 1
    return {
        "name": row.name,
        "experiment": row.runs[0].experiment,
        "n": len(row.runs),
        "seeds": [run.seed for run in row.runs],
        "folders": [str(run.folder) for run in row.runs],
        "data": row.test_set.name,
        "checksum": row.test_set.checksum,
        "test_count": row.test_set.count,
        "test_accuracy": float(row.accuracies.mean()),
        "test_accuracy_sd": float(row.accuracies.std(ddof=1)) if several else None,
        "test_accuracy_interval": row.accuracy_interval,
        "test_errors": float(row.error_counts.mean()),
        "test_errors_sd": float(row.error_counts.std(ddof=1)) if several else None,
        "train_seconds": float(row.seconds.mean()),
        "train_seconds_sd": float(row.seconds.std(ddof=1)) if several else None,
        "parameters": row.parameters,
    }


def _pair(pair: Pair) -> dict[str, Any]:
    found = pair.difference
    return {
        "a": pair.a.name,
        "b": pair.b.name,
        "errors_b_minus_a": found.errors,
        "interval": [found.low, found.high],
        "p": pair.p,
        "p_alone": found.p,
        "about": "recipes" if found.of_recipes else "networks",
        "verdict": pair.verdict,
        "sentence": pair.sentence,
    }


def _escape(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
