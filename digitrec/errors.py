"""The package's exceptions, as one tree.

DigitrecError       a mistake that the user can mend, in one line
├── ConfigError     a setting that does not exist, or a value that it cannot have
│   ├── UnknownSettingError
│   └── UnknownChoiceError
│       └── UnregisteredChoiceError
├── HDF5Error       a file that is not an HDF5 file, or holds more than plain data
├── RunFileError    a file of a run directory that is missing or damaged
├── CheckpointError a file without a network that this version can use
├── PictureError    a picture that cannot be opened, or is not a picture
├── LockedError     another process is working on the same thing
├── Interrupted     a signal stopped the run, and its state is saved
└── Pruned          a search ended the run early

Errors of the system, such as a full disk, are in `digitrec.storage.writing_errors`.
"""

from __future__ import annotations

import re
from pathlib import Path

from digitrec.message_text import printable

__all__ = [
    "CheckpointError",
    "ConfigError",
    "DigitrecError",
    "HDF5Error",
    "Interrupted",
    "LockedError",
    "PictureError",
    "Pruned",
    "RunFileError",
    "UnknownChoiceError",
    "UnknownSettingError",
    "UnregisteredChoiceError",
]


class DigitrecError(Exception):
    """A mistake the user can mend: one line that says what is wrong, where, and what to do."""

    def __init__(self, message: str) -> None:
        # Messages quote other libraries' errors, which may run over several lines, and names out of
        # files, which may hold what a terminal obeys.
        # Spaces stay: they may be part of a name in a command to paste.
        line = re.sub(r"[ \t]*[\r\n\v\f]\s*|\t", " ", message.strip())
        super().__init__(printable(line))


class ConfigError(DigitrecError):
    """A setting that does not exist, or a value that it cannot have."""


class UnknownSettingError(ConfigError):
    """A setting that does not exist, or does not belong to the choice that was made.

    Attributes:
        key: The setting, such as ``optimizer.momentum``.
    """

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


class UnknownChoiceError(ConfigError):
    """A choice that no group of the configuration has.

    Attributes:
        group: Of the configuration, such as ``model``.
        choice: What it was to be.
        advice: What the user can do.
    """

    def __init__(self, group: str, choice: str, advice: str) -> None:
        super().__init__(f"no {group} is called {choice!r}; {advice}")
        self.group, self.choice, self.advice = group, choice, advice


class UnregisteredChoiceError(UnknownChoiceError):
    """A choice of a plugin that a file names, and the command does not."""


class HDF5Error(DigitrecError):
    """A file that is not an HDF5 file, or holds more than plain data.

    Attributes:
        file: The file.
        problem: What is wrong with it, such as "is empty".
        advice: What the user can do about just this, where something is known.
    """

    def __init__(self, file: Path, problem: str, advice: str | None = None) -> None:
        super().__init__(f"{file} {problem}{f'; {advice}' if advice else ''}")
        self.file, self.problem, self.advice = file, problem, advice


class RunFileError(DigitrecError):
    """A file of a run directory that is missing, damaged, or of another version of the format.

    Attributes:
        file: The file.
        problem: What is wrong with it, such as "is missing".
        advice: What the user can do.
    """

    def __init__(self, file: Path, problem: str, advice: str) -> None:
        super().__init__(f"{file} {problem}; {advice}")
        self.file, self.problem, self.advice = file, problem, advice

    @property
    def without_folder(self) -> str:
        """The message with the name of the file alone, for use where the folder stands beside."""
        return f"{self.file.name} {self.problem}; {self.advice}"


class CheckpointError(DigitrecError):
    """A file without a network that this version can use."""


class PictureError(DigitrecError):
    """A picture that cannot be opened, or something that is not a picture.

    Attributes:
        problem: What is wrong with it, such as "an empty file", without the name of the picture.
        name: That name; empty where it is not known.
    """

    def __init__(self, problem: str, name: str = "") -> None:
        super().__init__(f"{name}: {problem}" if name else problem)
        self.problem = str(DigitrecError(problem))
        self.name = name

    def __reduce__(self) -> tuple[type[PictureError], tuple[str, str]]:
        # By default an exception is made again of its message alone.
        return PictureError, (self.problem, self.name)


class LockedError(DigitrecError):
    """Another process is working on the same thing."""


class Interrupted(DigitrecError):
    """A run was stopped by a signal; its state is saved and the message says how to go on."""

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.signal_number = signal_number


class Pruned(DigitrecError):
    """A search ended a run early, because others were better."""
