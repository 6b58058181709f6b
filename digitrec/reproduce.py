"""Train a recorded run again and compare: python -m digitrec.reproduce RUN"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from digitrec.arrays import NamedArrays
from digitrec.config.conversion import flatten, from_dict
from digitrec.config.train_config import TrainConfig
from digitrec.errors import DigitrecError, run_command
from digitrec.storage import hdf5
from digitrec.training.loggers import NoLogger
from digitrec.training.run_directory import EXPERIMENTS, RunDir, new_run_name

if TYPE_CHECKING:
    from digitrec.models.checkpoint import Checkpoint

__all__ = ["Difference", "Record", "differences", "main"]


HIDDEN = EXPERIMENTS / ".reproduced"  # from comparisons, which would count these runs twice
TIMES = ("seconds", "images_per_second", "train_seconds")
NOT_COMPARED = ("status", "experiment", "model_file", *TIMES)


def main(program: str = "python -m digitrec.reproduce") -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog=program,
        description="Train a recorded run again, in a new folder, and say whether it comes out "
        "identical, bit for bit, or what differs: of the environment and of the result. "
        "The exit code is 0 where it is identical, else 1.",
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="a run's folder, or a model.h5")
    parser.add_argument(
        "--run-dir", type=Path, metavar="FOLDER", help=f"the new folder; one in {HIDDEN} by default"
    )
    arguments = parser.parse_args()
    if not arguments.run.is_file() and not (arguments.run / "config.yaml").is_file():
        raise DigitrecError(f"{arguments.run} is no folder of a run, nor a model.h5; name one")
    record = _read_file(arguments.run) if arguments.run.is_file() else _read_run(arguments.run)
    folder = arguments.run_dir or HIDDEN / new_run_name()

    from digitrec.training.loop import run

    device = _device(record)
    run(replace(record.config, run_dir=str(folder), resume=None, logger=NoLogger(), device=device))
    return _say(arguments.run, folder, record, differences(record, _read_run(folder)))


def _device(record: Record) -> str:
    """Return the device that the run had; where there is none of the kind, the best there is."""
    from digitrec.models.device import pick_device

    try:
        return pick_device(str(record.environment.get("device", record.config.device))).type
    except (DigitrecError, KeyError):
        return "auto"


@dataclass(frozen=True, eq=False)
class Record:
    """What is known of a run; what is empty was not kept."""

    config: TrainConfig  # with the number of threads that it ran with
    environment: Mapping[str, Any]
    result: Mapping[str, Any] = field(default_factory=dict)
    metrics: list[dict[str, str]] = field(default_factory=list)
    weights: NamedArrays = field(default_factory=dict)
    predictions: NamedArrays = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """Something that is not as it was."""

    of: str  # environment or result
    text: str


def differences(one: Record, other: Record) -> list[Difference]:
    """Say what differs between two runs, in what was kept of both."""
    found = [Difference("environment", text) for text in _compare_environments(one, other)]
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
    return found + [Difference("result", text) for text in result]


def _say(run: Path, folder: Path, record: Record, found: list[Difference]) -> int:
    environment = [difference.text for difference in found if difference.of == "environment"]
    result = [difference.text for difference in found if difference.of == "result"]
    print()
    for title, lines in (("environment", environment), ("result", result)):
        if lines:
            print(f"{title} differs")
            for line in lines:
                print(f"  {line}")
    if not result:
        print(f"identical: {folder} is what {run} is, bit for bit{_kept(record)}")
        return 0
    print(f"not identical: {folder} differs from {run}" + _why(environment))
    return 1


def _kept(record: Record) -> str:
    """Say of which parts nothing is known, as of a record without weights."""
    parts = {"weights": record.weights, "predictions": record.predictions}
    missing = [name for name, kept in parts.items() if not kept]
    logits = record.predictions.get("logits")
    if logits is not None and logits.dtype == np.float16:
        missing.append("logits beyond 16 bits")
    return f", in all that was kept of it (not: {', '.join(missing)})" if missing else ""


def _why(environment: list[str]) -> str:
    return "; the environment may be why" if environment else ", in the same environment"


# --- reading -----------------------------------------------------------------------------------


def _read_run(path: Path) -> Record:
    folder, config = RunDir.open(path)
    result, environment = folder.result(), folder.environment()
    if result.get("status") != "finished":
        raise DigitrecError(
            f"{path} is not finished, so there is nothing to compare with; "
            f"python -m digitrec.train resume={path} goes on with it"
        )
    predictions = path / "predictions.h5"
    metrics = path / "metrics.csv"
    return Record(
        config=_with_threads(config, environment),
        environment=environment,
        result=result,
        metrics=_rows(metrics) if metrics.exists() else [],
        weights=hdf5.read(folder.model).group("weights") if folder.model.exists() else {},
        predictions=hdf5.read(predictions).arrays if predictions.exists() else {},
    )


def _read_file(path: Path) -> Record:
    """Read what a weights file says of the run it is from."""
    from digitrec.models import checkpoint

    loaded: Checkpoint = checkpoint.load(path)
    kept = loaded.provenance
    try:
        config = from_dict(kept["config"])
        environment = {"versions": kept["versions"], "data": kept["data"]}
        result = dict(kept["metrics"])
    except (KeyError, TypeError, ValueError):
        raise DigitrecError(
            f"{path} does not say what run it is from; name a run's folder"
        ) from None
    return Record(config, environment, result, weights=hdf5.read(path).group("weights"))


def _with_threads(config: TrainConfig, environment: Mapping[str, Any]) -> TrainConfig:
    threads = environment.get("threads")
    return replace(config, threads=threads) if isinstance(threads, int) else config


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


# --- comparing ---------------------------------------------------------------------------------


def _compare_environments(one: Record, other: Record) -> list[str]:
    before, now = flatten(one.environment), flatten(other.environment)
    return [
        f"{name}: {value} then, {now[name]} now"
        for name, value in before.items()
        if name in now and now[name] != value and not name.startswith(("command", "git.changed"))
    ] + [
        f"git.changed: the code {when} had changes that are in no commit"
        for when, values in (("then", before), ("now", now))
        if values.get("git.changed")
    ]


def _compare_arrays(what: str, one: NamedArrays, other: NamedArrays) -> list[str]:
    if not one or not other:
        return []
    if one.keys() != other.keys():
        return [f"{what}: other arrays ({', '.join(sorted(one.keys() ^ other.keys()))})"]
    unlike = [name for name, array in one.items() if not _same(array, other[name])]
    if not unlike:
        return []
    if any(one[name].shape != other[name].shape for name in unlike):
        return [f"{what}: other shapes ({', '.join(unlike)})"]
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
        found.append(f"predictions: {count:,} of {len(read[0]):,} images are read otherwise")
    return found


def _compare_metrics(one: list[dict[str, str]], other: list[dict[str, str]]) -> list[str]:
    if not one or not other:
        return []
    if len(one) != len(other):
        return [f"metrics.csv: {len(one)} epochs then, {len(other)} now"]
    for before, now in zip(one, other, strict=True):
        unlike = [
            f"{name} {value} then, {now[name]} now"
            for name, value in before.items()
            if name in now and name not in TIMES and now[name] != value
        ]
        if unlike:
            return [f"metrics.csv: from epoch {before['epoch']} on: {'; '.join(unlike)}"]
    return []


def _same(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    # A record may keep an array in fewer bits: then those are what it tells.
    return one.shape == other.shape and one.tobytes() == other.astype(one.dtype).tobytes()


if __name__ == "__main__":
    run_command(main)
