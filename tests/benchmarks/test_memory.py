from __future__ import annotations

import os
import re
import sys

import pytest

from digitrec.benchmarks.memory import resident_megabytes, training_memory
from digitrec.errors import DigitrecError

SMALL = ["data=synthetic", "data.train=100", "data.test=20", "validation=0", "model=tiny"]


@pytest.mark.slow
def test_the_peak_memory_of_a_training_is_shown() -> None:
    line = training_memory(SMALL)
    found = re.match(
        r"peak resident memory of digitrec train epochs=1 data=synthetic .*: (\S+) GB", line
    )
    assert found
    assert 0.05 < float(found[1]) < 4


def test_a_training_that_fails_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DigitrecError, match="the training ended with exit code 2"):
        training_memory(["model=cnnn"])
    assert "cnn" in capfd.readouterr().err


def test_a_system_that_does_not_tell_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "wait4")
    with pytest.raises(DigitrecError, match="bench memory needs Linux or macOS"):
        training_memory(SMALL)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems tell it elsewhere")
def test_what_is_held_counts_and_what_is_given_back_does_not() -> None:
    before = resident_megabytes()
    held = bytearray(b"\1" * 50_000_000)
    assert 45 < resident_megabytes() - before < 60
    del held
    assert resident_megabytes() - before < 5
