"""environment.json: where and with what a run was trained, so that it can be repeated."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from digitrec.training.run_directory.typed_json import build, read_object, write_object

__all__ = [
    "CheckpointIdentity",
    "DataIdentity",
    "Environment",
    "GitState",
    "Origins",
    "read",
    "write",
]


@dataclass(frozen=True)
class DataIdentity:
    """What identifies a data set.

    Attributes:
        name: The name of the data set, such as ``mnist``.
        checksum: 16 hex digits over its files or images.
    """

    name: str
    checksum: str

    def __str__(self) -> str:
        return f"{self.name}, checksum {self.checksum}"


@dataclass(frozen=True)
class GitState:
    """The state of the checkout that the code is from.

    Attributes:
        commit: 40 hex digits.
        changed: Whether files were changed since that commit.
    """

    commit: str
    changed: bool


@dataclass(frozen=True)
class CheckpointIdentity:
    """Which checkpoint file a run started from, learnt from or averages.

    Attributes:
        file: The path of the file.
        checksum: 16 hex digits over its bytes.
    """

    file: str
    checksum: str


@dataclass(frozen=True)
class Origins:
    """The networks that the network of a run comes from.

    Attributes:
        init: The weights that it begins with; None for random ones.
        teacher: The network that it learns from, if there is one.
        mean_of: The networks of whose weights it is the mean, if it is not trained.
        members: The networks of whose logits it is the mean, if it is not trained.
    """

    init: CheckpointIdentity | None = None
    teacher: CheckpointIdentity | None = None
    mean_of: Sequence[CheckpointIdentity] = ()
    members: Sequence[CheckpointIdentity] = ()


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The content of environment.json.

    Attributes:
        versions: The versions of Python and of packages; None for one that is not installed.
        platform: The operating system.
        device: ``cpu``, ``cuda`` or ``mps``.
        device_name: The name of the processor or of the GPU.
        threads: How many threads PyTorch used.
        deterministic_algorithms: Whether PyTorch used deterministic algorithms only.
        git: None outside of a git checkout.
        data: The data set that the run was trained on.
        seeding: The seed, and how all random numbers come from it.
        command: The words of the command line.
        init: The weights that the run began with; None for random ones.
        teacher: The network that the run learnt from; None where it had no teacher.
        mean_of: The networks of whose weights it is the mean; none where it was trained.
        members: The networks of whose logits it is the mean; none where it was trained.
        plugins: Of each module that is not digitrec's own and defines a choice of the run, 16 hex
            digits over its file.
    """

    versions: Mapping[str, str | None]
    platform: str
    device: str
    device_name: str
    threads: int
    deterministic_algorithms: bool
    git: GitState | None
    data: DataIdentity
    seeding: Mapping[str, object]
    command: Sequence[str]
    init: CheckpointIdentity | None = None
    teacher: CheckpointIdentity | None = None
    mean_of: Sequence[CheckpointIdentity] = ()
    members: Sequence[CheckpointIdentity] = ()
    plugins: Mapping[str, str] = field(default_factory=dict)


def write(file: Path, environment: Environment) -> None:
    """Write the file in one step."""
    write_object(file, dataclasses.asdict(environment))


def read(file: Path) -> Environment:
    """Read the file.

    Raises:
        RunFileError: If it is missing or damaged.
    """
    return build(Environment, read_object(file), file)
