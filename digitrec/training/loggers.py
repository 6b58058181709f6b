"""Tell a logger of a run: TensorBoard or MLflow. The run's folder stays the record.

Loggers are shown the rows of metrics.csv, all of them every time, and take those they lack. So a
resumed run goes on where its logger is, with no point twice and none missing. A logger that fails
is left alone from then on, and the run goes on without it.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import yaml

from digitrec.config.choices import Logger, MlFlow, TensorBoard
from digitrec.config.conversion import flatten, to_dict
from digitrec.config.train_config import TrainConfig
from digitrec.errors import DigitrecError
from digitrec.storage import atomic
from digitrec.storage.locks import locked
from digitrec.training.run_directory import EXPERIMENTS, RunDir, experiment_name

if TYPE_CHECKING:
    from digitrec.training.results import Result

__all__ = ["Log", "check"]

Rows = Sequence[Mapping[str, Any]]  # of metrics.csv

NEEDED = {"tensorboard": ("tensorboard",), "mlflow": ("mlflow", "sqlalchemy", "alembic")}


class Backend(Protocol):
    """What a logger can be told."""

    def update(self, rows: Rows) -> None:
        """Take the rows that are new."""

    def finish(self, result: Result) -> None:
        """Take what came of the run."""

    def close(self, status: str) -> None:
        """Let go; the run is finished, interrupted, pruned, failed."""


def check(config: Logger) -> None:
    """Check, before work begins, that the logger is installed.

    Raises:
        DigitrecError: if it is not.
    """
    for package in NEEDED.get(config.name, ()):
        if importlib.util.find_spec(package) is None:
            raise DigitrecError(
                f"logger={config.name} needs the package {package}: "
                f"pip install 'digitrec[{config.name}]'"
            )


class Log:
    """A run's logger, or none, which cannot harm the run."""

    def __init__(self, config: TrainConfig, folder: RunDir) -> None:
        self._name = config.logger.name
        self._backend: Backend | None = None
        makers: dict[type[Any], Callable[[TrainConfig, RunDir], Backend]] = {
            TensorBoard: _TensorBoard,
            MlFlow: _MlFlow,
        }
        if make := makers.get(type(config.logger)):
            with self._harmless():
                self._backend = make(config, folder)

    def update(self, rows: Rows) -> None:
        """Tell of all epochs that have ended."""
        if self._backend:
            with self._harmless():
                self._backend.update(rows)

    def finish(self, rows: Rows, result: Result) -> None:
        """Tell of the end, and let the logger go."""
        self.update(rows)
        if self._backend:
            with self._harmless():
                self._backend.finish(result)
        self.close(result.status)

    def close(self, status: str) -> None:
        """Let the logger go."""
        if self._backend:
            with self._harmless():
                self._backend.close(status)

    @contextmanager
    def _harmless(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._backend = None
            line = DigitrecError(f"{type(error).__name__}: {error}")
            print(
                f"warning: logger={self._name} failed and is told no more of this run, whose "
                f"folder holds everything ({line})",
                file=sys.stderr,
            )


class _TensorBoard:
    """Event files in the run's folder; those of a resumed run are written anew."""

    def __init__(self, config: TrainConfig, folder: RunDir) -> None:
        from torch.utils.tensorboard import SummaryWriter

        place = folder.path / "tensorboard"
        shutil.rmtree(place, ignore_errors=True)
        self._writer: Any = SummaryWriter(str(place))
        text = yaml.safe_dump(to_dict(config), sort_keys=False)
        self._writer.add_text("configuration", f"<pre>{text}</pre>")
        self._rows = 0

    def update(self, rows: Rows) -> None:
        now = time.time()
        for index in range(self._rows, len(rows)):
            later = sum(row["seconds"] for row in rows[index + 1 :])
            for name, value in rows[index].items():
                if name != "epoch" and value is not None:
                    step = rows[index]["epoch"]
                    self._writer.add_scalar(name, value, step, walltime=now - later)
        self._rows = len(rows)
        self._writer.flush()

    def finish(self, result: Result) -> None:
        for name, value in _outcome(result).items():
            self._writer.add_scalar(f"final/{name}", value, result.epochs)

    def close(self, status: str) -> None:
        self._writer.close()


class _MlFlow:
    """A run in an MLflow store; its id is kept in the run's folder."""

    def __init__(self, config: TrainConfig, folder: RunDir) -> None:
        assert isinstance(config.logger, MlFlow)
        store = config.logger.store
        file = folder.path / "mlflow.txt"
        if store.startswith("sqlite:///"):
            Path(store.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        # Two jobs of a sweep that both make the store's tables would stand in each other's way.
        with locked(EXPERIMENTS / ".locks" / "mlflow", store, wait=True):
            os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # runs are nobody else's
            for name in ("mlflow", "alembic"):
                logging.getLogger(name).setLevel(logging.WARNING)
            from mlflow.tracking import MlflowClient

            self._client = MlflowClient(tracking_uri=store)
            if file.exists():
                self._id = file.read_text(encoding="utf-8").strip()
                self._client.update_run(self._id, status="RUNNING")
            else:
                name = experiment_name(config)
                known = self._client.get_experiment_by_name(name)
                group = known.experiment_id if known else self._client.create_experiment(name)
                tags = {"digitrec.run_dir": str(folder.path.resolve())}
                run = self._client.create_run(group, run_name=folder.path.name, tags=tags)
                self._id = run.info.run_id
                for key, value in flatten(to_dict(config)).items():
                    self._client.log_param(self._id, key, value)
                atomic.write_text(file, self._id + "\n")
        points = self._client.get_metric_history(self._id, "train_loss")
        self._epochs = {point.step for point in points}

    def update(self, rows: Rows) -> None:
        for row in rows:
            if row["epoch"] not in self._epochs:
                values = {k: v for k, v in row.items() if k != "epoch" and v is not None}
                self._log(values, row["epoch"])
                self._epochs.add(row["epoch"])

    def finish(self, result: Result) -> None:
        self._log(_outcome(result), result.epochs)

    def close(self, status: str) -> None:
        known = {"finished": "FINISHED", "interrupted": "KILLED", "pruned": "KILLED"}
        self._client.set_terminated(self._id, known.get(status, "FAILED"))

    def _log(self, values: Mapping[str, Any], step: int) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        metrics = [Metric(name, float(value), now, step) for name, value in values.items()]
        self._client.log_batch(self._id, metrics=metrics)  # all of them, or none


def _outcome(result: Result) -> dict[str, float]:
    names = ("test_accuracy", "test_loss", "test_ece", "temperature", "train_seconds", "parameters")
    return {name: value for name in names if (value := getattr(result, name)) is not None}
