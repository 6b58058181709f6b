"""Show the progress of runs and sweeps: a bar on a terminal, and plain lines everywhere."""

from __future__ import annotations

import contextlib
import errno
import sys
import time
from typing import TYPE_CHECKING, NoReturn

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from digitrec.training.run_directory import MetricsRow

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RunProgress", "SweepProgress"]

REFRESH = 0.25  # seconds between two updates; each reads the loss, and so waits for the device


class RunProgress:
    """Shows epochs, loss, validation accuracy, images per second and the time left.

    Each epoch that ends is a line. On a terminal there is a progress bar below these lines.

    Args:
        epochs: The epochs of the run.
        steps_per_epoch: The steps of each epoch.
        batch_size: The mean number of images of a step.
        done: The steps that were taken before the run was resumed.
        console: The console of the sweep that the run belongs to; one of its own by default.
    """

    def __init__(
        self,
        epochs: int,
        steps_per_epoch: int,
        batch_size: float,
        done: int = 0,
        console: Console | None = None,
    ) -> None:
        self._epochs, self._steps, self._batch = epochs, steps_per_epoch, batch_size
        self._console = console or _console()
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

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # after SIGHUP the terminal is gone
            self._bar.stop()

    def step(self, done: int, loss: Tensor) -> None:
        """Show that ``done`` steps of the run are taken, and the loss of the last one."""
        now = time.perf_counter()
        if self._bar.disable or now - self._last < REFRESH:
            return
        self._last = now
        rate = (done - self._done_at_start) * self._batch / (now - self._started)
        self._bar.update(
            self._task, completed=done, epoch=min(done // self._steps + 1, self._epochs),
            loss=float(loss), rate=rate,
        )  # fmt: skip

    def epoch(self, row: MetricsRow) -> None:
        """Write the line of an epoch that has ended."""
        left = (self._epochs - row.epoch) * row.seconds
        accuracy = row.validation_accuracy
        shown = "" if accuracy is None else f"  validation {accuracy:.2%}"
        self._console.print(
            f"epoch {row.epoch}/{self._epochs}  loss {row.train_loss:.4f}{shown}"
            f"  {row.images_per_second:,.0f} images/s  {left:.0f} s left"
        )
        sys.stdout.flush()


class SweepProgress:
    """Shows how many jobs of a sweep are done, and the time left.

    Each job that ends is a line. On a terminal there is a progress bar below these lines and the
    lines of runs that share its console.

    Args:
        jobs: The jobs of the sweep.
        done: How many of them were finished before.
        epochs: The epochs of all jobs that are left.

    Attributes:
        console: Where the sweep is shown.
    """

    def __init__(self, jobs: int, done: int, epochs: int) -> None:
        self._jobs, self._done, self._failed = jobs, done, 0
        self.console = _console()
        self._bar = Progress(
            TextColumn("sweep {task.fields[done]}/{task.fields[jobs]} jobs{task.fields[failed]}"),
            BarColumn(bar_width=20),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self._task = self._bar.add_task("sweep", total=epochs, done=done, jobs=jobs, failed="")

    def __enter__(self) -> SweepProgress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # after SIGHUP the terminal is gone
            self._bar.stop()

    def epoch(self) -> None:
        """Show that an epoch of some job has ended."""
        self._bar.advance(self._task)

    def end(self, epochs: int, failed: bool, line: str) -> None:
        """Write the line of a job that has ended.

        Args:
            epochs: The epochs of the job that were not trained, and will not be.
            failed: Whether the job failed.
            line: What became of it.
        """
        self._done += 1
        self._failed += failed
        self._bar.update(
            self._task, advance=epochs, done=self._done,
            failed=f", {self._failed} failed" if self._failed else "",
        )  # fmt: skip
        self.console.print(f"[{self._done}/{self._jobs}] {line}", markup=False)
        sys.stdout.flush()


class _Console(Console):
    def on_broken_pipe(self) -> NoReturn:
        """Let the run save what it has; rich would end the program here."""
        raise BrokenPipeError(errno.EPIPE, "the program that reads the output has ended")


def _console() -> Console:
    return _Console(highlight=False, soft_wrap=True, emoji=False)  # ":x:" is a part of a path
