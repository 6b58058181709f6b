"""Runs of a configuration that exist already: finished ones to skip, stopped ones to resume."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from pathlib import Path

from digitrec.config.conversion import to_dict
from digitrec.config.train_config import TrainConfig, modules_of_plugins
from digitrec.errors import CheckpointError, RunFileError
from digitrec.models.checkpoint import checkpoint_file
from digitrec.training.run_directory import EXPERIMENTS, RunDir, Status, experiment_name

__all__ = ["SETTINGS_WITHOUT_EFFECT", "config_key", "find_existing_run", "is_complete"]

SETTINGS_WITHOUT_EFFECT = (
    "experiment",
    "run_dir",
    "resume",
    "save_seconds",
    "logger",
    "notes",
    "tags",
    "plugins",
)
"""Settings that change where a run is kept and how it is watched, and not its result."""


SETTINGS_SINCE_0_1 = ("init", "patience", "teacher")
"""Settings that, at None, are left out of the key of a run: searches of version 0.1 lack them.

So is ``data.limit``, and what is set of a teacher where there is none.
"""


def config_key(config: TrainConfig) -> str:
    """Return a text that is the same for two configurations if they ask for the same result.

    ``threads`` is part of it if it is set: the last digits of sums depend on it.
    """
    values = {
        name: value
        for name, value in to_dict(config).items()
        if name not in SETTINGS_WITHOUT_EFFECT
    }
    if values["teacher"] is None:
        values = {name: one for name, one in values.items() if not name.startswith("teacher_")}
    for name in SETTINGS_SINCE_0_1:
        if values[name] is None:
            del values[name]
    if values["data"]["limit"] is None:
        del values["data"]["limit"]
    if not config.data.root_is_data:
        values["data"].pop("root", None)  # the files there are checked: the same everywhere
    text = json.dumps(values, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def find_existing_run(config: TrainConfig) -> RunDir | None:
    """Return the run of a configuration that need not be trained, or not from the start.

    A complete run (see `is_complete`) is preferred, else the last one that can be resumed. It is
    searched among the runs of the experiment, or in ``run_dir`` alone if that is set. Folders that
    cannot be read are left out; so are the means of other runs' weights, and runs with the user's
    own drawings, pictures or plugins, or with ``init`` or ``teacher``, that began before these last
    changed.

    Returns:
        The run, or None if there is none.
    """
    if config.run_dir is not None:
        folders = [Path(config.run_dir)]
    else:
        folders = sorted((EXPERIMENTS / experiment_name(config)).glob("[!.]*/"))
    wanted = config_key(config)
    named = [_checkpoint_of(name) for name in (config.init, config.teacher) if name]
    files = [*modules_of_plugins(config).values(), *named]
    changed = max([config.data.last_change(), *map(_time_of_change, files)])
    folders = [folder for folder in folders if _began_after(changed, folder)]
    runs = [RunDir(folder) for folder in folders if _key_of_run(folder) == wanted]
    runs = [run for run in runs if not _is_mean(run)]
    complete = [run for run in runs if is_complete(run)]
    resumable = [run for run in runs if _status(run) not in ("finished", "pruned")]
    return next(iter((complete or resumable)[::-1]), None)


def is_complete(run: RunDir) -> bool:
    """Tell whether a run is finished and has its checkpoint file.

    Recorded runs, which are kept without the checkpoint, are finished and not complete.
    """
    return _status(run) == "finished" and run.model.exists()


def _began_after(changed: int, folder: Path) -> bool:
    return not changed or _time_of_change(RunDir(folder).config_file) > changed


def _checkpoint_of(name: str) -> Path:
    """Return the file that ``init`` or ``teacher`` means, which may name the folder of a run."""
    path = Path(name).expanduser()
    with contextlib.suppress(CheckpointError):  # of which the run says what is wrong
        return checkpoint_file(path)
    return path


def _time_of_change(file: Path) -> int:
    return file.stat().st_mtime_ns if file.is_file() else 0


def _status(run: RunDir) -> Status:
    try:
        result = run.result()
    except RunFileError:
        return "failed"
    return result.status if result else "running"


def _is_mean(run: RunDir) -> bool:
    with contextlib.suppress(RunFileError):  # of which the run says what is wrong
        return bool(run.environment().mean_of)
    return False


def _key_of_run(folder: Path) -> str | None:
    file = RunDir(folder).config_file
    try:
        # Both times, because a run that is extended keeps the first.
        return _key_of_file(file.absolute(), (file.stat().st_mtime_ns, file.stat().st_ctime_ns))
    except OSError:
        return None


@functools.cache
def _key_of_file(file: Path, _changed: tuple[int, int]) -> str | None:
    try:
        return config_key(RunDir.open(file.parent)[1])
    except RunFileError:
        return None
