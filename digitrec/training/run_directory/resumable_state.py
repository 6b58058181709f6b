"""state.h5: everything that is needed to resume an unfinished run.

Format version 2: root attributes ``format`` = "digitrec-state", a text of fixed length (of variable
length in version 1), and ``format_version`` = 2; the array ``position``, the bytes of a JSON object
(see `Position`); and the arrays of the learner.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from digitrec.arrays import NamedArrays
from digitrec.errors import RunFileError
from digitrec.storage import hdf5
from digitrec.training.run_directory.metrics_file import MetricsRow
from digitrec.training.run_directory.typed_json import build
from digitrec.training.run_directory.versioned_hdf5 import read_versioned

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Position", "foreign", "read", "write"]

FORMAT, FORMAT_VERSION = "digitrec-state", 2
POSITION = "position"
START_OVER = "remove it, and the run is trained from its beginning"


@dataclass
class Position:
    """How far a run has come. With the state of the learner, all that is needed to resume it.

    Attributes:
        epoch: The epoch under way, counted from 0.
        step: The next step of that epoch.
        loss_sum: The losses of the steps of that epoch, summed; a tensor need not be waited for.
        seconds: The seconds of the steps of that epoch.
        rows: The rows of metrics.csv, of the epochs that have ended.
    """

    epoch: int = 0
    step: int = 0
    loss_sum: float | Tensor = 0.0
    seconds: float = 0.0
    rows: list[MetricsRow] = field(default_factory=list)


@dataclass(frozen=True)
class _SavedPosition:
    """A `Position` as the file holds it."""

    epoch: int
    step: int
    loss_sum: float
    seconds: float
    rows: Sequence[MetricsRow]


def write(file: Path, position: Position, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write the file in one step."""
    attributes: dict[str, hdf5.Attribute] = {"format": FORMAT, "format_version": FORMAT_VERSION}
    values = asdict(replace(position, loss_sum=float(position.loss_sum)))
    # An array, because it grows with every epoch and attributes of HDF5 are small.
    text = np.frombuffer(json.dumps(values).encode(), np.uint8)
    hdf5.write(file, attributes, {**arrays, POSITION: text})


def read(file: Path) -> tuple[Position, NamedArrays]:
    """Read the position and the arrays of the learner.

    Raises:
        RunFileError: If the file is missing, damaged, or of another format version.
    """
    content = read_versioned(file, FORMAT, version=FORMAT_VERSION, advice=START_OVER)
    try:
        values = json.loads(content.arrays.pop(POSITION).tobytes())
    except (KeyError, ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise RunFileError(file, "is damaged: it holds no position in the run", START_OVER)
    saved = build(_SavedPosition, values, file, START_OVER)
    if problem := _problem(saved):
        raise RunFileError(file, f"is damaged: {problem}", START_OVER)
    position = Position(saved.epoch, saved.step, saved.loss_sum, saved.seconds, [*saved.rows])
    return position, content.arrays


def _problem(saved: _SavedPosition) -> str | None:
    """Return what no position in a run can be."""
    if not (saved.epoch >= 0 and saved.step >= 0 and 0 <= saved.seconds < math.inf):
        return "its position is not one in a run"
    if [row.epoch for row in saved.rows] != list(range(1, saved.epoch + 1)):
        return "its rows are not those of the epochs before"
    return None


def foreign(file: Path, reason: str) -> RunFileError:
    """Return the error for a file whose arrays do not fit the learner."""
    return RunFileError(file, f"does not fit the configuration of the run ({reason})", START_OVER)
