"""Strings of digits as a data set: its settings, and how it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from digitrec.config.checks import check
from digitrec.config.groups import Data
from digitrec.config.registry import register

if TYPE_CHECKING:
    from digitrec.data.string_dataset import StringDataSet, StringExamples

__all__: list[str] = []


@register("strings")
@dataclass(frozen=True, kw_only=True)
class StringsData(Data):
    """Strings of digits that touch, made of pen strokes, scans of MNIST and synthetic digits.

    Writers and scans are kept apart: those that train, validate and test single digits do so here.

    Attributes:
        count: strings to train on.
        seed: of the strings; the run's own seed draws nothing here.
    """

    task: ClassVar[str] = "strings"

    root: str | None = None
    count: int = 120_000
    seed: int = 0

    def __post_init__(self) -> None:
        check(self.count >= 1, "data.count", "at least 1", self.count)
        check(0 <= self.seed < 2**31, "data.seed", "from 0 to 2147483647", self.seed)

    def check(self) -> None:
        """Check that a folder that the user named holds the files of all sources."""
        from digitrec.data import mnist_files, pen_files
        from digitrec.data.unipen import cache

        mnist_files.check_root(self.root)
        pen_files.check_root(self.root)
        cache.check_root(self.root)

    def load(self, validation: int) -> StringDataSet:
        """Make the strings; ``validation`` of 0 validates on none."""
        from digitrec.data import string_dataset

        return string_dataset.load(self.name, self.root, self.count, self.seed, validation)

    def load_test(self) -> tuple[StringExamples, str]:
        """Make the strings to test with."""
        from digitrec.data import string_dataset

        return string_dataset.load_test(self.root, self.seed)
