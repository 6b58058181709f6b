"""Threads that read at once; `digitrec bench load` does so ten thousand times."""

from __future__ import annotations

import re

import pytest

from digitrec.benchmarks.attacks import load
from digitrec.errors import DigitrecError


def test_threads_get_the_answers_of_one_and_leave_nothing_behind() -> None:
    first, rest = load.measure_load(150)
    assert first == "the first 8 readings at once: 0 answers unlike those of one thread"
    found = re.fullmatch(
        r"150 readings in 8 threads: 0 such answers, (-?[\d.]+) MB of growth after the first 30, "
        r"\d+ readings a second",
        rest,
    )
    assert found
    assert float(found[1]) < 20  # mostly what threads keep for their next pictures


def test_another_answer_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(range(1000))

    class Prediction:
        def __init__(self) -> None:
            self.digit = next(answers)
            self.sureness = 0.0

    monkeypatch.setattr(load.Recognizer, "recognize", lambda self, image: Prediction())
    with pytest.raises(DigitrecError, match=r"\d+ readings gave another answer"):
        list(load.measure_load(20))
