"""Log a run to its loggers. The run's folder remains the record.

Loggers are shown the rows of metrics.csv, all of them every time, and take those they lack. So a
resumed run goes on where its logger is, with no point twice and none missing. A logger that fails
is left alone from then on, and the run and the other loggers go on without it.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from digitrec.config.groups import Logger
from digitrec.config.train_config import TrainConfig
from digitrec.errors import DigitrecError
from digitrec.training.loggers.choices import Several
from digitrec.training.run_directory import MetricsRow, Result, RunDir

__all__ = ["Backend", "Log"]

MAX_ERROR = 300  # characters: databases repeat the whole statement that failed


class Backend(Protocol):
    """What a logger does in the course of a run."""

    def update(self, rows: Sequence[MetricsRow]) -> None:
        """Log the new rows."""

    def finish(self, result: Result) -> None:
        """Log the result of the run."""

    def close(self, status: str) -> None:
        """Let go; the run is finished, interrupted, pruned, failed."""


class Log:
    """The loggers of a run, if any; their failures do not harm the run."""

    def __init__(self, config: TrainConfig, folder: RunDir) -> None:
        chosen = config.logger.loggers if isinstance(config.logger, Several) else [config.logger]
        self._backends: dict[str, Backend] = {}
        for logger in chosen:
            self._safely(logger.name, partial(self._start, logger, config, folder))

    def update(self, rows: Sequence[MetricsRow]) -> None:
        """Log all epochs that have ended."""
        self._tell(lambda backend: backend.update(rows))

    def finish(self, rows: Sequence[MetricsRow], result: Result) -> None:
        """Log the end, and close the loggers."""
        self.update(rows)
        self._tell(lambda backend: backend.finish(result))
        self.close(result.status)

    def close(self, status: str) -> None:
        """Close the loggers."""
        self._tell(lambda backend: backend.close(status))

    def _start(self, logger: Logger, config: TrainConfig, folder: RunDir) -> None:
        if (backend := logger.start(config, folder)) is not None:
            self._backends[logger.name] = backend

    def _tell(self, what: Callable[[Backend], None]) -> None:
        for name, backend in list(self._backends.items()):
            self._safely(name, partial(what, backend))

    def _safely(self, name: str, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception as error:
            self._backends.pop(name, None)
            line = textwrap.shorten(f"{type(error).__name__}: {error}", MAX_ERROR, placeholder=" …")
            print(
                f"warning: logger={name} failed and was switched off; the run folder "
                f"still has everything ({DigitrecError(line)})",
                file=sys.stderr,
            )
