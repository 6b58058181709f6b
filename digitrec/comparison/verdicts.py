"""Rows of a comparison, two at a time: how they differ, whether that is luck, and so in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path

from digitrec.comparison.recipes import Row, gather, parse_condition, sort_rows
from digitrec.comparison.runs import Problem, TestSet, read_all
from digitrec.comparison.statistics import ALPHA, Difference, difference, holm
from digitrec.config.checks import nearest
from digitrec.errors import DigitrecError

__all__ = ["Pair", "Study", "study"]

ALL_PAIRS = 4  # rows of which all pairs are told; of more, each beside the best


@dataclass(frozen=True, eq=False)
class Pair:
    """Two rows on one test set; ``p`` is adjusted for how many pairs are tested (Holm 1979)."""

    a: Row
    b: Row
    difference: Difference  # of b from a
    p: float
    of: int  # so many pairs

    @property
    def verdict(self) -> str:
        """What the test says of ``b``: better, worse or within noise."""
        if self.p >= ALPHA:
            return "within noise"
        return "better" if self.difference.errors < 0 else "worse"

    @cached_property
    def advice(self) -> str:
        """What would tell more, or what the verdict does not reach; may be empty."""
        if self.difference.p < ALPHA <= self.p:
            return f"p {p_value(self.difference.p)} by itself, but this is one of {self.of:,} pairs"
        if not self.difference.of_recipes:
            return "this is about two networks, and says nothing of other seeds"
        if 1 in self.difference.runs:
            one = self.a if len(self.a.runs) == 1 else self.b
            return f"the one seed of {one.name} is taken to vary as the others do"
        if self.verdict != "within noise":
            return ""
        needed = self.difference.seeds_needed()
        if needed is None:
            return "no number of seeds would tell on so few images"
        return f"about {needed:,} seeds a side would tell"

    @property
    def sentence(self) -> str:
        """The whole in one line."""
        found, images = self.difference, self.a.test_set.count
        size = abs(found.errors)
        amount = count(size)
        more = found.errors > 0
        many = f"{amount} {'more' if more else 'fewer'} of {images:,} than"
        if float(amount) == 0:
            many = f"as many of {images:,} as"
        # Of as many fewer as it misses: the interval runs the way of the words.
        low, high = (found.low, found.high) if more else (-found.high, -found.low)
        line = (
            f"{self.b.name} misses {many} {self.a.name} (95% {count(low)} to {count(high)}), "
            f"p {p_value(self.p)}: {self.verdict}"
        )
        return f"{line}; {self.advice}" if self.advice else line


@dataclass(frozen=True, eq=False)
class Study:
    """A whole comparison. ``keys`` are the settings that differ between rows."""

    rows: Sequence[Row]
    keys: Sequence[str]
    pairs: Sequence[Pair]
    problems: Sequence[Problem]
    baseline: Row | None = None

    @property
    def test_sets(self) -> list[TestSet]:
        """The test sets, in the order of the rows."""
        return list(dict.fromkeys(row.test_set for row in self.rows))

    def best(self, test_set: TestSet) -> Row:
        """Return the row with the fewest errors on a test set, on average over its runs."""
        rows = [row for row in self.rows if row.test_set == test_set]
        return min(rows, key=_rank)

    @cached_property
    def told(self) -> list[Pair]:
        """The pairs that are put in words: all of few rows; of many, those of the best row."""
        if self.baseline:
            return list(self.pairs)
        told: list[Pair] = []
        for test_set in self.test_sets:
            best = self.best(test_set)
            here = [pair for pair in self.pairs if pair.a.test_set == test_set]
            if sum(row.test_set == test_set for row in self.rows) > ALL_PAIRS:
                here = [pair for pair in here if best in (pair.a, pair.b)]
            told += here
        return told

    @property
    def notes(self) -> list[str]:
        """What a reader must know of how the rows came about."""
        notes = [f"{row.name}: {note}" for row in self.rows for note in row.notes]
        sets = self.test_sets
        if len(sets) > 1:
            each = "; ".join(map(str, sets))
            notes.append(
                f"{len(sets)} different test sets: {each}. Rows are compared image by image within "
                "one, and never across"
            )
        return notes


def study(
    folders: Sequence[Path],
    where: Sequence[str] = (),
    sort: str = "accuracy",
    baseline: str | None = None,
    empty: bool = False,
) -> Study:
    """Read runs and compare them.

    where: conditions, all of which a run must meet. baseline: the row that all others are held
    against, by its name or a condition that it alone meets. empty: whether there may be no rows.

    Raises:
        DigitrecError: if no run can be compared, or one of the words names nothing.
    """
    runs, problems = read_all(folders)
    if not runs and empty:
        return Study([], [], [], problems)
    if not runs:
        one = problems[0]
        more = f"; nor {len(problems) - 1:,} more" if len(problems) > 1 else ""
        raise DigitrecError(f"no run can be compared: {one.folder}: {one.what}{more}")
    for text in where:
        condition = parse_condition(text, runs)
        kept = [run for run in runs if condition.holds(run)]
        if not kept:
            raise DigitrecError(f"--where {text}: no run is left")
        runs = kept
    rows, keys = gather(runs)
    rows = sort_rows(rows, sort)
    against = _baseline(baseline, rows) if baseline is not None else None
    return Study(rows, keys, _pairs(rows, against), problems, against)


def count(value: float) -> str:
    """Write a number of images: whole where it is large or whole, else with one digit more."""
    digits = 0 if abs(value) >= 9.95 or value == round(value) else 1
    text = f"{value:,.{digits}f}"
    return text if float(text.replace(",", "")) else "0"


def p_value(p: float) -> str:
    """Write p with its sign of equality."""
    if p < 0.001:
        return "< 0.001"
    # Never rounded across the limit that the verdict goes by.
    digits = 2 if p >= 0.055 else 3
    return f"= {p:.{digits}f}"


def _pairs(rows: Sequence[Row], baseline: Row | None) -> list[Pair]:
    """Compare all pairs on one test set, or each row with the baseline; the better row is ``b``."""
    if baseline:
        couples = [(baseline, row) for row in rows if row is not baseline]
    else:
        ranked = sorted(rows, key=_rank)
        couples = [(second, first) for first, second in combinations(ranked, 2)]
    couples = [(a, b) for a, b in couples if a.test_set == b.test_set]
    found = [difference(a.errors, b.errors) for a, b in couples]
    adjusted = holm([one.p for one in found])
    return [
        Pair(a, b, one, p, len(found))
        for (a, b), one, p in zip(couples, found, adjusted, strict=True)
    ]


def _rank(row: Row) -> tuple[float, str]:
    return row.errors.mean, row.name


def _baseline(text: str, rows: Sequence[Row]) -> Row:
    names = {row.name: row for row in rows}
    if text in names:
        return names[text]
    named = [row for row in rows if _is_of(row, text)]
    if len(named) == 1:
        return named[0]
    if named:
        several = ", ".join(row.name for row in named)
        raise DigitrecError(f"--baseline {text} means several rows: {several}")
    raise DigitrecError(f"--baseline {text}: no row is called so; {nearest(text, names)}")


def _is_of(row: Row, text: str) -> bool:
    """Whether a text means a row: its experiment, a folder of one of its runs, or a condition."""
    if any(c in text for c in "=<>"):
        condition = parse_condition(text, row.runs, "--baseline")
        return all(condition.holds(run) for run in row.runs)
    if not text:
        return False
    place = Path(text).resolve()
    folders = [run.folder.resolve() for run in row.runs]
    return row.runs[0].experiment == text or any(
        place in (folder, *folder.parents) for folder in folders
    )
