"""One run's folder: what was asked, what happened, what came of it.

=================  ===============================================================================
config.yaml        the whole configuration, and nothing implied
environment.json   versions, device, threads, git commit, data, and how random numbers were seeded
metrics.csv        a row an epoch
result.json        the outcome; its ``status`` is running, interrupted, failed, pruned or finished
model.h5           the final weights (`digitrec.models.checkpoint`)
predictions.h5     the final weights' logits (N, 10) for the test images, and their labels (N,)
curves.png, confusion.png, mistakes.png
state.h5           while a run is under way: all that is needed to go on with it
.lock              while a run is under way: held by the process that trains it
tensorboard/, mlflow.txt   of loggers, where one is chosen (`digitrec.training.loggers`)
=================  ===============================================================================

A run never overwrites another. Each file appears whole or not at all.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from digitrec.arrays import Float32Array, Int64Array, NamedArrays
from digitrec.config.conversion import from_dict, to_dict
from digitrec.config.train_config import TrainConfig
from digitrec.errors import DigitrecError
from digitrec.storage import atomic, hdf5
from digitrec.storage.locks import locked

__all__ = ["EXPERIMENTS", "RunDir", "check_target", "experiment_name", "new_run_name"]

EXPERIMENTS = Path("experiments")
STATE_FORMAT, PREDICTIONS_FORMAT = "digitrec-state", "digitrec-predictions"
LOCK = ".lock"
POSITION = "position"  # the array of the state that is no part of the learner's


def check_target(config: TrainConfig) -> None:
    """Check, before work begins, that the run's folder can be made.

    Raises:
        DigitrecError: if ``run_dir`` holds something already, or nothing can be written there.
    """
    target = Path(config.run_dir) if config.run_dir else EXPERIMENTS / experiment_name(config)
    try:
        _check_target(target, bool(config.run_dir))
    except OSError as error:
        raise DigitrecError(
            f"cannot write runs to {target}: {error.strerror}; name another with run_dir=FOLDER"
        ) from None


def _check_target(target: Path, is_run: bool) -> None:
    if is_run and target.exists():
        if not target.is_dir():
            raise DigitrecError(f"run_dir={target} is a file; name a new folder")
        if any(target.iterdir()):
            advice = f"resume={target} goes on with it" if (target / "config.yaml").exists() else ""
            raise DigitrecError(
                f"run_dir={target} is not empty, and a run never overwrites anything; "
                f"name a new folder{', or ' + advice if advice else ''}"
            )
        if not target.name:
            raise DigitrecError(f"run_dir={target} is the current folder; name a new one")
    above = next(folder for folder in (target, *target.absolute().parents) if folder.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise DigitrecError(
            f"cannot write runs to {target}: {above} is not a folder that can be written; "
            "name another with run_dir=FOLDER"
        )


@dataclass(frozen=True)
class RunDir:
    """A run's folder that exists and has a configuration."""

    path: Path

    @classmethod
    def create(cls, config: TrainConfig, environment: Mapping[str, Any]) -> RunDir:
        """Make a new run's folder; it appears with its configuration in it, or not at all.

        Raises:
            DigitrecError: if it cannot be written or holds something already.
        """
        check_target(config)
        path = (
            Path(config.run_dir)
            if config.run_dir
            else EXPERIMENTS / experiment_name(config) / new_run_name()
        )
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        new = [folder for folder in path.parents if not folder.exists()]
        try:
            part.mkdir(parents=True)
            _write_json(part / "environment.json", environment)
            (part / "config.yaml").write_text(
                yaml.safe_dump(to_dict(config), sort_keys=False), encoding="utf-8"
            )
            part.replace(path)  # onto an empty folder too, but never onto one that holds a file
        except OSError as error:
            shutil.rmtree(part, ignore_errors=True)
            for folder in new:
                with contextlib.suppress(OSError):
                    folder.rmdir()
            raise DigitrecError(
                f"cannot make the run's folder {path}: {error.strerror}; "
                "name another with run_dir=FOLDER"
            ) from None
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> tuple[RunDir, TrainConfig]:
        """Open the folder of a run that has begun.

        Raises:
            DigitrecError: if it is no such folder, or its configuration cannot be read.
        """
        file = path / "config.yaml"
        try:
            values = yaml.safe_load(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise DigitrecError(
                f"{path} is no folder of a run: {file}: {error.strerror}; start the run anew"
            ) from None
        except (yaml.YAMLError, ValueError, RecursionError):
            raise DigitrecError(f"{file} is no readable YAML; start the run anew") from None
        if not isinstance(values, dict):
            raise DigitrecError(f"{file} holds no configuration; start the run anew")
        try:
            return cls(path), from_dict(values)
        except DigitrecError as error:
            raise DigitrecError(f"{file}: {error}") from None

    @property
    def model(self) -> Path:
        """Path of the final weights."""
        return self.path / "model.h5"

    def lock(self) -> contextlib.AbstractContextManager[None]:
        """Keep other processes from training this run; raises `LockedError` at once."""
        return locked(self.path / LOCK, str(self.path))

    def environment(self) -> dict[str, Any]:
        """Return what was recorded of where the run began."""
        return self._read_json("environment.json")

    def result(self) -> dict[str, Any]:
        """Return what result.json holds; empty where the run has not come to writing one."""
        return self._read_json("result.json") if (self.path / "result.json").exists() else {}

    def write_result(self, result: Mapping[str, Any]) -> None:
        """Replace result.json."""
        _write_json(self.path / "result.json", result)

    def write_metrics(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace metrics.csv by these rows, one an epoch, all with the same keys."""
        text = io.StringIO()
        table = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
        atomic.write_text(self.path / "metrics.csv", text.getvalue())

    def write_predictions(
        self,
        logits: Float32Array,
        labels: Int64Array,
        data: str,
        checksum: str,
    ) -> None:
        """Write predictions.h5: what the final weights say of each test image, in its order."""
        attributes: dict[str, hdf5.Attribute] = {
            "format": PREDICTIONS_FORMAT,
            "format_version": 1,
            "data": data,
            "checksum": checksum,
        }
        arrays = {"logits": logits.astype("<f4"), "labels": labels.astype("<i8")}
        hdf5.write(self.path / "predictions.h5", attributes, arrays)

    def save_state(self, position: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
        """Replace the state to resume from: a JSON object, and arrays by name."""
        attributes: dict[str, hdf5.Attribute] = {
            "format": STATE_FORMAT,
            "format_version": 1,
        }
        # An array, because it grows with every epoch and HDF5's attributes are small.
        text = np.frombuffer(json.dumps(position).encode(), np.uint8)
        hdf5.write(self.path / "state.h5", attributes, {**arrays, POSITION: text})

    def load_state(self) -> tuple[dict[str, Any], NamedArrays] | None:
        """Return the last saved position and arrays; None where nothing was saved yet.

        Raises:
            DigitrecError: if the file is there but damaged.
        """
        file = self.path / "state.h5"
        if not file.exists():
            return None
        content = hdf5.read(file)
        try:
            if content.attributes["format"] != STATE_FORMAT:
                raise ValueError
            position = json.loads(content.arrays.pop(POSITION).tobytes())
            if not isinstance(position, dict):
                raise ValueError
            return position, content.arrays
        except (KeyError, ValueError):
            raise DigitrecError(f"{file} is no state of a run; remove it to start over") from None

    def remove_state(self) -> None:
        """Remove what a finished run no longer needs, and what killed writers left behind."""
        for name in ("state.h5", LOCK):
            (self.path / name).unlink(missing_ok=True)
        atomic.remove_partial(self.path)

    def _read_json(self, name: str) -> dict[str, Any]:
        try:
            values = json.loads((self.path / name).read_text(encoding="utf-8"))
        except OSError as error:
            raise DigitrecError(f"{self.path / name}: {error.strerror}") from None
        except ValueError:
            raise DigitrecError(f"{self.path / name} is no readable JSON") from None
        if not isinstance(values, dict):
            raise DigitrecError(f"{self.path / name} holds no JSON object")
        return values


def experiment_name(config: TrainConfig) -> str:
    """Return the experiment a run belongs to: the chosen one's name, else data and model."""
    return config.experiment or f"{config.data.name}-{config.model.name}"


def new_run_name() -> str:
    """Return ``<time>-<id>``, a name that sorts by time and that no two runs share."""
    return f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def _write_json(path: Path, values: Mapping[str, Any]) -> None:
    atomic.write_text(path, json.dumps(values, indent=2) + "\n")
