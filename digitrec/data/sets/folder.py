"""The user's own pictures as a data set: its settings, and how it is loaded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from digitrec.config.checks import check, check_data_seed
from digitrec.config.groups import Data
from digitrec.config.registry import register
from digitrec.errors import ConfigError

if TYPE_CHECKING:
    from digitrec.data.dataset import DataSet, Examples

__all__ = ["FolderData", "check_folder"]


@register("folder")
@dataclass(frozen=True, kw_only=True)
class FolderData(Data):
    """Pictures in ``root``: a folder for each class, ``0`` to ``9``, and ``none`` for non-digits.

    Where ``root`` holds ``train`` and ``test``, and perhaps ``validation``, these are the parts,
    and they hold the folders of the classes. Otherwise the parts are split by writer, if ``writer``
    finds the writers, or else a fraction of the pictures of each digit is held out.

    Attributes:
        held_out: Fraction of the pictures, or of the writers, to test on; as many are for
            validation. 1 tests on all of them.
        seed: Chooses what is held out; the run's own seed does not.
        writer: A regular expression that finds the writer in the name of a file, such as
            ``^([a-z]+)_``: its first group, or else the whole match.
    """

    root_is_data: ClassVar[bool] = True

    root: str | None = None
    held_out: float = 0.1
    seed: int = 0
    writer: str | None = None

    def __post_init__(self) -> None:
        check_folder(self.held_out, self.seed, self.writer)

    @property
    def tested_on(self) -> str | None:
        """Itself: the test part has a checksum of its own, whatever is trained on."""
        return self.name

    @property
    def has_nondigits(self) -> bool:
        """Whether there are pictures without a digit."""
        from digitrec.data.image_folder import class_folders

        return class_folders.has_nondigits(self.root)

    def check(self) -> None:
        """Check that there are pictures of each class."""
        from digitrec.data.image_folder import class_folders

        class_folders.find(self.root, only_test=self.held_out == 1)

    def load(self, validation: int) -> DataSet:
        """Return the pictures; ``validation`` of 0 holds out none for validation."""
        from digitrec.data.image_folder import images

        return images.load(self, validation)

    def load_test(self) -> tuple[Examples, str]:
        """Return the test pictures, and their checksum."""
        from digitrec.data.image_folder import images

        return images.load_test(self)

    def last_change(self) -> int:
        """Return when a picture was last changed, added or removed."""
        from digitrec.data.image_folder import class_folders

        return class_folders.last_change(self.root)


def check_folder(held_out: float, seed: int, writer: str | None) -> None:
    """Check how pictures are split.

    Raises:
        ConfigError: if a setting is out of its range, or the regular expression cannot be read.
    """
    check(0 < held_out <= 1, "data.held_out", "above 0 and at most 1", held_out)
    check_data_seed(seed)
    if writer is None:
        return
    try:
        re.compile(writer)
    except re.error as error:
        raise ConfigError(f"data.writer={writer}: not a regular expression: {error}") from None
