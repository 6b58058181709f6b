"""Checkpoint files of networks for any task, changed so that none of them may be loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import pytest

from digitrec.errors import CheckpointError

__all__ = ["check_refused", "of_digits", "without_check"]


def check_refused(
    path: Path,
    change: Callable[[h5py.File], None],
    load: Callable[[Path], object],
    reason: str,
) -> None:
    """Check that a changed file is refused in one line, which names it and says why."""
    with h5py.File(path, "r+") as file:
        change(file)
    with pytest.raises(CheckpointError, match=reason) as error:
        load(path)
    assert str(path) in str(error.value)
    assert str(error.value).isprintable()


def of_digits(file: h5py.File) -> None:
    file.attrs["model"] = "tiny"
    file.attrs["model_arguments"] = "{}"


def without_check(file: h5py.File) -> None:
    del file["check"]
