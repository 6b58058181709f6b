"""Data sets of one kind: the settings of each, and how it is loaded.

What reads or makes the data is imported only when it is loaded, so that listing the data sets takes
no time.
"""

from __future__ import annotations

import contextlib
import os
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from digitrec.config.checks import check, check_data_seed
from digitrec.config.groups import Data
from digitrec.config.registry import register
from digitrec.data.sets.leave_out import check_leave_out, sources_left_out

if TYPE_CHECKING:
    from digitrec.data.dataset import DataSet, Examples

__all__ = [
    "DrawingsData",
    "MnistData",
    "PenData",
    "SyntheticData",
    "check_pen",
    "check_stroke_files",
]


@register("mnist")
@dataclass(frozen=True, kw_only=True)
class MnistData(Data):
    """MNIST from ``root``, or else the folder that DIGITREC_DATA names, or else downloaded."""

    root: str | None = None

    def check(self) -> None:
        """Check that a folder that the user named holds the files."""
        from digitrec.data import mnist_files

        mnist_files.check_root(self.root)

    def load(self, validation: int) -> DataSet:
        """Return MNIST, ``validation`` of its training images held out."""
        from digitrec.data import mnist_files
        from digitrec.data.dataset import split_off_validation

        source = mnist_files.read(self.root)
        return split_off_validation(
            self.name,
            source.checksum,
            (source.train_images, source.train_labels),
            (source.test_images, source.test_labels),
            validation,
        )

    def load_test(self) -> tuple[Examples, str]:
        """Return the test images, and MNIST's checksum."""
        from digitrec.data import mnist_files
        from digitrec.data.dataset import Examples

        source = mnist_files.read(self.root)
        return Examples.from_arrays(source.test_images, source.test_labels), source.checksum

    def without_download(self) -> Sequence[Data]:
        """Return MNIST in each folder where it may be."""
        from digitrec.data.data_folder import ROOT_VARIABLE, cache_folder

        # A root that is named is only read.
        roots = [self.root, os.environ.get(ROOT_VARIABLE)]
        with contextlib.suppress(RuntimeError):  # there is no home folder
            roots.append(str(cache_folder()))
        return [MnistData(root=root) for root in roots if root]


@register("synthetic")
@dataclass(frozen=True, kw_only=True)
class SyntheticData(Data):
    """Handwriting made from stroke models; nothing is downloaded.

    Attributes:
        train: Number of images, including those held out for validation.
        test: Number of images.
        seed: Of the handwriting; the run's own seed has no effect here.
    """

    train: int = 30_000
    test: int = 5_000
    seed: int = 0

    def __post_init__(self) -> None:
        check(self.train >= 10, "data.train", "at least 10", self.train)
        check(self.test >= 1, "data.test", "at least 1", self.test)
        check_data_seed(self.seed)

    def check_validation(self, count: int) -> None:
        """Check that fewer images are held out than exist."""
        check(count < self.train, "validation", f"below data.train={self.train}", count)

    def load(self, validation: int) -> DataSet:
        """Make the images."""
        from digitrec.data.dataset import checksum, split_off_validation
        from digitrec.data.synthetic import digits

        # The test images come after the training images in one stream: no image is in both.
        test = digits.generate(self.test, self.seed, start=self.train)
        train = digits.generate(self.train, self.seed)
        return split_off_validation(self.name, checksum(test), train, test, validation)

    def load_test(self) -> tuple[Examples, str]:
        """Make the test images alone."""
        from digitrec.data.dataset import Examples, checksum
        from digitrec.data.synthetic import digits

        test = digits.generate(self.test, self.seed, start=self.train)
        return Examples.from_arrays(*test), checksum(test)


@dataclass(frozen=True, kw_only=True)
class PenStrokesData(Data):
    """Pen strokes of digits, drawn as on a window's canvas; writers are kept apart.

    Attributes:
        renderings: Drawings of each digit, each at a different size, with a different pen.
        stroke_augmentation: How strongly the strokes to train on are varied.
    """

    root: str | None = None
    renderings: int = 4
    stroke_augmentation: float = 0.0

    def __post_init__(self) -> None:
        check_pen(self.renderings, self.stroke_augmentation)

    def load(self, validation: int) -> DataSet:
        """Return the drawings, split by writer; ``validation`` of 0 holds out no writer."""
        return self._load(validation, training=True)

    def load_held_out(self, validation: int) -> DataSet:
        """Return the drawings of the validation and test writers."""
        return self._load(validation, training=False)

    @abstractmethod
    def _load(self, validation: int, *, training: bool) -> DataSet:
        """Return the drawings; without ``training``, the training part is empty."""


@register("pen")
@dataclass(frozen=True, kw_only=True)
class PenData(PenStrokesData):
    """UCI's pen strokes by 30 writers: 24 to train, 3 to validate, 3 to test; found like MNIST."""

    def check(self) -> None:
        """Check that a folder that the user named holds the file."""
        from digitrec.data.uci import file as uci_file

        uci_file.check_root(self.root)

    def _load(self, validation: int, *, training: bool) -> DataSet:
        from digitrec.data.uci import digit_images

        return digit_images.load(
            self.name,
            self.root,
            self.renderings,
            self.stroke_augmentation,
            validation,
            training=training,
        )

    def load_test(self) -> tuple[Examples, str]:
        """Return the drawings of the test writers, and the checksum."""
        from digitrec.data.uci import digit_images

        return digit_images.load_test(self.root, self.renderings)


@register("unipen")
@dataclass(frozen=True, kw_only=True)
class UnipenData(PenStrokesData):
    """UNIPEN's digits, from several laboratories: its sources.

    Attributes:
        leave_out: The sources to test on, such as ``"data.leave_out='apb,ibm'"``; the others are
            for training and validation.
    """

    leave_out: str = "apb"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_leave_out(self.leave_out, "apb,ibm")

    @property
    def sources_left_out(self) -> tuple[str, ...]:
        """The sources to test on, in alphabetical order."""
        return sources_left_out(self.leave_out)

    @property
    def tested_on(self) -> str | None:
        """Itself: the test part has a checksum of its own, whatever is trained on."""
        return self.name

    def check(self) -> None:
        """Check that the data folder holds UNIPEN."""
        from digitrec.data.unipen import cache

        cache.check_root(self.root)

    def _load(self, validation: int, *, training: bool) -> DataSet:
        from digitrec.data.unipen import digit_images

        return digit_images.load(
            self.name,
            self.root,
            self.sources_left_out,
            self.renderings,
            self.stroke_augmentation,
            validation,
            training=training,
        )

    def load_test(self) -> tuple[Examples, str]:
        """Return the drawings of the sources to test on, and the checksum."""
        from digitrec.data.unipen import digit_images

        return digit_images.load_test(self.root, self.sources_left_out, self.renderings)


@register("drawings")
@dataclass(frozen=True, kw_only=True)
class DrawingsData(Data):
    """Drawings corrected in the window, from ``path``, or else from the user's data folder."""

    path: str | None = None

    @property
    def tested_on(self) -> str | None:
        """Itself: the test part has a checksum of its own, whatever is trained on."""
        return self.name

    def check(self) -> None:
        """Check that there are enough drawings."""
        from digitrec.data import corrected_drawings

        corrected_drawings.read(self.path)

    def load(self, validation: int) -> DataSet:
        """Return the drawings; ``validation`` of 0 holds out none."""
        from digitrec.data import corrected_drawings

        return corrected_drawings.load(self.name, self.path, validation)

    def load_test(self) -> tuple[Examples, str]:
        """Return the test drawings, and their checksum."""
        from digitrec.data import corrected_drawings

        return corrected_drawings.load_test(self.path)

    def last_change(self) -> int:
        """Return when the file of the drawings, which grows, was last changed."""
        from digitrec.drawing import corrections

        file = Path(self.path) if self.path else corrections.default_path()
        return file.stat().st_mtime_ns if file.is_file() else 0


def check_stroke_files(root: str | None) -> None:
    """Check that a folder that the user named holds the pen digits and UNIPEN.

    Raises:
        DigitrecError: if not.
    """
    from digitrec.data.uci import file as uci_file
    from digitrec.data.unipen import cache

    uci_file.check_root(root)
    cache.check_root(root)


def check_pen(renderings: int, stroke_augmentation: float) -> None:
    """Check the settings of how pen strokes are drawn.

    Raises:
        ConfigError: if one is out of its range.
    """
    check(1 <= renderings <= 100, "data.renderings", "from 1 to 100", renderings)
    check(
        0 <= stroke_augmentation <= 2,
        "data.stroke_augmentation",
        "from 0 to 2",
        stroke_augmentation,
    )
