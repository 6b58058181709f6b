"""metrics.csv: a table with one row per epoch."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from digitrec.errors import RunFileError
from digitrec.storage import atomic
from digitrec.storage.regular_files import read_text
from digitrec.training.run_directory.typed_json import TRAIN_AGAIN, build

__all__ = ["MetricsRow", "read", "write"]


@dataclass(frozen=True, kw_only=True)
class MetricsRow:
    """One epoch of a run: a row of metrics.csv.

    Attributes:
        epoch: Counted from 1.
        train_loss: The mean loss of the training steps.
        validation_loss: Mean cross-entropy in nats; None without validation images.
        validation_accuracy: As a fraction of 1; None without validation images.
        learning_rate: That of the last step.
        images_per_second: How many images were learnt from in a second.
        seconds: The seconds of the training steps alone.
    """

    epoch: int
    train_loss: float
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    images_per_second: float
    seconds: float


def write(file: Path, rows: Sequence[MetricsRow]) -> None:
    """Write the table in one step."""
    text = io.StringIO()
    names = [field.name for field in dataclasses.fields(MetricsRow)]
    table = csv.DictWriter(text, fieldnames=names, lineterminator="\n")
    table.writeheader()
    table.writerows(dataclasses.asdict(row) for row in rows)
    atomic.write_text(file, text.getvalue())


def read(file: Path) -> list[MetricsRow]:
    """Read the table.

    Raises:
        RunFileError: If the file is missing or damaged.
    """
    try:
        text = read_text(file)
        rows = [_numbers(row) for row in csv.DictReader(io.StringIO(text, newline=""))]
    except FileNotFoundError:
        raise RunFileError(file, "is missing", TRAIN_AGAIN) from None
    except OSError as error:
        raise RunFileError(file, f"cannot be read: {error.strerror}", TRAIN_AGAIN) from None
    except (AttributeError, TypeError, ValueError, csv.Error):
        rows = []
    if rows and not text.endswith("\n"):  # what is left of a number may be one, too
        raise RunFileError(file, "is damaged: its end is cut off", TRAIN_AGAIN)
    if not rows:
        raise RunFileError(file, "is damaged: it is not a table of epochs", TRAIN_AGAIN)
    found = [build(MetricsRow, row, file) for row in rows]
    if [row.epoch for row in found] != list(range(1, len(found) + 1)):
        raise RunFileError(file, "is damaged: its epochs do not follow one another", TRAIN_AGAIN)
    return found


def _numbers(row: dict[str, str]) -> dict[str, float | None]:
    return {name: _number(text) for name, text in row.items()}


def _number(text: str) -> float | None:
    if not text:
        return None
    return int(text) if text.isdecimal() else float(text)
