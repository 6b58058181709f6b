"""Logging a run to TensorBoard."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import yaml
from PIL import Image

from digitrec.config.conversion import to_dict
from digitrec.config.train_config import TrainConfig
from digitrec.training.loggers.logged_values import measured, outcome, run_artifacts
from digitrec.training.run_directory import MetricsRow, Result, RunDir

__all__ = ["TensorBoardBackend"]


class TensorBoardBackend:
    """Event files in the run's folder; a resumed run writes them again."""

    def __init__(self, config: TrainConfig, folder: RunDir) -> None:
        from torch.utils.tensorboard import SummaryWriter

        _silence_writing_thread()
        place = folder.path / "tensorboard"
        shutil.rmtree(place, ignore_errors=True)
        self._writer: Any = SummaryWriter(str(place))
        self._folder = folder
        text = yaml.safe_dump(to_dict(config), sort_keys=False)
        self._writer.add_text("configuration", f"<pre>{text}</pre>")
        self._rows = 0

    def update(self, rows: Sequence[MetricsRow]) -> None:
        """Log the new rows."""
        now = time.time()
        for index in range(self._rows, len(rows)):
            later = sum(row.seconds for row in rows[index + 1 :])
            for name, value in measured(rows[index]).items():
                self._writer.add_scalar(name, value, rows[index].epoch, walltime=now - later)
        self._rows = len(rows)
        self._writer.flush()

    def finish(self, result: Result) -> None:
        """Log the result of the run."""
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


@cache
def _silence_writing_thread() -> None:
    """Keep back the traceback of TensorBoard's own thread, whose error `flush` raises, too."""
    usual = threading.excepthook

    def tell(failed: threading.ExceptHookArgs) -> None:
        if not type(failed.thread).__module__.startswith("tensorboard."):
            usual(failed)

    threading.excepthook = tell
