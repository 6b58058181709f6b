"""Runs that differ only in their seed, gathered: each such recipe is a row of the comparison."""

from __future__ import annotations

import fnmatch
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.comparison.runs import Run, Setting, TestSet
from digitrec.comparison.statistics import Errors, accuracy_interval
from digitrec.config.checks import nearest
from digitrec.errors import DigitrecError
from digitrec.sweeps.finished_runs import WITHOUT_EFFECT

__all__ = ["SORTS", "Condition", "Row", "differing", "gather", "parse_condition", "sort_rows"]


@dataclass(frozen=True, eq=False)
class Row:
    """A recipe, and its runs: at least one, each with another seed, in the order of the seeds."""

    name: str
    runs: Sequence[Run]
    notes: Sequence[str] = field(default=())

    @property
    def settings(self) -> Mapping[str, Setting]:
        """The settings that all its runs share, and the seed of the first."""
        return self.runs[0].settings

    @property
    def test_set(self) -> TestSet:
        """What all its runs were scored on."""
        return self.runs[0].test_set

    @property
    def parameters(self) -> int:
        """Count of the network's parameters."""
        return self.runs[0].parameters

    @cached_property
    def errors(self) -> Errors:
        """Which images its runs misread, summed up for the tests."""
        return Errors.of(np.stack([run.wrong for run in self.runs]))

    @cached_property
    def error_counts(self) -> Float64Array:
        """Errors on the test set, a run each."""
        return np.array([run.wrong.sum() for run in self.runs], np.float64)

    @property
    def accuracies(self) -> Float64Array:
        """Test accuracy, a fraction, a run each."""
        return 1 - self.error_counts / self.test_set.count

    @cached_property
    def accuracy_interval(self) -> tuple[float, float]:
        """95% interval of the recipe's accuracy; of one run, of that network's."""
        return accuracy_interval(self.errors)

    @property
    def seconds(self) -> Float64Array:
        """Seconds of training, a run each."""
        return np.array([run.train_seconds for run in self.runs])


@dataclass(frozen=True)
class Condition:
    """What --where asks of a run: a setting, how it is to compare, and with what."""

    key: str
    sign: str
    value: str

    def holds(self, run: Run) -> bool:
        """Tell whether a run meets it. A setting that the run does not have meets only ``!=``."""
        have = run.experiment if self.key == "experiment" else run.settings.get(self.key)
        if self.sign in ORDERS:
            if isinstance(have, bool) or not isinstance(have, int | float):
                return False
            return ORDERS[self.sign](float(have), float(self.value))
        equal = any(_equal(have, choice) for choice in self.value.split(","))
        return equal == (self.sign == "=")


ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip

# Name, and what a row is sorted by; the best comes first.
SORTS: dict[str, Callable[[Row], float | str]] = {
    "accuracy": lambda row: -float(row.accuracies.mean()),
    "errors": lambda row: float(row.error_counts.mean()),
    "seconds": lambda row: float(row.seconds.mean()),
    "parameters": lambda row: row.parameters,
    "runs": lambda row: -len(row.runs),
    "name": lambda row: row.name,
}


def parse_condition(text: str, runs: Sequence[Run], option: str = "--where") -> Condition:
    """Read a condition such as model=deep,cnn, model!=tiny or epochs>=6.

    Raises:
        DigitrecError: if it is none, or no run has such a setting.
    """
    match = re.fullmatch(r"([\w.]+)\s*(!=|<=|>=|==?|<|>)\s*([^=<>].*)", text)
    if not match:
        raise DigitrecError(f"{option} {text}: write a condition such as model=deep or epochs>=6")
    word, sign, value = match.groups()
    known = dict.fromkeys(key for run in runs for key in run.settings)
    key = _setting(word, known)
    if key is None:
        raise DigitrecError(f"{option} {text}: no run has a setting {word}; {nearest(word, known)}")
    if sign in ORDERS:
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if math.isnan(number):
            raise DigitrecError(f"{option} {text}: {value} is no number")
    return Condition(key, "=" if sign == "==" else sign, value)


def _setting(word: str, known: Iterable[str]) -> str | None:
    """Return the setting that a word means: its name, or its last part as rows are named by it."""
    known = list(known)
    last = [key for key in known if key.rpartition(".")[2] == word]
    return word if word in known else last[0] if len(last) == 1 else None


def gather(runs: Sequence[Run]) -> tuple[list[Row], list[str]]:
    """Gather the runs of each recipe and test set into a row; return rows, and what they differ in.

    Of two runs with one seed the later counts: they are no two draws.
    """
    groups: dict[object, dict[int, list[Run]]] = {}
    for run in sorted(runs, key=lambda run: (run.folder.name, str(run.folder))):
        recipe = (run.experiment, run.test_set, _recipe(run))
        groups.setdefault(recipe, {}).setdefault(run.seed, []).append(run)
    members = [[again[-1] for _, again in sorted(seeds.items())] for seeds in groups.values()]
    keys = differing([group[0] for group in members])
    names = _names([group[0] for group in members], keys)
    rows = [
        Row(name, group, _notes(list(seeds.values()), group))
        for name, group, seeds in zip(names, members, groups.values(), strict=True)
    ]
    return rows, keys


def differing(firsts: Sequence[Run]) -> list[str]:
    """Return the settings that differ between rows, given by their first runs.

    A setting that only some have differs only where these differ: the choice of its group tells
    the rest.
    """
    keys = dict.fromkeys(key for run in firsts for key in run.settings)
    return [
        key
        for key in keys
        if _is_of_recipe(key)
        and len({run.settings[key] for run in firsts if key in run.settings}) > 1
    ]


def sort_rows(rows: Sequence[Row], by: str) -> list[Row]:
    """Sort rows by one of `SORTS` or by a setting; equal ones by their errors, then their names.

    Raises:
        DigitrecError: if there is nothing of that name to sort by.
    """
    settled = sorted(rows, key=lambda row: (SORTS["errors"](row), row.name))
    if by in SORTS:
        return sorted(settled, key=lambda row: (SORTS[by](row),))
    known = dict.fromkeys(key for row in rows for key in row.settings)
    key = _setting(by, known)
    if key is None:
        raise DigitrecError(f"--sort {by}: {nearest(by, [*SORTS, *known])}")
    return sorted(settled, key=lambda row: _as_sorted(row.settings.get(key)))


def _recipe(run: Run) -> tuple[tuple[str, Setting], ...]:
    return tuple((key, value) for key, value in run.settings.items() if _is_of_recipe(key))


def _is_of_recipe(key: str) -> bool:
    """Whether a setting may change what comes of a run, the seed aside."""
    return key not in ("seed", "data.root") and key.partition(".")[0] not in WITHOUT_EFFECT


def _names(firsts: Sequence[Run], keys: Sequence[str]) -> list[str]:
    """Name each row by its experiment, and by what tells it from others of the same.

    What most of them have in common is left out: of runs that each leave out one thing, one reads
    which.
    """
    names = []
    for run in firsts:
        others = [other for other in firsts if other.experiment == run.experiment]
        telling = [
            key
            for key in differing(others)
            if key in run.settings and not _is_usual(run.settings[key], key, others)
        ]
        parts = [f"{_short(key, keys)}={show(run.settings[key])}" for key in telling]
        names.append(" ".join([run.experiment, *parts]))
    # One recipe on two test sets, which no setting tells apart.
    twice = {name for name in names if names.count(name) > 1}
    return [
        f"{name} @{run.test_set.checksum[:6]}" if name in twice else name
        for name, run in zip(names, firsts, strict=True)
    ]


def _is_usual(value: Setting, key: str, runs: Sequence[Run]) -> bool:
    """Whether more than half of the runs have this value."""
    return 2 * sum(key in run.settings and run.settings[key] == value for run in runs) > len(runs)


def _short(key: str, keys: Sequence[str]) -> str:
    """Return the last part of a setting's name where that is clear: lr for optimizer.lr."""
    last = key.rpartition(".")[2]
    return last if [other.rpartition(".")[2] for other in keys].count(last) == 1 else key


def _notes(by_seed: Sequence[Sequence[Run]], kept: Sequence[Run]) -> list[str]:
    notes = []
    again = [runs for runs in by_seed if len(runs) > 1]
    if again:
        seeds = ", ".join(str(runs[0].seed) for runs in again)
        notes.append(
            f"seed {seeds} was run more than once, and the last run counts"
            if len(again) == 1
            else f"seeds {seeds} were run more than once, and the last run of each counts"
        )
    codes = {str(run.environment.get("git")) for run in kept}
    if len(codes) > 1:
        notes.append(f"its runs were made by {len(codes)} states of the code")
    return notes


def show(value: Setting) -> str:
    """Write a setting as YAML does, numbers short."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _equal(have: Setting, wanted: str) -> bool:
    if isinstance(have, int | float) and not isinstance(have, bool):
        try:
            return float(have) == float(wanted)
        except ValueError:
            return False
    return fnmatch.fnmatchcase(show(have), wanted)


def _as_sorted(value: Setting) -> tuple[bool, float, str]:
    """Sort key of values of any type: those missing last, numbers by size."""
    if isinstance(value, int | float):
        return False, float(value), ""
    return value is None, 0.0, str(value)
