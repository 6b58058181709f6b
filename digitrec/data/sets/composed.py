"""Data sets made of the digits of others: strings, handwriting on made paper, lines with marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from digitrec.config.checks import check, check_data_seed
from digitrec.config.groups import Data
from digitrec.config.registry import register
from digitrec.data.sets.leave_out import check_leave_out, sources_left_out
from digitrec.data.sets.single import check_stroke_files

if TYPE_CHECKING:
    from digitrec.data.dataset import DataSet, Examples
    from digitrec.data.ink.dataset import InkDataSet, InkExamples
    from digitrec.data.string_dataset import StringDataSet, StringExamples

__all__ = ["MarksData"]


@dataclass(frozen=True, kw_only=True)
class ComposedData(Data):
    """What such data sets have in common.

    Writers and scans are kept apart: those that train, validate and test single digits do so here.

    Attributes:
        count: Images to train on; small pictures with ink share one.
        seed: Of the images; the run's own seed draws nothing here.
    """

    root: str | None = None
    count: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        check(self.count >= 1, "data.count", "at least 1", self.count)
        check_data_seed(self.seed)

    @property
    def tested_on(self) -> str | None:
        """Itself: the test part has a checksum of its own, whatever is trained on."""
        return self.name

    def check(self) -> None:
        """Check that a folder that the user named holds the files of all sources."""
        from digitrec.data import mnist_files

        mnist_files.check_root(self.root)
        check_stroke_files(self.root)


@register("strings")
@dataclass(frozen=True, kw_only=True)
class StringsData(ComposedData):
    """Strings of digits that touch, made of pen strokes, scans of MNIST and synthetic digits."""

    task: ClassVar[str] = "strings"

    count: int = 300_000

    def load(self, validation: int) -> StringDataSet:
        """Make the strings; ``validation`` of 0 validates on none."""
        from digitrec.data import string_dataset

        return string_dataset.load(self.name, self.root, self.count, self.seed, validation)

    def load_test(self) -> tuple[StringExamples, str]:
        """Make the strings to test with."""
        from digitrec.data import string_dataset

        return string_dataset.load_test(self.root, self.seed)


@register("ink")
@dataclass(frozen=True, kw_only=True)
class InkData(ComposedData):
    """Pen strokes and scans on made paper, in boxes, beside print; the ink of each is known."""

    task: ClassVar[str] = "ink"

    count: int = 100_000

    def load(self, validation: int) -> InkDataSet:
        """Make the pictures; ``validation`` of 0 validates on none."""
        from digitrec.data.ink import dataset

        return dataset.load(self.name, self.root, self.count, self.seed, validation)

    def load_test(self) -> tuple[InkExamples, str]:
        """Make the pictures to test with."""
        from digitrec.data.ink import dataset

        return dataset.load_test(self.root, self.seed)


@register("marks")
@dataclass(frozen=True, kw_only=True)
class MarksData(ComposedData):
    """Lines of digits by UCI's and UNIPEN's writers, with marks between them and letters.

    Attributes:
        count: Lines to train on; each shows several pieces of ink.
        seed: Of the lines; the run's own seed draws nothing here.
        leave_out: The sources of UNIPEN that test, such as ``"data.leave_out='app,ibm'"``.
    """

    task: ClassVar[str] = "marks"

    count: int = 80_000
    leave_out: str = "app"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_leave_out(self.leave_out, "app,ibm")

    @property
    def sources_left_out(self) -> tuple[str, ...]:
        """The sources that test, in alphabetical order."""
        return sources_left_out(self.leave_out)

    def check(self) -> None:
        """Check that a folder that the user named holds the pen digits and UNIPEN."""
        check_stroke_files(self.root)

    def load(self, validation: int) -> DataSet:
        """Make the lines; ``validation`` of 0 validates on none."""
        from digitrec.data.marks import dataset

        return dataset.load(
            self.name, self.root, self.sources_left_out, self.count, self.seed, validation
        )

    def load_test(self) -> tuple[Examples, str]:
        """Make the lines to test with."""
        from digitrec.data.marks import dataset

        return dataset.load_test(self.root, self.sources_left_out, self.seed)
