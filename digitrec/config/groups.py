"""The groups of the configuration: what a choice in each can be told, and what it can do.

A choice is a frozen dataclass. Its fields are its settings, typed and with defaults; its methods
make the thing that is chosen. `digitrec.config.registry` tells how one is added.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from torch import Generator, Tensor, nn, optim

__all__ = ["GROUPS", "Augmentation", "Choice", "Data", "Logger", "Model", "Optimizer", "Schedule"]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of the choices of a group; its fields are its settings.

    Attributes:
        name: What it is chosen by, as in ``model=cnn``; set by `digitrec.config.registry.register`.
        group: The name of its group.
    """

    name: ClassVar[str]
    group: ClassVar[str]


# --- the groups: what a choice in each can do -----------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Data(Choice, ABC):
    """A data set, with the setting that all have.

    Attributes:
        task: What it is an example of: "digits", "strings", "ink" or "marks" (see
            `digitrec.training.tasks`).
        root_is_data: Whether ``root`` names the data itself, and not a folder in which the same
            files are found everywhere.
        limit: Train on this many examples, chosen by the seed of the run; all by default.
    """

    group: ClassVar[str] = "data"
    task: ClassVar[str] = "digits"
    root_is_data: ClassVar[bool] = False

    limit: int | None = None

    def check(self) -> None:
        """Check quickly, before work begins, that the data can be had; reads no images.

        Raises:
            DigitrecError: if not.
        """

    def check_validation(self, count: int) -> None:
        """Check that this many training examples can be held out for validation.

        Raises:
            ConfigError: if not.
        """

    @abstractmethod
    def load(self, validation: int) -> Any:
        """Return a `digitrec.data.dataset.DataSet`, ``validation`` training examples held out.

        Raises:
            DigitrecError: if the data cannot be read.
        """

    def load_held_out(self, validation: int) -> Any:
        """Return what `load` returns, without the training examples where that saves time.

        The training part may be empty; all else is the same. A data set whose training examples
        take long to make has a method of its own.

        Raises:
            DigitrecError: if the data cannot be read.
        """
        return self.load(validation)

    @abstractmethod
    def load_test(self) -> tuple[Any, str]:
        """Return the test examples alone, and the checksum that identifies them.

        Raises:
            DigitrecError: if the data cannot be read.
        """

    @property
    def tested_on(self) -> str | None:
        """The name of the data set whose test part it uses, where that is another's."""
        return None

    @property
    def has_nondigits(self) -> bool:
        """Whether there are images without a digit in it, from which a network learns to reject."""
        return False

    def last_change(self) -> int:
        """Return when the user's own files that it is made from were last changed.

        Returns:
            Nanoseconds since 1970; 0 where there are none.
        """
        return 0

    def without_download(self) -> Sequence[Data]:
        """Return the choices by which the same test images may be found on this machine."""
        return [self]


@dataclass(frozen=True, kw_only=True)
class Model(Choice, ABC):
    """A network.

    Attributes:
        task: What it reads: "digits", "strings", "ink" or "marks".
        trainable: Whether a run can train it; an ensemble is made of trained networks.
        before: The value of a setting in networks that were saved before it existed.
    """

    group: ClassVar[str] = "model"
    task: ClassVar[str] = "digits"
    trainable: ClassVar[bool] = True
    before: ClassVar[Mapping[str, Any]] = {}

    @abstractmethod
    def build(self) -> nn.Module:
        """Make the network, its weights drawn from PyTorch's global generator."""


@dataclass(frozen=True, kw_only=True)
class Optimizer(Choice, ABC):
    """An optimizer, with the settings that all have."""

    group: ClassVar[str] = "optimizer"
    lr: float
    weight_decay: float = 0.0

    @abstractmethod
    def build(self, parameters: Iterable[nn.Parameter]) -> optim.Optimizer:
        """Make the optimizer of these parameters."""


@dataclass(frozen=True, kw_only=True)
class Schedule(Choice, ABC):
    """The learning rate over a run, as a factor of ``optimizer.lr``.

    Attributes:
        extends: Whether the factor at a step is the same however many epochs the run has, so that
            a run can go on for more.
    """

    group: ClassVar[str] = "schedule"
    extends: ClassVar[bool] = False

    @abstractmethod
    def factor(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        """Return the factor at a step, counted from 0 over the whole run."""


@dataclass(frozen=True, kw_only=True)
class Augmentation(Choice, ABC):
    """A random variation of training images."""

    group: ClassVar[str] = "augment"

    @abstractmethod
    def __call__(self, images: Tensor, generator: Generator) -> Tensor:
        """Vary images (N, 1, H, W) in [0, 1]; the same shape and range.

        Args:
            images: On any device.
            generator: A CPU one, from which all that is random comes: the numbers are then the same
                on all devices.
        """


@dataclass(frozen=True, kw_only=True)
class Logger(Choice):
    """A program that is told of a run; the run directory stays the record."""

    group: ClassVar[str] = "logger"

    def check(self) -> None:
        """Check, before work begins, that the logger is installed.

        Raises:
            DigitrecError: if it is not.
        """

    def start(self, config: Any, folder: Any) -> Any:
        """Return what is told of the run, a `Backend` of `digitrec.training.loggers.log`, or None.

        Args:
            config: The `digitrec.config.train_config.TrainConfig` of the run.
            folder: Its run directory.
        """
        return None


GROUPS: Mapping[str, type[Choice]] = {
    kind.group: kind for kind in (Data, Model, Optimizer, Schedule, Augmentation, Logger)
}
"""The groups of the configuration, by name."""
