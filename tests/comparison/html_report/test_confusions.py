from __future__ import annotations

from pathlib import Path

import pytest
from sample_runs import errors_at, made_up_run

from digitrec.comparison.compare_runs import compare_runs
from digitrec.comparison.find_runs import find_runs
from digitrec.comparison.html_report.confusions import confusion_cells, confusion_change


def test_confusions_are_means_over_the_runs_of_the_better_minus_the_other(tmp_path: Path) -> None:
    # Image i shows the digit i modulo 10, and a misread image is read as the next digit.
    made_up_run(tmp_path / "a0", errors_at(40, 1, 2, 3), 0, experiment="a", epochs=1)
    made_up_run(tmp_path / "a1", errors_at(40, 1, 2, 4), 1, experiment="a", epochs=1)
    made_up_run(tmp_path / "b0", errors_at(40, 2, 9), 0, experiment="b", epochs=1)
    (verdict,) = compare_runs(find_runs([str(tmp_path)])).main_verdicts
    assert (verdict.a.name, verdict.b.name) == ("a", "b")
    change = confusion_change(verdict)
    assert change[9, 0] == 1
    assert change[1, 2] == -1
    assert change[3, 4] == -0.5
    assert change.sum() == pytest.approx(-1)
    cells = confusion_cells(verdict)
    assert cells[9][0] == ("1", 1)
    assert cells[3][4] == ("-0.5", -0.5)
    assert cells[0][0] == ("", 0)
