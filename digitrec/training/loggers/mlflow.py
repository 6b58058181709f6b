"""Logging a run to MLflow."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from digitrec.config.conversion import flatten, to_dict
from digitrec.config.train_config import TrainConfig
from digitrec.storage import atomic
from digitrec.storage.locks import locked
from digitrec.storage.regular_files import read_text
from digitrec.training.loggers.logged_values import measured, outcome, run_artifacts
from digitrec.training.run_directory import (
    EXPERIMENTS,
    MetricsRow,
    Result,
    RunDir,
    experiment_name,
)

__all__ = ["MlFlowBackend"]


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
            from mlflow.tracking import MlflowClient

            # The import sets it anew. MLflow prints a traceback of an error that it also raises.
            logging.getLogger("mlflow").setLevel(logging.CRITICAL)
            logging.getLogger("alembic").setLevel(logging.WARNING)
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
        """Log the new rows."""
        for row in rows:
            if row.epoch not in self._epochs:
                self._log(measured(row), row.epoch)
                self._epochs.add(row.epoch)

    def finish(self, result: Result) -> None:
        """Log the result of the run."""
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
