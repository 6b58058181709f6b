"""Clocks that are set back while a run is trained, and files from the future."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from digitrec.comparison.compare_runs import compare_runs
from digitrec.config.compose import compose
from digitrec.errors import Interrupted
from digitrec.training.run import run
from digitrec.training.run_directory import MetricsRow, RunDir

SMALL = (
    "data=synthetic", "data.train=160", "data.test=40", "validation=40", "model=tiny", "epochs=3",
    "batch_size=16", "threads=1", "save_seconds=0",
)  # fmt: skip
DECADE = 10 * 365 * 86400.0


@pytest.fixture
def backwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that is set back by an hour each time somebody looks at it."""
    now = time.time
    set_back = iter(range(0, 10**9, 3600))
    monkeypatch.setattr(time, "time", lambda: now() - next(set_back))


@pytest.mark.slow
@pytest.mark.usefixtures("backwards")
def test_a_run_is_trained_stopped_and_gone_on_with(tmp_path: Path) -> None:
    def stop(row: MetricsRow) -> None:
        for path in (tmp_path / "run").iterdir():  # as if written before the clock was set back
            os.utime(path, (time.time() + DECADE,) * 2)
        raise Interrupted("stopped", 15)

    with pytest.raises(Interrupted):
        run(compose([*SMALL, f"run_dir={tmp_path / 'run'}"]), stop)
    result = run(compose([f"resume={tmp_path / 'run'}"]))
    whole = run(compose([*SMALL, f"run_dir={tmp_path / 'whole'}"]))
    assert result.status == whole.status == "finished"
    rows = [RunDir(tmp_path / name).metrics() for name in ("run", "whole")]
    for one, other in zip(*rows, strict=True):
        assert one.validation_loss == other.validation_loss
        assert one.seconds >= 0
    assert result.train_seconds is not None
    assert result.train_seconds >= 0
    assert not compare_runs([tmp_path / "run", tmp_path / "whole"]).problems
