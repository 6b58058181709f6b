"""The progress of reading many files: a bar on a terminal, and totals at the end."""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from collections.abc import Callable

from digitrec.errors import PictureError
from digitrec.recognition.read_files import FileAnswer
from digitrec.recognition.results import Page

__all__ = ["Tally"]

REFRESH = 0.2  # seconds


class Tally:
    """Counts answers, and shows them on a terminal while they come.

    Args:
        shown: Whether there is a bar: on a terminal that does not show the answers themselves.
        count: Counts the files, roughly, in a thread of its own; it is given what tells it to stop.

    Attributes:
        read: Pages that were read.
        rejected: Those of them without a digit.
        unreadable: Pages and files that could not be read.
    """

    def __init__(self, shown: bool, count: Callable[[Callable[[], bool]], int | None]) -> None:
        self.read = self.rejected = self.unreadable = 0
        self._started, self._files, self._ended = time.monotonic(), 0, threading.Event()
        self._count = count
        self._bar = _Bar() if shown else None

    def __enter__(self) -> Tally:
        if self._bar is not None:
            threading.Thread(target=self._find_total, args=(self._bar,), daemon=True).start()
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._bar is not None:
            with contextlib.suppress(OSError):  # after SIGHUP the terminal is gone
                self._bar.stop()

    def add(self, answer: FileAnswer) -> None:
        """Count what was read in a file."""
        for _, result in answer.pages:
            if isinstance(result, PictureError):
                self.unreadable += 1
                continue
            self.read += 1
            digits = result.digits if isinstance(result, Page) else (result,)
            self.rejected += all(digit.digit is None for digit in digits)
        self.skip()

    def skip(self) -> None:
        """Count a file that was read before."""
        self._files += 1
        if self._bar is not None:
            rate = self._files / max(time.monotonic() - self._started, 1e-9)
            self._bar.update(completed=self._files, rate=rate)

    def _find_total(self, bar: _Bar) -> None:
        total = self._count(self._ended.is_set)
        if not self._ended.is_set():
            bar.update(total=total)

    def summary(self, before: int, unreadable_before: int = 0) -> str:
        """Return the line at the end.

        Args:
            before: Files that an earlier call has read,
            unreadable_before: And those of them that it could not read.
        """
        seconds = time.monotonic() - self._started
        text = (
            f"read {self.read:,} ({self.rejected:,} rejected), {self.unreadable:,} unreadable, "
            f"in {seconds:.1f} s"
        )
        if before:
            text += f"; {before:,} files were read before"
        if unreadable_before:
            text += f", of them {unreadable_before:,} unreadable"
        return text


class _Bar:
    """A bar on the terminal. Importing rich takes long, so that is done only for a bar."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        progress = Progress(
            TextColumn("reading"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]:,.0f} files/s"),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True, highlight=False, soft_wrap=True),
            transient=True,
            refresh_per_second=1 / REFRESH,
        )
        task = progress.add_task("files", total=None, rate=0.0)
        self.start, self.stop = progress.start, progress.stop
        self.update = functools.partial(progress.update, task)
