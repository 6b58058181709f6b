"""Open, create and lock the directory of a run, and read and write its files."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt
import yaml

from digitrec.arrays import NamedArrays
from digitrec.config.conversion import from_dict, to_dict
from digitrec.config.train_config import TrainConfig
from digitrec.errors import (
    ConfigError,
    DigitrecError,
    RunFileError,
    UnknownChoiceError,
    UnknownSettingError,
    UnregisteredChoiceError,
)
from digitrec.storage import atomic
from digitrec.storage.file_names import cut_name, target_of
from digitrec.storage.locks import locked
from digitrec.storage.regular_files import read_text
from digitrec.storage.writing_errors import DiskFullError
from digitrec.training.run_directory import (
    environment_file,
    metrics_file,
    predictions_file,
    result_file,
    resumable_state,
)
from digitrec.training.run_directory.environment_file import Environment
from digitrec.training.run_directory.location import check_target, name_another, new_run_path
from digitrec.training.run_directory.metrics_file import MetricsRow
from digitrec.training.run_directory.predictions_file import Predictions, StringPredictions
from digitrec.training.run_directory.result_file import Result
from digitrec.training.run_directory.resumable_state import Position
from digitrec.training.run_directory.typed_json import TRAIN_AGAIN

__all__ = ["RUN_FILES", "RunDir", "SilentRunDir"]

CONFIG, ENVIRONMENT, METRICS = "config.yaml", "environment.json", "metrics.csv"
RESULT, MODEL, PREDICTIONS = "result.json", "model.h5", "predictions.h5"
STATE, LOCK = "state.h5", ".lock"

MAX_CONFIG_BYTES = 2**17  # PyYAML reads some 100 kB in a second
CONFIG_START, CONFIG_END = "---", "..."  # of a document of YAML; earlier versions wrote neither

RUN_FILES = frozenset((CONFIG, RESULT, PREDICTIONS, METRICS, STATE))
"""A folder that holds one of these files is the directory of a run, whole or damaged."""


@dataclass(frozen=True)
class RunDir:
    """The directory of a run that has begun.

    Attributes:
        path: The directory.
    """

    path: Path

    @classmethod
    def create(cls, config: TrainConfig, environment: Environment) -> RunDir:
        """Make the directory of a new run; it appears with its configuration, or not at all.

        Raises:
            DigitrecError: If it cannot be written or is not empty.
        """
        check_target(config)
        path = target_of(new_run_path(config))
        part = path.with_name(f".{cut_name(path.name)}.{secrets.token_hex(4)}.part")
        new = [folder for folder in path.parents if not folder.exists()]
        try:
            part.mkdir(parents=True)
            environment_file.write(part / ENVIRONMENT, environment)
            cls(part).write_config(config)
            part.replace(path)  # onto an empty folder too, but never onto one that holds a file
        except OSError as error:
            shutil.rmtree(part, ignore_errors=True)
            for folder in new:
                with contextlib.suppress(OSError):
                    folder.rmdir()
            if isinstance(error, DiskFullError):
                error = error.of(path)
            raise DigitrecError(
                f"cannot make the run directory {path}: {error.strerror}; {name_another()}"
            ) from None
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> tuple[RunDir, TrainConfig]:
        """Open the directory of a run that has begun, and read its configuration.

        Raises:
            RunFileError: If ``path`` is not a folder, or the configuration is missing or damaged,
                or has settings that this version does not know.
        """
        file = path / CONFIG
        try:
            text = read_text(file, MAX_CONFIG_BYTES)
            values = yaml.safe_load(text)
        except OSError as error:
            raise _unopened(file, error) from None
        # Damaged text makes PyYAML raise almost anything, such as a KeyError of "!!bool x".
        except Exception:
            raise RunFileError(file, "is damaged: it is not valid YAML", TRAIN_AGAIN) from None
        if not isinstance(values, dict):
            raise RunFileError(file, "is damaged: it holds no settings", TRAIN_AGAIN)
        # What is cut off would take its default, and the run go on as another.
        lines = text.strip().splitlines()
        if lines[0] == CONFIG_START and lines[-1] != CONFIG_END:
            problem = f'is damaged: its end is cut off (its last line is not "{CONFIG_END}")'
            raise RunFileError(file, problem, f"put back the whole file, or {TRAIN_AGAIN}")
        try:
            return cls(path), from_dict(values)
        except UnknownSettingError as error:
            problem = f"has a setting that this version of digitrec does not know: {error.key}"
        except UnregisteredChoiceError as error:
            choice = f"{error.group}={error.choice}"
            raise RunFileError(file, f"chooses {choice} of a plugin", error.advice) from None
        except UnknownChoiceError as error:
            choice = f"{error.group}={error.choice}"
            problem = f"has a choice that this version of digitrec does not know: {choice}"
        except ConfigError as error:
            problem = f"has a value that this version of digitrec does not accept: {error}"
        raise RunFileError(file, problem, f"use the version that wrote it, or {TRAIN_AGAIN}")

    def write_config(self, config: TrainConfig) -> None:
        """Write config.yaml; for a run that is extended, it keeps the time when the run began."""
        began = self.config_file.stat().st_mtime_ns if self.config_file.exists() else None
        text = yaml.safe_dump(
            to_dict(config), sort_keys=False, explicit_start=True, explicit_end=True
        )
        atomic.write_text(self.config_file, text)
        if began is not None:
            os.utime(self.config_file, ns=(began, began))

    @property
    def model(self) -> Path:
        """Path of the checkpoint file of the trained network."""
        return self.path / MODEL

    @property
    def config_file(self) -> Path:
        """Path of config.yaml, whose modification time is when the run began."""
        return self.path / CONFIG

    def has(self, name: str) -> bool:
        """Return whether the directory holds the file of that name."""
        return (self.path / name).is_file()

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes from training this run; raises `LockedError` at once."""
        file, held = self.path / LOCK, False
        try:
            with locked(file, str(self.path)):
                held = True
                yield
        finally:
            # Windows does not remove an open file, so that `end` may have left it.
            if held and (self.has_ended or not self.has(STATE)):
                _remove_if_free(file)

    def environment(self) -> Environment:
        """Return what was recorded when the run began; raises `RunFileError`."""
        return environment_file.read(self.path / ENVIRONMENT)

    def result(self) -> Result | None:
        """Return the last result that was written, None if there is none; raises `RunFileError`."""
        return result_file.read(self.path / RESULT) if self.has(RESULT) else None

    def is_finished(self) -> bool:
        """Return whether the run has come to its end; raises `RunFileError`."""
        result = self.result()
        return result is not None and result.status == "finished"

    def write_result(self, result: Result) -> None:
        """Replace result.json."""
        result_file.write(self.path / RESULT, result)

    def metrics(self) -> list[MetricsRow]:
        """Return the epochs that have ended; raises `RunFileError`."""
        return metrics_file.read(self.path / METRICS)

    def write_metrics(self, rows: Sequence[MetricsRow]) -> None:
        """Replace metrics.csv."""
        metrics_file.write(self.path / METRICS, rows)

    def predictions(self) -> Predictions | StringPredictions:
        """Return the trained network's predictions of the test images; raises `RunFileError`."""
        return predictions_file.read(self.path / PREDICTIONS)

    def write_predictions(self, predictions: Predictions | StringPredictions) -> None:
        """Write predictions.h5."""
        predictions_file.write(self.path / PREDICTIONS, predictions)

    def state(self) -> tuple[Position, NamedArrays] | None:
        """Return the last saved position and the arrays of the learner.

        None if nothing was saved yet; raises `RunFileError`.
        """
        file = self.path / STATE
        return resumable_state.read(file) if file.exists() else None

    @property
    def has_state(self) -> bool:
        """Whether a state was saved to resume from."""
        return self.has(STATE)

    def foreign_state(self, reason: str) -> RunFileError:
        """Return the error for a state whose arrays do not fit the learner of this run."""
        return resumable_state.foreign(self.path / STATE, reason)

    def write_state(self, position: Position, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Replace the state to resume from."""
        resumable_state.write(self.path / STATE, position, arrays)

    @property
    def has_ended(self) -> bool:
        """Whether the run is finished, as far as its files can be read."""
        with contextlib.suppress(RunFileError, OSError):
            return self.is_finished()
        return False

    def end(self, keep_state: bool = False) -> None:
        """Remove what a run that has ended no longer needs, and what killed writers left behind.

        Args:
            keep_state: Keep the state, from which the run can go on for more epochs.
        """
        if not keep_state:
            (self.path / STATE).unlink(missing_ok=True)
        _remove_if_free(self.path / LOCK)
        atomic.remove_partial(self.path)


class SilentRunDir(RunDir):
    """The directory of a run, for a process that trains it beside the one that writes."""

    def write_config(self, config: TrainConfig) -> None:
        """Write nothing."""

    def write_metrics(self, rows: Sequence[MetricsRow]) -> None:
        """Write nothing."""

    def write_result(self, result: Result) -> None:
        """Write nothing."""

    def write_predictions(self, predictions: Predictions | StringPredictions) -> None:
        """Write nothing."""

    def write_state(self, position: Position, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Write nothing."""

    def end(self, keep_state: bool = False) -> None:
        """Remove nothing."""


def _unopened(file: Path, error: OSError) -> RunFileError:
    """Say why the configuration cannot be read, or that no folder is there to hold it."""
    advice = "name the folder of a run"
    if isinstance(error, NotADirectoryError):
        return RunFileError(file.parent, "is not a folder", advice)
    if not isinstance(error, FileNotFoundError):
        return RunFileError(file, f"cannot be read: {error.strerror}", advice)
    if not file.parent.exists():
        return RunFileError(file.parent, "does not exist", advice)
    return RunFileError(file, "is missing", f"{advice}, or {TRAIN_AGAIN}")


def _remove_if_free(file: Path) -> None:
    with contextlib.suppress(PermissionError):  # of Windows, where some process has it open
        file.unlink(missing_ok=True)
