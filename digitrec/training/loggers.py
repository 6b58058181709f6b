"""Tell a logger of a run: TensorBoard or MLflow. The run's folder stays the record.

Loggers are shown the rows of metrics.csv, all of them every time, and take those they lack. So a
resumed run goes on where its logger is, with no point twice and none missing. A logger that fails
is left alone from then on, and the run goes on without it.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from digitrec.config.groups import Logger
from digitrec.config.registry import register
from digitrec.errors import DigitrecError

if TYPE_CHECKING:
    from digitrec.config.train_config import TrainConfig
    from digitrec.training.run_directory import MetricsRow, Result, RunDir

__all__ = ["Log", "NoLogger"]


class Backend(Protocol):
    """What a logger can be told."""

    def update(self, rows: Sequence[MetricsRow]) -> None:
        """Take the rows that are new."""

    def finish(self, result: Result) -> None:
        """Take what came of the run."""

    def close(self, status: str) -> None:
        """Let go; the run is finished, interrupted, pruned, failed."""


@register("none")
@dataclass(frozen=True, kw_only=True)
class NoLogger(Logger):
    """The run directory alone."""


@register("tensorboard")
@dataclass(frozen=True, kw_only=True)
class TensorBoard(Logger):
    """Curves for TensorBoard, in the folder ``tensorboard`` of the run directory."""

    def check(self) -> None:
        """Check that TensorBoard is installed."""
        _need("tensorboard", "tensorboard")

    def start(self, config: TrainConfig, folder: RunDir) -> Backend:
        """Write the run's curves from the first epoch on."""
        from digitrec.training.logger_backends import TensorBoardBackend

        return TensorBoardBackend(config, folder)


@register("mlflow")
@dataclass(frozen=True, kw_only=True)
class MlFlow(Logger):
    """A run in an MLflow store; a local SQLite file by default.

    Attributes:
        store: MLflow's tracking URI.
    """

    store: str = "sqlite:///experiments/mlflow.db"

    def check(self) -> None:
        """Check that MLflow and what its store needs are installed."""
        _need("mlflow", "mlflow", "sqlalchemy", "alembic")

    def start(self, config: TrainConfig, folder: RunDir) -> Backend:
        """Make the run in the store, or find the one that it has there."""
        from digitrec.training.logger_backends import MlFlowBackend

        return MlFlowBackend(config, folder, self.store)


def _need(extra: str, *packages: str) -> None:
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise DigitrecError(
                f"logger={extra} needs the package {package}: pip install 'digitrec[{extra}]'"
            )


class Log:
    """A run's logger, or none, which cannot harm the run."""

    def __init__(self, config: TrainConfig, folder: RunDir) -> None:
        self._name = config.logger.name
        self._backend: Backend | None = None
        with self._harmless():
            self._backend = config.logger.start(config, folder)

    def update(self, rows: Sequence[MetricsRow]) -> None:
        """Tell of all epochs that have ended."""
        if self._backend:
            with self._harmless():
                self._backend.update(rows)

    def finish(self, rows: Sequence[MetricsRow], result: Result) -> None:
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
