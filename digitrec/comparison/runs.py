"""Read finished runs for a comparison, and say why a folder cannot be compared.

The files of a folder must agree with each other: predictions.h5 shows as many errors as result.json
counts, on the test images that environment.json names.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from digitrec.arrays import BoolArray, Uint8Array
from digitrec.config.conversion import flatten, to_dict
from digitrec.config.groups import Data
from digitrec.config.shell_words import command, path_setting
from digitrec.config.train_config import TrainConfig
from digitrec.data.clusters import Clusters
from digitrec.errors import DigitrecError, RunFileError
from digitrec.message_text import printable, shorten
from digitrec.training.run_directory import (
    Environment,
    MetricsRow,
    Predictions,
    Result,
    RunDir,
    Status,
    experiment_name,
)

__all__ = ["Problem", "Run", "Setting", "TestSet", "read_runs"]

STATUS: dict[Status, str] = {
    "running": "is still running, or was killed",
    "interrupted": "was stopped before its end",
    "failed": "failed before its end",
}

Setting = str | int | float | bool | None


@dataclass(frozen=True, order=True)
class TestSet:
    """The images that a run was scored on. Two runs had the same if these are all equal.

    Attributes:
        name: Of the data set.
        checksum: Of the data set's files or images.
        count: Number of test images.
    """

    name: str
    checksum: str
    count: int

    def __str__(self) -> str:
        checksum = shorten(self.checksum)
        return f"{shorten(self.name)} ({self.count:,} images, checksum {checksum})"


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run.

    Attributes:
        folder: The run's directory.
        experiment: The name of its experiment.
        seed: The seed.
        settings: All settings by their flat names: ``model`` for the choice of a group, and
            ``model.width`` for a setting of that choice.
        parameters: Number of parameters of the network.
        train_seconds: How long it was trained.
        test_set: The images that it was scored on, N of them.
        labels: uint8 (N,), the true digits of the test images; of strings, ink and marks (N, M),
            as `digitrec.training.run_directory.StringPredictions` has them.
        answers: The same shape, what the network read.
        epochs: The rows of metrics.csv.
        clusters: Which test images depend on each other; None if none is known to.
        environment: Where and with what it was trained.
        data: The configuration of the data set.
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
    clusters: Clusters | None
    epochs: Sequence[MetricsRow]
    environment: Environment
    data: Data

    @property
    def wrong(self) -> BoolArray:
        """Which test images the network misreads: bool (N,)."""
        return misread(self.labels, self.answers)

    @property
    def plugins(self) -> tuple[tuple[str, str], ...]:
        """The user's own modules that it was trained with, each with its checksum."""
        return tuple(sorted(self.environment.plugins.items()))

    @property
    def averaged_networks(self) -> int:
        """How many networks its weights are the mean of; 0 where it was trained."""
        return len(self.environment.mean_of)

    @property
    def chance(self) -> frozenset[int | str]:
        """What chance decided in it: its seed, and the checksums of the networks it combines.

        Two runs of a recipe that have one of these in common are not independent of each other.
        """
        combined = (*self.environment.mean_of, *self.environment.members)
        return frozenset((self.seed, *(network.checksum for network in combined)))


def misread(labels: Uint8Array, answers: Uint8Array) -> BoolArray:
    """Return which of N images are misread, bool (N,); a string is, if any part of it is."""
    wrong: BoolArray = (labels != answers).reshape(len(labels), -1).any(axis=1)
    return wrong


@dataclass(frozen=True)
class Problem:
    """A folder that cannot be compared, and the reason in one line."""

    folder: Path
    reason: str


def read_runs(folders: Iterable[Path]) -> tuple[list[Run], list[Problem]]:
    """Read runs; return those that can be compared, and the problem of each other folder.

    What one run tells of which test images depend on each other holds for all with these images.
    """
    runs: list[Run] = []
    problems: list[Problem] = []
    labels: dict[TestSet, Uint8Array] = {}
    clusters: dict[TestSet, Clusters] = {}
    for folder in folders:
        try:
            run = read_run(folder)
        except RunFileError as error:
            problems.append(Problem(folder, printable(error.without_folder)))
            continue
        except DigitrecError as error:
            problems.append(Problem(folder, str(error)))
            continue
        except OSError as error:  # such as a folder that cannot be looked into
            problems.append(Problem(folder, f"cannot be read: {error.strerror or error}"))
            continue
        if not np.array_equal(labels.setdefault(run.test_set, run.labels), run.labels):
            reason = f"predictions.h5 has different labels from other runs on {run.test_set}"
            problems.append(Problem(folder, reason))
            continue
        told = run.clusters
        if told and (clusters.setdefault(run.test_set, told).numbers != told.numbers).any():
            reason = f"predictions.h5 has different writers from other runs on {run.test_set}"
            problems.append(Problem(folder, reason))
            continue
        runs.append(run)
    # Runs of earlier versions do not tell, and have the same images.
    return [replace(run, clusters=clusters.get(run.test_set)) for run in runs], problems


def read_run(folder: Path) -> Run:
    """Read a finished run.

    Raises:
        RunFileError: if a file is missing or damaged.
        DigitrecError: if the run is not finished, has no test score, or its files disagree.
    """
    opened, config = RunDir.open(folder)
    result = _finished_result(opened)
    if not config.score_test:
        raise DigitrecError("it was not scored on the test set (score_test=false)")
    environment, predictions = opened.environment(), opened.predictions()
    test_set = TestSet(
        printable(predictions.data.name),
        printable(predictions.data.checksum),
        len(predictions.labels),
    )
    labels = predictions.labels.astype(np.uint8)
    errors = int(misread(labels, predictions.answers).sum())
    if (errors, test_set.count) != (result.test_errors, result.test_count):
        raise DigitrecError(
            f"predictions.h5 shows {errors:,} errors of {test_set.count:,}, and result.json "
            f"{result.test_errors} of {result.test_count}: they belong to different runs"
        )
    if config.data.tested_on is None:
        _check_test_set(test_set, predictions.data == environment.data, config.data.name)
    _check_same(result, config)
    return Run(
        folder=folder,
        experiment=printable(experiment_name(config)),
        seed=config.seed,
        settings=_settings(config),
        parameters=result.parameters,
        train_seconds=_seconds(result),
        test_set=test_set,
        labels=labels,
        answers=predictions.answers,
        clusters=predictions.clusters if isinstance(predictions, Predictions) else None,
        epochs=opened.metrics(),
        environment=environment,
        data=config.data,
    )


def _finished_result(run: RunDir) -> Result:
    """Return the result of a run, if it is finished."""
    result = run.result()
    resume = command("train", path_setting("resume", run.path))
    if result is None:
        raise DigitrecError(f"result.json is missing; {resume} resumes the run")
    if result.status == "pruned":
        raise DigitrecError("a search stopped the run before its end, because others were better")
    if result.status != "finished":
        raise DigitrecError(f"the run {STATUS[result.status]}; {resume} resumes it")
    return result


def _check_same(result: Result, config: TrainConfig) -> None:
    """Check that result and configuration belong to the same run."""
    asked = {
        "experiment": experiment_name(config),
        "model": config.model.name,
        "seed": config.seed,
        "epochs": config.epochs,
    }
    for name, value in asked.items():
        if getattr(result, name) != value:
            raise DigitrecError(
                f"config.yaml has {name}={value}, and result.json {getattr(result, name)}: "
                "one of them is damaged, or they belong to different runs"
            )


def _check_test_set(test_set: TestSet, recorded: bool, name: str) -> None:
    if not recorded:
        raise DigitrecError(
            f"predictions.h5 belongs to {test_set}, and environment.json names other test images"
        )
    if test_set.name != name:
        raise DigitrecError(
            f"predictions.h5 belongs to data={test_set.name}, and config.yaml to {name}"
        )


def _seconds(result: Result) -> float:
    seconds = result.train_seconds
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        raise DigitrecError(f"result.json is damaged: train_seconds is {seconds}")
    return seconds


def _settings(config: TrainConfig) -> dict[str, Setting]:
    """Return the settings by their flat names; what a terminal obeys in them is escaped."""
    return {
        key.removesuffix(".name"): printable(value) if isinstance(value, str) else value
        for key, value in flatten(to_dict(config)).items()
    }
