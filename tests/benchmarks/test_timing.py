from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import pytest
import torch

from digitrec.benchmarks.normalise import normalisation
from digitrec.benchmarks.synthetic import synthetic_images
from digitrec.benchmarks.timing import in_turns, one_thread


def test_one_thread_computes_and_then_as_many_as_before() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with one_thread():
            inside = torch.get_num_threads()
        assert (inside, torch.get_num_threads()) == (1, 3)
        with pytest.raises(KeyError), one_thread():
            raise KeyError
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_jobs_take_turns_and_their_first_runs_are_not_timed() -> None:
    done: list[str] = []
    ticks = itertools.count()
    jobs = {"a": lambda: done.append("a"), "b": lambda: done.append("b") or next(ticks)}
    assert in_turns(jobs, 2, clock=lambda: next(ticks)) == {"a": [1, 1], "b": [2, 2]}
    assert done == ["a", "b"] * 3


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (lambda: synthetic_images(count=20, repeats=1), "synthetic images"),
        (lambda: normalisation(count=2, repeats=1), "drawings of 280×280"),
    ],
)
def test_rates_are_of_one_core(line: Callable[[], str], what: str) -> None:
    found = re.fullmatch(rf"([\d,]+) {what} a second of one core \(median of 1\)", line())
    assert found
    assert int(found[1].replace(",", "")) > 10
