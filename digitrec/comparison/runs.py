"""Finished runs read back from their folders to be compared, and what is wrong with others.

A folder is believed only where its files agree with each other: the errors that result.json counts
are those that predictions.h5 shows, on the test images that environment.json names.
"""

from __future__ import annotations

import csv
import glob
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from digitrec.arrays import BoolArray, Uint8Array
from digitrec.config.checks import nearest
from digitrec.config.conversion import flatten, to_dict
from digitrec.config.groups import Data
from digitrec.config.train_config import TrainConfig
from digitrec.errors import DigitrecError
from digitrec.storage import hdf5
from digitrec.training.run_directory import EXPERIMENTS, PREDICTIONS_FORMAT, RunDir, experiment_name

__all__ = ["Problem", "Run", "TestSet", "find", "read", "read_all"]

# A folder that holds one of these is a run's, or was.
MARKS = ("config.yaml", "result.json", "predictions.h5", "metrics.csv", "state.h5")
VERSION = 1  # of predictions.h5
STATUS = {
    "running": "is still running, or was killed",
    "interrupted": "was stopped before its end",
    "failed": "failed before its end",
}

Setting = str | int | float | bool | None


@dataclass(frozen=True, order=True)
class TestSet:
    """The images that a run was scored on: the same only where all of this is the same."""

    name: str
    checksum: str
    count: int

    def __str__(self) -> str:
        return f"{self.name} ({self.count:,} images, checksum {self.checksum})"


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run. ``labels`` and ``answers`` are uint8 (N,): what the test images are, and what
    the network said. ``settings`` has a key for each group's choice, and one for each setting.
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
    epochs: Sequence[Mapping[str, float | None]]  # the rows of metrics.csv
    environment: Mapping[str, Any]
    data: Data

    @property
    def wrong(self) -> BoolArray:
        """Which test images (N,) it misreads."""
        wrong: BoolArray = self.labels != self.answers
        return wrong


@dataclass(frozen=True)
class Problem:
    """A folder that cannot be compared, and why."""

    folder: Path
    what: str


def find(words: Sequence[str]) -> list[Path]:
    """Return the run folders that words name: folders, patterns, or experiments; all where none do.

    Raises:
        DigitrecError: for the first word that names no run.
    """
    if not words:
        found = _below(EXPERIMENTS) if EXPERIMENTS.is_dir() else []
        if not found:
            raise DigitrecError(
                f"there are no runs in {EXPERIMENTS}/; python -m digitrec.train makes one"
            )
        return found
    # By their real places, because two words may name one run in two ways.
    return list({path.resolve(): path for word in words for path in _named(word)}.values())


def read_all(folders: Iterable[Path]) -> tuple[list[Run], list[Problem]]:
    """Read the runs that can be compared, and say of each of the others what is wrong."""
    runs: list[Run] = []
    problems: list[Problem] = []
    labels: dict[TestSet, Uint8Array] = {}
    for folder in folders:
        try:
            run = read(folder)
        except DigitrecError as error:
            problems.append(Problem(folder, str(error)))
            continue
        if not np.array_equal(labels.setdefault(run.test_set, run.labels), run.labels):
            what = f"predictions.h5 has other labels than other runs on {run.test_set}"
            problems.append(Problem(folder, what))
            continue
        runs.append(run)
    return runs, problems


def read(folder: Path) -> Run:
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


def _named(word: str) -> list[Path]:
    """Return the runs that one word names: a path or a pattern first, else an experiment."""
    if not word.strip():
        raise DigitrecError("an empty word names no run; leave it out for all in experiments/")
    experiment = [str(EXPERIMENTS / word), str(EXPERIMENTS / "*" / word)]
    for places in ([word], experiment):
        folders = [Path(match) for place in places for match in _matches(place)]
        if folders:
            found = [path for folder in folders for path in _below(folder)]
            if found:
                return found
            raise DigitrecError(f"{word}: there are no runs in it")
    if os.path.exists(word):  # noqa: PTH110 (Path's raises for a word too long to be a name)
        raise DigitrecError(f"{word} is a file; name the folder of a run")
    known = sorted({path.parent.name for path in _below(EXPERIMENTS)})
    advice = nearest(word, known) if known else "python -m digitrec.train makes runs"
    raise DigitrecError(f"{word} names no folder and no experiment; {advice}")


def _matches(place: str) -> list[str]:
    """Return the folders that a path is, or that a pattern matches."""
    names = [place] if os.path.isdir(place) else glob.glob(place, recursive=True)  # noqa: PTH112, PTH207
    return [name for name in sorted(names) if os.path.isdir(name)]  # noqa: PTH112


def _below(folder: Path) -> list[Path]:
    """Return a run's folder, or all runs somewhere below a folder, in the order of their names."""
    found = []
    for place, folders, files in os.walk(folder):
        if set(MARKS) & set(files):
            found.append(Path(place))
            folders.clear()
        # Hidden are folders that are being made, and what others put beside runs.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
    return found
