"""Which runs there are of a configuration: what a sweep need not do again, or has to finish."""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path

from digitrec.config.conversion import to_dict
from digitrec.config.train_config import TrainConfig
from digitrec.errors import DigitrecError
from digitrec.training.run_directory import EXPERIMENTS, RunDir, experiment_name

__all__ = ["find", "is_done", "key"]

# What changes where a run is, how it is watched and how it is saved, but not what comes of it.
WITHOUT_EFFECT = ("experiment", "run_dir", "resume", "save_seconds", "logger")


def key(config: TrainConfig) -> str:
    """Return what two configurations share if and only if they ask for the same result.

    ``threads`` counts where it is given: sums depend on it in their last digits.
    """
    values = {name: value for name, value in to_dict(config).items() if name not in WITHOUT_EFFECT}
    values["data"].pop("root", None)  # the files there are checked: they are the same everywhere
    text = json.dumps(values, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def find(config: TrainConfig) -> RunDir | None:
    """Return the run of this configuration to keep or to go on with, if there is one.

    It is looked for among the runs of the experiment, or in ``run_dir`` alone where that is given.
    A run that is done is best (see `is_done`), then the last that was begun and can be gone on
    with. Folders that cannot be read are runs of no configuration; nor do those count that began
    before the user's drawings, which they are to be trained on, last changed.
    """
    if config.run_dir is not None:
        folders = [Path(config.run_dir)]
    else:
        folders = sorted((EXPERIMENTS / experiment_name(config)).glob("[!.]*/"))
    wanted = key(config)
    if (file := config.data.source_file) is not None:
        folders = [
            folder for folder in folders if _changed(folder / "config.yaml") > _changed(file)
        ]
    runs = [RunDir(folder) for folder in folders if _key_of(folder) == wanted]
    done = [run for run in runs if is_done(run)]
    begun = [run for run in runs if _status(run) not in ("finished", "pruned")]
    return next(iter((done or begun)[::-1]), None)


def _changed(file: Path) -> int:
    return file.stat().st_mtime_ns if file.is_file() else 0


def is_done(run: RunDir) -> bool:
    """Return whether a run is finished and has its weights, which mere records are without."""
    return _status(run) == "finished" and run.model.exists()


def _status(run: RunDir) -> str:
    try:
        return str(run.result().get("status", "running"))
    except DigitrecError:
        return "running"  # a damaged file; going on with the run writes it anew


@functools.cache
def _key_of_file(file: Path, _changed: int) -> str | None:
    try:
        return key(RunDir.open(file.parent)[1])
    except DigitrecError:
        return None


def _key_of(folder: Path) -> str | None:
    file = folder / "config.yaml"
    try:
        return _key_of_file(file.absolute(), file.stat().st_mtime_ns)
    except OSError:
        return None
