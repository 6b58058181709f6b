"""Finished runs read back from their folders to be compared, and what is wrong with others.

A folder is believed only where its files agree with each other: the errors that result.json counts
are those that predictions.h5 shows, on the test images that environment.json names.
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from digitrec.arrays import BoolArray, Uint8Array
from digitrec.config.conversion import flatten, to_dict
from digitrec.config.groups import Data
from digitrec.config.train_config import TrainConfig
from digitrec.errors import DigitrecError
from digitrec.storage import hdf5
from digitrec.training.run_directory import PREDICTIONS_FORMAT, RunDir, experiment_name

__all__ = ["Problem", "Run", "Setting", "TestSet", "read_runs"]

VERSION = 1  # of predictions.h5
STATUS = {
    "running": "is still running, or was killed",
    "interrupted": "was stopped before its end",
    "failed": "failed before its end",
}

Setting = str | int | float | bool | None


@dataclass(frozen=True, order=True)
class TestSet:
    """The images that a run was scored on. Two runs had the same if these are all equal.

    Attributes:
        name: of the data set.
        checksum: of the data set's files or images.
        count: number of test images.
    """

    name: str
    checksum: str
    count: int

    def __str__(self) -> str:
        return f"{self.name} ({self.count:,} images, checksum {self.checksum})"


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run.

    Attributes:
        folder: the run's directory.
        experiment: the name of its experiment.
        seed: the seed.
        settings: all settings by their flat names: ``model`` for the choice of a group, and
            ``model.width`` for a setting of that choice.
        parameters: number of parameters of the network.
        train_seconds: how long it was trained.
        test_set: the images that it was scored on, N of them.
        labels: uint8 (N,), the true digits of the test images.
        answers: uint8 (N,), the digits that the network read.
        epochs: the rows of metrics.csv.
        environment: what environment.json holds.
        data: the configuration of the data set.
    """

    folder: Path
    experiment: str
    seed: int
    settings: Mapping[str, Setting]
    parameters: int
    train_seconds: float
    test_set: TestSet
    labels: Uint8Array
    answers: Uint8Array
    epochs: Sequence[Mapping[str, float | None]]
    environment: Mapping[str, Any]
    data: Data

    @property
    def wrong(self) -> BoolArray:
        """Which test images the network misreads: bool (N,)."""
        wrong: BoolArray = self.labels != self.answers
        return wrong


@dataclass(frozen=True)
class Problem:
    """A folder that cannot be compared, and the reason in one line."""

    folder: Path
    reason: str


def read_runs(folders: Iterable[Path]) -> tuple[list[Run], list[Problem]]:
    """Read runs; return those that can be compared, and of each other folder the problem."""
    runs: list[Run] = []
    problems: list[Problem] = []
    labels: dict[TestSet, Uint8Array] = {}
    for folder in folders:
        try:
            run = read_run(folder)
        except DigitrecError as error:
            problems.append(Problem(folder, str(error)))
            continue
        if not np.array_equal(labels.setdefault(run.test_set, run.labels), run.labels):
            reason = f"predictions.h5 has other labels than other runs on {run.test_set}"
            problems.append(Problem(folder, reason))
            continue
        runs.append(run)
    return runs, problems


def read_run(folder: Path) -> Run:
    """Read a finished run.

    Raises:
        DigitrecError: one line on what is missing, damaged, unfinished or does not fit.
    """
    try:
        return _read(folder)
    except DigitrecError as error:
        # The folder is named beside the message: in the message it would be there twice.
        raise DigitrecError(str(error).replace(f"{folder}{os.sep}", "")) from None


def _read(folder: Path) -> Run:
    _check_there(folder, "config.yaml")
    try:
        opened, config = RunDir.open(folder)
    except DigitrecError as error:
        if " is called " not in str(error):
            raise
        what = str(error).partition("; choose from")[0]
        raise DigitrecError(f"{what}: was it written by a later digitrec?") from None
    result = opened.result()
    _check_finished(folder, result)
    if not config.score_test:
        raise DigitrecError("with score_test=false the test images were left alone")
    _check_there(folder, "environment.json", "predictions.h5", "metrics.csv")
    environment = opened.environment()
    test_set, labels, answers = _predictions(folder / "predictions.h5")
    errors, counted = int((labels != answers).sum()), _number(result, "test_errors")
    if (errors, test_set.count) != (counted, _number(result, "test_count")):
        raise DigitrecError(
            f"predictions.h5 shows {errors:,} errors of {test_set.count:,}, and result.json "
            f"{counted:,.0f} of {_number(result, 'test_count'):,.0f}: they are not of one run"
        )
    if config.data.tested_on is None:
        _check_test_set(test_set, environment.get("data"), config.data.name)
    _check_same(result, config)
    return Run(
        folder=folder,
        experiment=experiment_name(config),
        seed=config.seed,
        settings=_settings(config),
        parameters=int(_number(result, "parameters")),
        train_seconds=_number(result, "train_seconds"),
        test_set=test_set,
        labels=labels,
        answers=answers,
        epochs=_metrics(folder / "metrics.csv"),
        environment=environment,
        data=config.data,
    )


def _check_same(result: Mapping[str, Any], config: TrainConfig) -> None:
    """Check that the configuration is that of the result, which part of a file is not."""
    asked = {
        "experiment": experiment_name(config),
        "model": config.model.name,
        "seed": config.seed,
        "epochs": config.epochs,
    }
    for name, value in asked.items():
        if name in result and result[name] != value:
            raise DigitrecError(
                f"config.yaml has {name}={value}, and result.json {result[name]}: "
                "one of them is damaged, or they are not of one run"
            )


def _check_test_set(test_set: TestSet, recorded: Any, name: str) -> None:
    if recorded != {"name": test_set.name, "checksum": test_set.checksum}:
        raise DigitrecError(
            f"predictions.h5 is of other test images, {test_set}, than environment.json names"
        )
    if test_set.name != name:
        raise DigitrecError(f"predictions.h5 is of data={test_set.name}, and config.yaml of {name}")


def _check_there(folder: Path, *names: str) -> None:
    for name in names:
        if not (folder / name).is_file():
            raise DigitrecError(f"{name} is missing")


def _check_finished(folder: Path, result: Mapping[str, Any]) -> None:
    if not result:
        raise DigitrecError(f"result.json is missing; resume={folder} goes on with the run")
    status = result.get("status")
    if status == "pruned":
        raise DigitrecError("a search gave the run up, because it promised too little")
    if status != "finished":
        told = STATUS.get(str(status), f"has a status that is not known, {status!r}")
        raise DigitrecError(f"the run {told}; resume={folder} goes on with it")


def _predictions(
    path: Path,
) -> tuple[TestSet, Uint8Array, Uint8Array]:
    content = hdf5.read(path)
    attributes = content.attributes
    if attributes.get("format") != PREDICTIONS_FORMAT:
        raise DigitrecError(f"{path.name} holds no predictions")
    version = attributes.get("format_version")
    if version != VERSION:
        raise DigitrecError(
            f"{path.name} is of format version {version}, and this digitrec reads {VERSION}: "
            "compare with the digitrec that wrote it"
        )
    name, checksum = attributes.get("data"), attributes.get("checksum")
    logits, labels = content.arrays.get("logits"), content.arrays.get("labels")
    if (
        not isinstance(name, str)
        or not isinstance(checksum, str)
        or logits is None
        or labels is None
        or labels.shape != (len(labels),)
        or logits.shape != (len(labels), 10)
        or len(labels) == 0
        or not np.isfinite(logits).all()
        or not ((labels >= 0) & (labels <= 9)).all()
    ):
        raise DigitrecError(f"{path.name} is damaged: its logits and labels do not fit")
    answers = logits.argmax(axis=1).astype(np.uint8)
    return TestSet(name, checksum, len(labels)), labels.astype(np.uint8), answers


def _metrics(path: Path) -> list[dict[str, float | None]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = [
                {key: float(value) if value else None for key, value in row.items()}
                for row in csv.DictReader(stream)
            ]
    except (OSError, ValueError, TypeError, csv.Error):
        rows = []
    if not rows or not all({"epoch", "train_loss", "seconds"} <= set(row) for row in rows):
        raise DigitrecError(f"{path.name} is damaged: it is no table of epochs")
    return rows


def _number(result: Mapping[str, Any], name: str) -> float:
    value = result.get(name)
    if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise DigitrecError(f"result.json is damaged: {name} is {value!r}")
    return value


def _settings(config: TrainConfig) -> dict[str, Setting]:
    return {key.removesuffix(".name"): value for key, value in flatten(to_dict(config)).items()}
