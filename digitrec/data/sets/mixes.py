"""Mixes of data sets: the settings of each, and how it is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from digitrec.config.checks import check, check_fraction
from digitrec.config.groups import Data
from digitrec.config.registry import register
from digitrec.data.sets.folder import FolderData, check_folder
from digitrec.data.sets.leave_out import check_leave_out, sources_left_out
from digitrec.data.sets.single import (
    DrawingsData,
    MnistData,
    PenData,
    check_pen,
    check_stroke_files,
)
from digitrec.errors import ConfigError

if TYPE_CHECKING:
    from digitrec.data.dataset import DataSet, Examples

__all__ = ["HandsData"]


@register("mnist_pen")
@dataclass(frozen=True, kw_only=True)
class MixData(Data):
    """MNIST with pen strokes and more mixed in; tested on MNIST.

    Each of ``mnist`` to ``drawings`` is a weight: the share of an epoch that comes from there.

    Attributes:
        nondigits: Letters, scribbles and more, from which a network learns to reject.
        drawings: Drawings corrected in the window.
        drawings_path: Their file; the user's own where it is not given.
        epoch: Images that an epoch takes from all sources together.
        renderings: Drawings of each pen digit.
        stroke_augmentation: How strongly pen strokes to train on are varied.
    """

    root: str | None = None
    mnist: float = 0.6
    pen: float = 0.4
    synthetic: float = 0.0
    nondigits: float = 0.0
    drawings: float = 0.0
    drawings_path: str | None = None
    epoch: int = 60_000
    renderings: int = 4
    stroke_augmentation: float = 0.0

    def __post_init__(self) -> None:
        _check_mix(self.weights, self.epoch)
        check_pen(self.renderings, self.stroke_augmentation)

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each source, by its name."""
        sources = ("mnist", "pen", "synthetic", "nondigits", "drawings")
        return {source: getattr(self, source) for source in sources}

    @property
    def tested_on(self) -> str | None:
        """MNIST."""
        return MnistData.name

    @property
    def has_nondigits(self) -> bool:
        """Whether nondigits have a weight."""
        return self.nondigits > 0

    def check(self) -> None:
        """Check each source that is read."""
        for data in self._read().values():
            data.check()

    def load(self, validation: int) -> DataSet:
        """Return the mix."""
        loaded = {
            source: _load_pen(data, validation)
            if isinstance(data, PenData)
            else data.load(validation)
            for source, data in self._read().items()
        }
        return self._mix(loaded)

    def load_held_out(self, validation: int) -> DataSet:
        """Return the mix without its training part: none of that is drawn or made."""
        loaded = {source: data.load_held_out(validation) for source, data in self._read().items()}
        return self._mix(loaded, training=False)

    def _mix(self, loaded: Mapping[str, DataSet], *, training: bool = True) -> DataSet:
        from digitrec.data import mixture

        weights = {source: weight for source, weight in self.weights.items() if weight > 0}
        assert self.tested_on is not None
        return mixture.mix(
            self.name, weights, loaded, self.epoch, self.tested_on, training=training
        )

    def _read(self) -> dict[str, Data]:
        """Return the sources that are data sets, and have a weight or test."""
        return {
            source: data
            for source, data in self._sources().items()
            if self.weights[source] > 0 or source == self.tested_on
        }

    def _sources(self) -> dict[str, Data]:
        """Return all sources that are data sets."""
        return {
            "mnist": MnistData(root=self.root),
            "pen": PenData(
                root=self.root,
                renderings=self.renderings,
                stroke_augmentation=self.stroke_augmentation,
            ),
            "drawings": DrawingsData(path=self.drawings_path),
        }

    def load_test(self) -> tuple[Examples, str]:
        """Return MNIST's test images, and its checksum."""
        return MnistData(root=self.root).load_test()

    def last_change(self) -> int:
        """Return when the drawings, or pictures, were last changed, if they are read."""
        return max(data.last_change() for data in self._read().values())

    def without_download(self) -> Sequence[Data]:
        """Return MNIST in each folder where it may be."""
        return MnistData(root=self.root).without_download()


@register("mix")
@dataclass(frozen=True, kw_only=True)
class OwnMixData(MixData):
    """The user's own pictures with other sources mixed in; tested on the pictures.

    Each of ``mnist`` to ``folder`` is a weight: what part of an epoch comes from there.

    Attributes:
        folder: The user's own pictures.
        folder_path: Their folder, as ``root`` of ``data=folder``, whose ``held_out``, ``seed`` and
            ``writer`` these are, too.
    """

    mnist: float = 0.5
    pen: float = 0.0
    folder: float = 0.5
    folder_path: str | None = None
    held_out: float = 0.1
    seed: int = 0
    writer: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_folder(self.held_out, self.seed, self.writer)

    @property
    def pictures(self) -> FolderData:
        """The data set of the pictures alone."""
        return FolderData(
            root=self.folder_path, held_out=self.held_out, seed=self.seed, writer=self.writer
        )

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each source, by its name."""
        return {**super().weights, "folder": self.folder}

    @property
    def tested_on(self) -> str | None:
        """The pictures."""
        return FolderData.name

    @property
    def has_nondigits(self) -> bool:
        """Whether nondigits have a weight, or are among the pictures."""
        return super().has_nondigits or (self.folder > 0 and self.pictures.has_nondigits)

    def check(self) -> None:
        """Check that the folder of the pictures is named, and each source that is read."""
        if not self.folder_path:
            raise ConfigError("data.folder_path=FOLDER names the folder of your pictures")
        super().check()

    def _sources(self) -> dict[str, Data]:
        return {"folder": self.pictures, **super()._sources()}

    def load_test(self) -> tuple[Examples, str]:
        """Return the test pictures, and their checksum."""
        return self.pictures.load_test()

    def without_download(self) -> Sequence[Data]:
        """Return the pictures."""
        return [self.pictures]


@register("hands")
@dataclass(frozen=True, kw_only=True)
class HandsData(Data):
    """Digits by many hands: MNIST, pen strokes of UCI and UNIPEN, synthetic ones, and nondigits.

    Each of ``mnist`` to ``letters`` is a weight: what part of an epoch comes from there. Found as
    MNIST is. Sources (laboratories) of pen strokes that are left out test; where there are none,
    MNIST does. Of all other sources some writers validate, and never train.

    Attributes:
        nondigits: Synthetic letters, scribbles and more, from which a network learns to reject.
        letters: UNIPEN's letters and signs that nobody writes as a digit, to learn to reject.
        epoch: Images that an epoch takes from all sources together.
        renderings: Drawings of each pen digit.
        stroke_augmentation: How strongly pen strokes to train on are varied.
        added_strokes: Fraction of the pen digits that get a stroke that other people add, such as
            the slash of a 0.
        low_quality: Fraction of the pen digits that are drawn as a picture of low quality.
        leave_out: The sources to test on, such as ``"data.leave_out='uci,ibm'"``; empty for none.
    """

    root: str | None = None
    mnist: float = 0.25
    uci: float = 0.15
    unipen: float = 0.3
    synthetic: float = 0.06
    nondigits: float = 0.12
    letters: float = 0.12
    epoch: int = 60_000
    renderings: int = 8
    stroke_augmentation: float = 1.0
    added_strokes: float = 0.0
    low_quality: float = 0.3
    leave_out: str = ""

    def __post_init__(self) -> None:
        _check_mix(self.weights, self.epoch)
        check_pen(self.renderings, self.stroke_augmentation)
        check_fraction("data.added_strokes", self.added_strokes)
        check_fraction("data.low_quality", self.low_quality)
        check_leave_out(self.leave_out, "uci,ibm", may_be_empty=True)

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each source, by its name."""
        parts = ("mnist", "uci", "unipen", "synthetic", "nondigits", "letters")
        return {part: getattr(self, part) for part in parts}

    @property
    def sources_left_out(self) -> tuple[str, ...]:
        """The sources to test on, in alphabetical order."""
        return sources_left_out(self.leave_out)

    @property
    def tested_on(self) -> str | None:
        """MNIST; itself where sources are left out, whose digits have a checksum of their own."""
        return self.name if self.sources_left_out else MnistData.name

    @property
    def has_nondigits(self) -> bool:
        """Whether nondigits or letters have a weight."""
        return self.nondigits + self.letters > 0

    def check(self) -> None:
        """Check that a folder that the user named holds the files of all."""
        from digitrec.data import mnist_files

        mnist_files.check_root(self.root)
        check_stroke_files(self.root)

    def load(self, validation: int) -> DataSet:
        """Return the mix; ``validation`` of MNIST's training images are left out of it."""
        from digitrec.data.hands import images

        return images.load(self, MnistData(root=self.root).load(validation))

    def load_held_out(self, validation: int) -> DataSet:
        """Return the mix without its training part."""
        from digitrec.data.hands import images

        mnist = MnistData(root=self.root).load_held_out(validation)
        return images.load(self, mnist, training=False)

    def load_test(self) -> tuple[Examples, str]:
        """Return the digits of the sources that are left out, or MNIST's test images."""
        from digitrec.data.hands import images

        if self.sources_left_out:
            return images.load_test(self.root, self.sources_left_out)
        return MnistData(root=self.root).load_test()

    def without_download(self) -> Sequence[Data]:
        """Return MNIST in each folder where it may be, if it is the test set."""
        return [self] if self.sources_left_out else MnistData(root=self.root).without_download()


@lru_cache(maxsize=1)  # the jobs of a sweep take the same ones, one after another
def _load_pen(pen: PenData, validation: int) -> DataSet:
    return pen.load(validation)


def _check_mix(weights: Mapping[str, float], epoch: int) -> None:
    for source, weight in weights.items():
        check(0 <= weight < float("inf"), f"data.{source}", "0 or more", weight)
    check(any(weights.values()), "data", "a mix with a weight above 0", weights)
    check(epoch >= 1, "data.epoch", "at least 1", epoch)
