"""Train a recorded run again, and find everything in which the two runs differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from digitrec.arrays import NamedArrays
from digitrec.config.conversion import flatten
from digitrec.config.shell_words import command, path_setting
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError, DigitrecError
from digitrec.message_text import shorten
from digitrec.storage import hdf5
from digitrec.training.loggers.choices import NoLogger
from digitrec.training.provenance import is_adapted, is_mean, recorded_run
from digitrec.training.run_directory import EXPERIMENTS, MetricsRow, RunDir, new_run_name

__all__ = ["REPRODUCTIONS", "find_mismatches", "read_record", "reproduce"]

REPRODUCTIONS = EXPERIMENTS / ".reproduced"
"""Where runs are trained again: hidden from comparisons, which would count them twice."""

TIMES = ("seconds", "images_per_second", "train_seconds")
NOT_COMPARED = ("status", "experiment", "model_file", "run_dir", *TIMES)


@dataclass(frozen=True, eq=False)
class Record:
    """What is known of a run.

    Attributes:
        config: Its configuration, with the number of threads that it ran with.
        environment: Where and with what it was trained, by flat names such as ``versions.torch``.
        result: What result.json holds. This and the following are empty if they were not kept.
        metrics: The rows of metrics.csv.
        weights: Of the network.
        predictions: The arrays of predictions.h5.
    """

    config: TrainConfig
    environment: Mapping[str, Any]
    result: Mapping[str, Any] = field(default_factory=dict)
    metrics: list[MetricsRow] = field(default_factory=list)
    weights: NamedArrays = field(default_factory=dict)
    predictions: NamedArrays = field(default_factory=dict)

    @property
    def missing(self) -> list[str]:
        """What was not kept of the weights and predictions."""
        parts = {"weights": self.weights, "predictions": self.predictions}
        missing = [name for name, kept in parts.items() if not kept]
        logits = self.predictions.get("logits")
        if logits is not None and logits.dtype == np.float16:
            missing.append("logits beyond 16 bits")
        return missing


@dataclass(frozen=True)
class Mismatch:
    """Something in which two runs differ.

    Attributes:
        part: Whether it is of their environments or of their results.
        text: What differs, in one line.
    """

    part: Literal["environment", "result"]
    text: str


def read_record(path: Path) -> Record:
    """Read the record of a finished run, from its folder or from its checkpoint file alone.

    Raises:
        DigitrecError: if there is none, or it does not say how the run was made.
    """
    if path.is_file():
        return _read_checkpoint(path)
    if not (path / "config.yaml").is_file():
        raise DigitrecError(
            f"{path} is neither the folder of a run nor a model.h5; name one of these"
        )
    return _read_folder(path)


def reproduce(record: Record, folder: Path | None = None) -> tuple[Path, list[Mismatch]]:
    """Train a recorded run again and compare the two.

    Args:
        record: Of the run.
        folder: The folder for the new run; one in `REPRODUCTIONS` by default.

    Returns:
        The folder of the new run, and what does not match.

    Raises:
        DigitrecError: if the run cannot be trained.
        Interrupted: after a signal.
    """
    from digitrec.training.run import run

    if folder is None:
        folder = REPRODUCTIONS / new_run_name()
    device = _device(record)
    run(replace(record.config, run_dir=str(folder), resume=None, logger=NoLogger(), device=device))
    return folder, find_mismatches(record, read_record(folder))


def find_mismatches(one: Record, other: Record) -> list[Mismatch]:
    """Return what differs between two runs, among the records that both have."""
    environment = _compare_environments(one, other)
    result = [
        *_compare_arrays("weights", one.weights, other.weights),
        *_compare_predictions(one.predictions, other.predictions),
        *_compare_metrics(one.metrics, other.metrics),
        *(
            f"{name}: {one.result[name]} then, {value} now"
            for name, value in other.result.items()
            if name not in NOT_COMPARED and name in one.result and one.result[name] != value
        ),
    ]
    return [
        *(Mismatch("environment", text) for text in environment),
        *(Mismatch("result", text) for text in result),
    ]


def _device(record: Record) -> str:
    """Return the kind of device that the run had; if there is none here, the best there is."""
    from digitrec.models.device import pick_device

    try:
        return pick_device(str(record.environment.get("device", record.config.device))).type
    except (DigitrecError, KeyError):
        return "auto"


# --- reading -----------------------------------------------------------------------------------


def _read_folder(path: Path) -> Record:
    folder, config = RunDir.open(path)
    result, environment = folder.result(), folder.environment()
    if result is None or result.status != "finished":
        raise DigitrecError(
            f"{path} is not finished, so there is nothing to compare with; "
            f"{command('train', path_setting('resume', path))} resumes it"
        )
    if environment.mean_of:
        raise _not_trained(path)
    predictions = folder.predictions() if folder.has("predictions.h5") else None
    return Record(
        config=replace(config, threads=environment.threads),
        environment=flatten(asdict(environment)),
        result=asdict(result),
        metrics=folder.metrics() if folder.has("metrics.csv") else [],
        weights=hdf5.read(folder.model).group("weights") if folder.model.exists() else {},
        predictions=predictions.arrays() if predictions else {},
    )


def _read_checkpoint(path: Path) -> Record:
    """Read what a checkpoint file says of the run that made it."""
    from digitrec.models import checkpoint

    provenance = checkpoint.load(path).provenance
    if is_adapted(provenance):
        raise DigitrecError(
            f"{path} was fine-tuned on corrected drawings after its run; name the folder of that "
            "run, or the checkpoint file that the run wrote"
        )
    if is_mean(provenance):
        raise _not_trained(path)
    try:
        run = recorded_run(provenance)
    except ConfigError as error:
        raise DigitrecError(
            f"{path} was made by a run with settings of another version of digitrec ({error}); "
            "use that version"
        ) from None
    if run is None:
        raise DigitrecError(f"{path} does not say which run made it; name the folder of a run")
    return Record(
        run.config,
        flatten(run.environment),
        run.metrics,
        weights=hdf5.read(path).group("weights"),
    )


def _not_trained(path: Path) -> DigitrecError:
    return DigitrecError(
        f"{path} was not trained: its weights are the mean of the weights of several runs; "
        f"reproduce those runs, then {command('ensemble', '--mean-weights', 'RUN', 'RUN')} "
        "averages them"
    )


# --- comparing ---------------------------------------------------------------------------------


def _compare_environments(one: Record, other: Record) -> list[str]:
    before, now = one.environment, other.environment
    return [
        f"{shorten(name)}: {shorten(str(value))} then, {shorten(str(now[name]))} now"
        for name, value in before.items()
        if name in now and now[name] != value and not name.startswith(("command", "git.changed"))
    ] + [
        f"git.changed: the code {when} had uncommitted changes"
        for when, values in (("then", before), ("now", now))
        if values.get("git.changed")
    ]


def _compare_arrays(what: str, one: NamedArrays, other: NamedArrays) -> list[str]:
    if not one or not other:
        return []
    if one.keys() != other.keys():
        return [f"{what}: different arrays ({', '.join(sorted(one.keys() ^ other.keys()))})"]
    unlike = [name for name, array in one.items() if not _is_same(array, other[name])]
    if not unlike:
        return []
    if any(one[name].shape != other[name].shape for name in unlike):
        return [f"{what}: different shapes ({', '.join(unlike)})"]
    largest = max(
        float(np.abs(one[name].astype(float) - other[name].astype(float)).max()) for name in unlike
    )
    return [f"{what}: {len(unlike)} of {len(one)} arrays differ, by up to {largest:.3g}"]


def _compare_predictions(one: NamedArrays, other: NamedArrays) -> list[str]:
    found = _compare_arrays("predictions", one, other)
    logits = [arrays["logits"] for arrays in (one, other) if "logits" in arrays]
    if found and len(logits) == 2 and logits[0].shape == logits[1].shape:
        read = [array.argmax(axis=1) for array in logits]
        count = int((read[0] != read[1]).sum())
        found.append(f"predictions: {count:,} of {len(read[0]):,} images are read differently")
    return found


def _compare_metrics(one: list[MetricsRow], other: list[MetricsRow]) -> list[str]:
    if not one or not other:
        return []
    if len(one) != len(other):
        return [f"metrics.csv: {len(one)} epochs then, {len(other)} now"]
    for before, now in zip(one, other, strict=True):
        unlike = [
            f"{name} {value} then, {getattr(now, name)} now"
            for name, value in asdict(before).items()
            if name not in TIMES and getattr(now, name) != value
        ]
        if unlike:
            return [f"metrics.csv: from epoch {before.epoch} on: {'; '.join(unlike)}"]
    return []


def _is_same(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    """Tell whether two arrays are the same bit for bit, in the precision of the first."""
    return one.shape == other.shape and one.tobytes() == other.astype(one.dtype).tobytes()
