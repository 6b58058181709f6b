"""The panel that compares what several networks read."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import Driver


@pytest.mark.window
def test_two_runs_of_one_day_have_different_names(driver: Driver) -> None:
    panel = driver.window.model_panel
    runs = [
        Path(f"experiments/fast/20261201-10{run}/model.h5")
        for run in ("0203-ab12cd", "1500-ef34aa")
    ]
    panel.show(runs, None)
    first, second = (str(name["text"]) for name, _ in panel.rows)
    assert first != second
    assert first.endswith("ab12cd")
    panel.show([], None)
