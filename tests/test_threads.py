from __future__ import annotations

import os
import subprocess
import sys
from types import ModuleType, SimpleNamespace

import pytest

from digitrec import threads
from digitrec.threads import busy_and_all, free_cores, sleep_when_idle, threads_to_share

# The system's counts: of all cores together, and of each. Core 1 has no work, core 2 nothing else.
EARLY = """\
cpu  300 0 100 2000 0 0 0 0 0 0
cpu0 100 0 50 700 10 0 0 0 0 0
cpu1 100 0 50 700 10 0 0 0 0 0
cpu2 100 0 50 700 10 0 0 0 0 0
intr 12345 0 0
"""
LATE = """\
cpu  317 0 100 2013 0 0 0 0 0 0
cpu0 103 0 51 704 12 0 0 0 0 0
cpu1 100 0 50 708 12 0 0 0 0 0
cpu2 108 0 51 700 10 0 0 1 0 0
"""


def see(monkeypatch: pytest.MonkeyPatch, cores: set[int], *texts: str) -> None:
    """Let a process that may use these cores read these texts in turn."""
    given = iter(texts)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: cores, raising=False)
    monkeypatch.setattr(threads, "STAT", SimpleNamespace(read_text=lambda: next(given)))
    monkeypatch.setattr(threads, "SECONDS", 0.0)


def test_ticks_of_work_are_told_from_ticks_of_rest() -> None:
    assert busy_and_all(EARLY) == dict.fromkeys((0, 1, 2), (150, 860))
    assert busy_and_all(LATE) == {0: (154, 870), 1: (150, 870), 2: (160, 870)}
    assert busy_and_all("") == {}


@pytest.mark.parametrize(
    ("cores", "free"), [({0, 1, 2}, 2), ({0, 1}, 2), ({0}, 1), ({2}, 1), ({1, 2}, 1)]
)
def test_a_core_is_free_that_has_half_of_its_time_left(
    monkeypatch: pytest.MonkeyPatch, cores: set[int], free: int
) -> None:
    see(monkeypatch, cores, EARLY, LATE)
    assert free_cores({}) == free


def test_where_the_system_says_nothing_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    see(monkeypatch, {0, 1}, "", "")
    assert free_cores({}) is None
    see(monkeypatch, {0, 7}, EARLY, LATE)
    assert free_cores({}) is None


@pytest.mark.parametrize("name", ["OMP_NUM_THREADS", "MKL_NUM_THREADS"])
def test_a_number_that_the_user_has_chosen_stays(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    see(monkeypatch, {2}, EARLY, LATE)
    assert free_cores({name: "8"}) is None


@pytest.mark.parametrize(
    ("variables", "count"),
    [
        ({}, 3),
        ({"OMP_NUM_THREADS": "2"}, 2),
        ({"MKL_NUM_THREADS": "5"}, 5),
        ({"OMP_NUM_THREADS": "4,2"}, 3),  # of nested loops: left to OpenMP
        ({"OMP_NUM_THREADS": "0"}, 1),
    ],
)
def test_a_computation_is_shared_out_as_the_user_says(
    variables: dict[str, str], count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2}, raising=False)
    for pytorch in (None, ModuleType("torch")):  # not there, and being imported
        monkeypatch.setitem(sys.modules, "torch", pytorch)
        assert threads_to_share(variables) == count


def test_where_pytorch_is_loaded_its_number_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(get_num_threads=lambda: 7))
    assert threads_to_share({"OMP_NUM_THREADS": "2"}) == 7


@pytest.mark.skipif(not threads.STAT.exists(), reason="the system has no such file")
def test_this_machine_has_a_free_core_at_least() -> None:
    assert 1 <= (free_cores({}) or 0) <= len(os.sched_getaffinity(0))


@pytest.mark.parametrize("name", ["OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"])
def test_the_users_own_way_of_waiting_stays(name: str) -> None:
    variables = {name: "user's"}
    sleep_when_idle(variables)
    assert variables == {name: "user's"}


def test_importing_the_package_is_enough() -> None:
    """And in time: PyTorch, which reads the variables when it loads, is not there yet."""
    program = (
        "import os, sys, digitrec; assert 'torch' not in sys.modules; "
        "print(os.environ['GOMP_SPINCOUNT'], os.environ['KMP_BLOCKTIME'])"
    )
    clean = {name: value for name, value in os.environ.items() if name not in threads.OWN}
    done = subprocess.run(
        [sys.executable, "-c", program], env=clean, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(threads.SPINS), "1"]
