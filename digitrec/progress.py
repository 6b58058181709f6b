"""How a run shows itself while it goes: a live line on a terminal, a line an epoch elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor

__all__ = ["RunProgress"]

REFRESH = 0.25  # seconds between two looks at the loss, each of which waits for the device


class RunProgress:
    """Shows epochs, loss, validation accuracy, images a second and the time left.

    On a terminal a bar lives below the lines of the epochs. Where stdout is a file or a pipe, only
    the lines are written.
    """

    def __init__(self, epochs: int, steps_per_epoch: int, batch_size: int, done: int = 0) -> None:
        self._epochs, self._steps, self._batch = epochs, steps_per_epoch, batch_size
        self._console = Console(highlight=False, soft_wrap=True)
        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
            BarColumn(bar_width=20),
            TextColumn("loss {task.fields[loss]:.4f}  {task.fields[rate]:,.0f} images/s"),
            TimeRemainingColumn(compact=True),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task(
            "train", total=epochs * steps_per_epoch, completed=done,
            epoch=done // steps_per_epoch + 1, epochs=epochs, loss=float("nan"), rate=0.0,
        )  # fmt: skip
        self._done_at_start, self._started, self._last = done, time.perf_counter(), 0.0

    def __enter__(self) -> RunProgress:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def step(self, done: int, loss: Tensor) -> None:
        """Show that ``done`` steps of the run are taken, the last with that loss."""
        now = time.perf_counter()
        if self._bar.disable or now - self._last < REFRESH:
            return
        self._last = now
        rate = (done - self._done_at_start) * self._batch / (now - self._started)
        self._bar.update(
            self._task, completed=done, epoch=min(done // self._steps + 1, self._epochs),
            loss=float(loss), rate=rate,
        )  # fmt: skip

    def epoch(self, row: dict[str, Any]) -> None:
        """Write the line of an epoch that has ended: a row of metrics.csv."""
        left = (self._epochs - row["epoch"]) * row["seconds"]
        accuracy = row["validation_accuracy"]
        shown = "" if accuracy is None else f"  validation {accuracy:.2%}"
        self._console.print(
            f"epoch {row['epoch']}/{self._epochs}  loss {row['train_loss']:.4f}{shown}"
            f"  {row['images_per_second']:,.0f} images/s  {left:.0f} s left"
        )
        sys.stdout.flush()
