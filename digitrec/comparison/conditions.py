"""Conditions that select runs by their settings, such as ``model=deep`` or ``epochs>=6``."""

from __future__ import annotations

import fnmatch
import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from digitrec.comparison.run_settings import find_setting, format_setting
from digitrec.comparison.runs import Run, Setting
from digitrec.config.checks import nearest
from digitrec.errors import DigitrecError

__all__ = ["parse_condition"]

ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


@dataclass(frozen=True)
class Condition:
    """A condition on one setting of a run.

    Attributes:
        key: The name of the setting.
        sign: One of ``=``, ``!=``, ``<``, ``<=``, ``>`` and ``>=``.
        value: What the setting is compared with. For ``=`` and ``!=``, several values or patterns
            may be separated by commas.
    """

    key: str
    sign: str
    value: str

    def holds(self, run: Run) -> bool:
        """Tell whether a run meets the condition. One without the setting meets only ``!=``."""
        setting = run.experiment if self.key == "experiment" else run.settings.get(self.key)
        if self.sign in ORDERS:
            if isinstance(setting, bool) or not isinstance(setting, int | float):
                return False
            return ORDERS[self.sign](float(setting), float(self.value))
        values = self.value.split(",")
        if self.key == "tags":
            found = [tag.strip() for tag in str(setting or "").split(",")]
            equal = any(_is_equal(tag, value) for tag in found for value in values)
        elif self.key == "notes":  # a sentence, which may hold commas
            equal = _is_equal(setting, self.value)
        else:
            equal = any(_is_equal(setting, value) for value in values)
        return equal == (self.sign == "=")


def parse_condition(text: str, runs: Sequence[Run], option: str = "--where") -> Condition:
    """Read a condition such as ``model=deep,cnn``, ``model!=tiny`` or ``epochs>=6``.

    Args:
        text: The condition.
        runs: The runs that it selects from; one of them must have the setting.
        option: Of the command line, for error messages.

    Raises:
        DigitrecError: if the text is not a condition, or no run has such a setting.
    """
    match = re.fullmatch(r"([\w.]+)\s*(!=|<=|>=|==?|<|>)\s*([^=<>].*)", text)
    if not match:
        raise DigitrecError(f"{option} {text}: write a condition such as model=deep or epochs>=6")
    word, sign, value = match.groups()
    known = dict.fromkeys(key for run in runs for key in run.settings)
    key = find_setting(word, known)
    if key is None:
        raise DigitrecError(f"{option} {text}: no run has a setting {word}; {nearest(word, known)}")
    if sign in ORDERS:
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if math.isnan(number):
            raise DigitrecError(f"{option} {text}: {value} is not a number")
    return Condition(key, "=" if sign == "==" else sign, value)


def _is_equal(setting: Setting, wanted: str) -> bool:
    if isinstance(setting, int | float) and not isinstance(setting, bool):
        try:
            return float(setting) == float(wanted)
        except ValueError:
            return False
    return fnmatch.fnmatchcase(format_setting(setting), wanted)
