"""Learning from the corrected drawings: start it, follow it, then use or discard the result.

What is learnt is written to a file of its own. Only if the user wants to use it does it take the
place of what was learnt before.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from digitrec.drawing.corrections import MIN_DRAWINGS, adapted_file
from digitrec.gui.session.learning.learning_process import LearningProcess
from digitrec.gui.session.messages import Message, error_text

__all__ = ["LEARNING", "Learning"]

LEARNT = "learnt-{}.h5"  # with the number of the window's process
LEARNING = Message("Learning your writing …")


class Learning:
    """Fine-tunes a network on a file of drawings, and keeps the result until it is decided on.

    Attributes:
        process: The process that learns.
        outcome: In a sentence, what came of it. None if there is nothing new.
        candidate: The file of the new network while the user has not decided on it yet.
    """

    def __init__(self, drawings: Path) -> None:
        """Learn from this file of corrected drawings."""
        self.process = LearningProcess()
        self.outcome: Message | None = None
        self.candidate: Path | None = None
        self._drawings = drawings

    @property
    def running(self) -> bool:
        """Whether the process is running."""
        return self.process.running

    @property
    def learnt(self) -> Path:
        """The file of the network that learnt from the drawings. It may not exist."""
        return adapted_file(self._drawings)

    def lacking(self, count: int | None) -> int | None:
        """Return how many more drawings than ``count`` are needed; None if that is not known."""
        return None if count is None else max(MIN_DRAWINGS - count, 0)

    def base(self, checkpoint: Path | None) -> Path:
        """Return the network that learning begins with if ``checkpoint`` is in use.

        A network that learnt from the drawings before gives way to the one that comes with the
        package: everything that it has learnt from is among the drawings.
        """
        from digitrec.storage.resources import shipped_checkpoint

        if checkpoint is None or checkpoint.resolve() == self.learnt.resolve():
            return shipped_checkpoint()
        return checkpoint

    def start(self, checkpoint: Path | None) -> bool:
        """Start to learn, and return False if that is already running.

        Args:
            checkpoint: The network in use. None if there is none.

        Raises:
            OSError: If what was learnt before cannot be deleted.
        """
        if self.running:
            return False
        self.discard()
        return self.process.start(self._drawings, self.base(checkpoint), self.new_file)

    def poll(self) -> Message | None:
        """Take in the result; return a message for the user, or None while it is running."""
        completed = self.process.poll()
        if completed is None:
            return None
        if completed.error is not None:
            self.outcome = Message(error_text(completed.error), "error")
        else:
            report: dict[str, Any] = completed.value
            self.outcome = summary(report)
            self.candidate = Path(report["written"]) if report["written"] else None
        if self.candidate is None:
            self._delete_unreported()
        return self.outcome

    def use(self) -> Path | None:
        """Put the new network in the place of the one learnt before.

        Returns:
            Its file. None if there is no new network.

        Raises:
            OSError: If the file cannot be moved. The new network can still be used or discarded.
        """
        if self.candidate is None:
            return None
        self.candidate.replace(self.learnt)
        self.candidate = self.outcome = None
        return self.learnt

    def discard(self) -> None:
        """Delete the new network, if there is one.

        Raises:
            OSError: If it cannot be deleted. The new network can still be used or discarded.
        """
        if self.candidate is not None:
            self.candidate.unlink(missing_ok=True)
        self.candidate = self.outcome = None

    def close(self) -> None:
        """End the process, and delete what is not decided on if that is possible."""
        self.process.close()
        self.poll()  # it may have ended a moment ago
        with suppress(OSError):
            self.discard()
        self._delete_unreported()

    def delete_abandoned(self) -> None:
        """Delete the networks of killed processes that were never decided on."""
        for file in self.learnt.parent.glob(LEARNT.format("*")):
            with suppress(OSError):
                if not _is_running(file.stem.partition("-")[2]):
                    file.unlink()

    def _delete_unreported(self) -> None:
        """Delete a network of a process that ended after it wrote it and before it said so."""
        with suppress(OSError):
            self.new_file.unlink(missing_ok=True)

    @property
    def new_file(self) -> Path:
        """Where fine-tuning writes the network, until it is looked at."""
        return self.learnt.with_name(LEARNT.format(os.getpid()))


def _is_running(process: str) -> bool:
    """Return whether a process is running; also True where that cannot be told."""
    if sys.platform == "win32" or not process.isdecimal():
        return True  # there, the question would end the process
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass  # it is another user's, or no number of a process
    return True


def summary(report: dict[str, Any]) -> Message:
    """Summarise the outcome of fine-tuning for the user.

    Args:
        report: A `digitrec.training.adaptation.adapt_to_drawings.AdaptationReport`.
    """
    others = "computer-generated digits"
    if report["others"] == "mnist":
        others = "other people's digits (MNIST)"
    before, after = report["mnist_before"], report["mnist_after"]
    if report["written"] is None:
        return Message(
            f"Nothing was learnt: every attempt made the network read {others} worse than "
            f"{before:.2%}.",
            "warning",
        )
    tests, right, right_before = (
        report[key] for key in ("held_back", "right_after", "right_before")
    )
    if tests:
        own = (
            f"Of {tests} of your drawings that it was not trained on, it read {right_before} "
            f"before and reads {right} now"
        )
    else:
        own = "You have too few drawings to test it on"
    text = f"{own}; of {others}, it read {before:.2%} before and reads {after:.2%} now."
    if left_out := len(report["doubtful"]):
        drawings = "1 drawing was" if left_out == 1 else f"{left_out} drawings were"
        text += f" {drawings} left out, because the label is probably a slip."
    if right == right_before:
        return Message(text)  # nothing got better on the drawings that it was not trained on
    return Message(text, "good" if right > right_before else "warning")
