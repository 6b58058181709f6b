"""Where the directory of a new run goes, and what it is called."""

from __future__ import annotations

import os
import secrets
from datetime import datetime
from pathlib import Path

from digitrec.config.setting_words import is_option, setting_word
from digitrec.config.shell_words import path_setting
from digitrec.config.train_config import TrainConfig
from digitrec.errors import DigitrecError
from digitrec.storage.file_names import target_of

__all__ = [
    "EXPERIMENTS",
    "check_target",
    "experiment_name",
    "name_another",
    "new_run_name",
    "new_run_path",
]

EXPERIMENTS = Path("experiments")
"""The folder of all experiments, below the current folder."""


def experiment_name(config: TrainConfig) -> str:
    """Return the experiment of a run: the name of the chosen one, or else data and model."""
    return config.experiment or f"{config.data.name}-{config.model.name}"


def new_run_name() -> str:
    """Return ``<time>-<id>``, a name that sorts by time and that no two runs share."""
    return f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def new_run_path(config: TrainConfig) -> Path:
    """Return ``run_dir``, or a new path in the folder of the experiment."""
    if config.run_dir:
        return Path(config.run_dir)
    return EXPERIMENTS / experiment_name(config) / new_run_name()


def check_target(config: TrainConfig) -> None:
    """Check, before any work begins, that the directory of the run can be made.

    Raises:
        DigitrecError: If ``run_dir`` is not empty, or nothing can be written there.
    """
    target = Path(config.run_dir) if config.run_dir else EXPERIMENTS / experiment_name(config)
    try:
        if config.run_dir:
            _check_empty(target)
        _check_writable(target_of(target))
    except OSError as error:
        raise DigitrecError(
            f"cannot write runs to {target}: {error.strerror}; {name_another()}"
        ) from None


def name_another() -> str:
    """Return the advice to give the run another directory."""
    return f"name another with {setting_word('run_dir', 'FOLDER')}"


def _check_empty(target: Path) -> None:
    if not target.exists():
        return
    given = setting_word("run_dir", target)
    if not target.is_dir():
        raise DigitrecError(f"{given} is a file; name a new folder")
    if any(target.iterdir()):
        # Only training goes on with what is there.
        is_run = (target / "config.yaml").exists() and not is_option("run_dir")
        advice = (
            f", or resume the run there with {path_setting('resume', target)}" if is_run else ""
        )
        raise DigitrecError(
            f"{given} is not empty, and a run never overwrites anything; name a new folder{advice}"
        )
    if not target.name:
        raise DigitrecError(f"{given} is the current folder; name a new one")


def _check_writable(target: Path) -> None:
    above = next(folder for folder in (target, *target.absolute().parents) if folder.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise DigitrecError(
            f"cannot write runs to {target}: {above} is not a folder that can be written; "
            f"{name_another()}"
        )
