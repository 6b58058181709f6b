from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from picture_folders import write_digits

from digitrec.config.compose import compose
from digitrec.training.run import run
from digitrec.training.run_directory import MetricsRow

NOTE = "note    data=folder has its own validation part; validation=7 is ignored"


@pytest.mark.parametrize(("validation", "told"), [(7, True), (0, False), (5000, False)])
def test_it_says_where_the_data_chooses_what_validates(
    validation: int, told: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_digits(tmp_path / "pictures", 5)
    words = ["data=folder", f"data.root={tmp_path}/pictures", "data.held_out=0.2", "epochs=1"]
    words += ["model=tiny", "batch_size=10", "threads=1", f"run_dir={tmp_path}/run"]

    def stop(row: MetricsRow) -> None:
        if not told:  # by now; how a run ends is the same in each case
            raise KeyboardInterrupt

    with contextlib.suppress(KeyboardInterrupt):
        run(compose([*words, f"validation={validation}"]), stop)
    printed = capsys.readouterr().out
    assert (NOTE in printed) == told
    assert "1 thread, float32" in printed
    assert ("of training in 1 epoch\n" in printed) == told
