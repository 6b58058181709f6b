"""TensorBoard and MLflow, told of a run.

They are shown the rows of metrics.csv, all of them every time, and take those that they lack. So a
resumed run goes on where its logger is, with no point twice and none missing.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image

from digitrec.config.conversion import flatten, to_dict
from digitrec.config.train_config import TrainConfig
from digitrec.storage import atomic
from digitrec.storage.locks import locked
from digitrec.storage.regular_files import read_text
from digitrec.training.run_directory import (
    EXPERIMENTS,
    MetricsRow,
    Result,
    RunDir,
    experiment_name,
)

__all__ = ["MlFlowBackend", "TensorBoardBackend", "measured", "outcome", "run_artifacts"]


class TensorBoardBackend:
    """Event files in the run's folder; those of a resumed run are written anew."""

    def __init__(self, config: TrainConfig, folder: RunDir) -> None:
        from torch.utils.tensorboard import SummaryWriter

        place = folder.path / "tensorboard"
        shutil.rmtree(place, ignore_errors=True)
        self._writer: Any = SummaryWriter(str(place))
        self._folder = folder
        text = yaml.safe_dump(to_dict(config), sort_keys=False)
        self._writer.add_text("configuration", f"<pre>{text}</pre>")
        self._rows = 0

    def update(self, rows: Sequence[MetricsRow]) -> None:
        """Take the rows that are new."""
        now = time.time()
        for index in range(self._rows, len(rows)):
            later = sum(row.seconds for row in rows[index + 1 :])
            for name, value in measured(rows[index]).items():
                self._writer.add_scalar(name, value, rows[index].epoch, walltime=now - later)
        self._rows = len(rows)
        self._writer.flush()

    def finish(self, result: Result) -> None:
        """Take what came of the run."""
        for name, value in outcome(result).items():
            self._writer.add_scalar(f"final/{name}", value, result.epochs)
        for file in run_artifacts(self._folder):
            if file.suffix == ".png":
                with Image.open(file) as plot:
                    pixels = np.asarray(plot.convert("RGB"))
                self._writer.add_image(file.stem, pixels, result.epochs, dataformats="HWC")

    def close(self, status: str) -> None:
        """Let go; the run has this status."""
        self._writer.close()


class MlFlowBackend:
    """A run in an MLflow store; its id is kept in the run's folder."""

    def __init__(self, config: TrainConfig, folder: RunDir, store: str) -> None:
        file, self._folder, artifacts = folder.path / "mlflow.txt", folder, None
        if store.startswith("sqlite:///"):
            place = Path(store.removeprefix("sqlite:///")).absolute().parent
            place.mkdir(parents=True, exist_ok=True)
            artifacts = (place / "mlflow-artifacts").as_uri()
        # Two jobs of a sweep that both make the store's tables would stand in each other's way.
        with locked(EXPERIMENTS / ".locks" / "mlflow", store, wait=True):
            os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # runs are nobody else's
            for name in ("mlflow", "alembic"):
                logging.getLogger(name).setLevel(logging.WARNING)
            from mlflow.tracking import MlflowClient

            self._client = MlflowClient(tracking_uri=store)
            if file.exists():
                self._id = read_text(file).strip()
                self._client.update_run(self._id, status="RUNNING")
            else:
                name = experiment_name(config)
                known = self._client.get_experiment_by_name(name)
                group = (
                    known.experiment_id
                    if known
                    else self._client.create_experiment(name, artifact_location=artifacts)
                )
                tags = {"digitrec.run_dir": str(folder.path.resolve())}
                tags |= {tag.strip(): "true" for tag in (config.tags or "").split(",") if tag}
                if config.notes:
                    tags["mlflow.note.content"] = config.notes
                run = self._client.create_run(group, run_name=folder.path.name, tags=tags)
                self._id = run.info.run_id
                for key, value in flatten(to_dict(config)).items():
                    self._client.log_param(self._id, key, value)
                atomic.write_text(file, self._id + "\n")
        points = self._client.get_metric_history(self._id, "train_loss")
        self._epochs = {point.step for point in points}

    def update(self, rows: Sequence[MetricsRow]) -> None:
        """Take the rows that are new."""
        for row in rows:
            if row.epoch not in self._epochs:
                self._log(measured(row), row.epoch)
                self._epochs.add(row.epoch)

    def finish(self, result: Result) -> None:
        """Take what came of the run."""
        self._log(outcome(result), result.epochs)
        for artifact in run_artifacts(self._folder):
            self._client.log_artifact(self._id, str(artifact))

    def close(self, status: str) -> None:
        """Let go; the run has this status."""
        known = {"finished": "FINISHED", "interrupted": "KILLED", "pruned": "KILLED"}
        self._client.set_terminated(self._id, known.get(status, "FAILED"))

    def _log(self, values: Mapping[str, Any], step: int) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        metrics = [Metric(name, float(value), now, step) for name, value in values.items()]
        self._client.log_batch(self._id, metrics=metrics)  # all of them, or none


def measured(row: MetricsRow) -> dict[str, float]:
    """Return what was measured in an epoch, by name."""
    return {k: v for k, v in asdict(row).items() if k != "epoch" and v is not None}


def outcome(result: Result) -> dict[str, float]:
    """Return what came of a run, by name."""
    names = ("test_accuracy", "test_loss", "test_ece", "temperature", "train_seconds", "parameters")
    return {name: value for name in names if (value := getattr(result, name)) is not None}


def run_artifacts(folder: RunDir) -> list[Path]:
    """Return the files of a finished run that loggers keep: the network and the plots."""
    return [file for file in (folder.model, *sorted(folder.path.glob("*.png"))) if file.is_file()]
