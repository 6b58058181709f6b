from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path

import pytest

from digitrec.benchmarks import files
from digitrec.benchmarks.files import measure_files
from digitrec.errors import DigitrecError


@pytest.mark.slow
def test_files_are_made_read_killed_and_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SIZES", (20, 1000))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    made, some, all_, killed, ray = measure_files(400, None)
    assert made.startswith("400 PNG files of 28×28 made in ")
    for line, count in ((some, 20), (all_, 400)):
        found = re.fullmatch(
            r" *([0-9]+) files: +([0-9.]+) s, +([0-9,]+) a second, peak memory ([0-9,]+) MB", line
        )
        assert found
        assert int(found[1]) == count
        assert int(found[4].replace(",", "")) > 50
    assert re.match(r"killed after [0-9]+ of 400, then --resume in [0-9.]+ s: ", killed)
    assert killed.endswith(": the same bytes")
    assert ray == "Ray is not installed: pip install 'digitrec[ray]'"


def test_a_reading_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(DigitrecError, match=r"exit code 2 and said error: .*x\.h5 does not exist"):
        list(measure_files(1, tmp_path / "x.h5"))


def test_a_system_that_tells_no_memory_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "wait4")
    with pytest.raises(DigitrecError, match="needs Linux or macOS"):
        next(measure_files(10, None))
