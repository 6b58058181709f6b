from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sample_runs import errors_at, made_up_run

from digitrec.comparison.runs import Run, read_run

MakeRun = Callable[..., Run]


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Give a function of a folder and misread images, which writes and reads a run on 40 images."""

    def make(name: str, *misread: int, epochs: int = 1, **settings: Any) -> Run:
        wrong = errors_at(40, *misread)
        return read_run(made_up_run(tmp_path / name, wrong, epochs=epochs, **settings))

    return make
