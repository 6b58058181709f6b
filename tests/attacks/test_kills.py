"""Kills at random moments, few and seeded; `digitrec bench kills` tries 200."""

from __future__ import annotations

import random
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from digitrec import bench
from digitrec.benchmarks.attacks import kills
from digitrec.benchmarks.attacks.killed_work import WORK
from digitrec.benchmarks.attacks.kills import Kills
from digitrec.errors import DigitrecError
from digitrec.storage.atomic import atomic_path


def killed(work: Callable[[Path], object], count: int) -> Kills:
    *_, found = kills.kill(work, count, random.Random(0))
    return found


@pytest.mark.parametrize(
    "name",
    [
        "downloading",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("predicting", "exporting", "training")
        ),
    ],
)
def test_what_stands_in_the_folder_is_whole(name: str) -> None:
    found = killed(WORK[name], 2)
    assert (found.killed, found.faults) == (2, [])
    assert found.files > 0 or name == "downloading"  # one may be killed before there is any


def write_slowly(folder: Path) -> None:
    """Write a file that is not JSON until it is complete."""
    with (folder / "slow.json").open("w") as file:
        for sign in '"' + 30 * "x" + '"':
            file.write(sign)
            file.flush()
            time.sleep(0.01)


def write_beside(folder: Path) -> None:
    """Take long to write a temporary file."""
    time.sleep(0.1)
    with atomic_path(folder / "a.json") as part:
        part.write_text("1")
        time.sleep(0.3)


def fail(folder: Path) -> None:
    raise ValueError


def fail_after_a_kill(folder: Path) -> None:
    if (folder / "killed").exists():
        raise ValueError
    (folder / "killed").touch()
    time.sleep(0.3)
    (folder / "killed").unlink()


def end_soon(folder: Path) -> None:
    """Do nothing."""


class Late(random.Random):
    """Moments after the end, also where the machine has much to do."""

    def uniform(self, a: float, b: float) -> float:
        return b + 60


@pytest.mark.slow
def test_half_a_file_and_work_that_fails_are_found() -> None:
    found = killed(write_slowly, 4)
    assert any(fault.startswith("slow.json: JSONDecodeError") for fault in found.faults)
    assert found.files > 0
    assert killed(fail, 1).faults == ["the work ended by 1 without being killed"]
    assert "after 1 kills the work ends by 1" in killed(fail_after_a_kill, 3).faults
    *_, found = kills.kill(end_soon, 1, Late())
    assert found.faults == ["the work ends too soon to be killed"]


@pytest.mark.slow
def test_every_other_kill_waits_until_a_file_is_written() -> None:
    found = killed(write_beside, 4)
    assert (found.killed, found.faults) == (4, [])
    assert 1 <= found.writing <= 3  # one that is to be killed at once may end before


def bench_kills(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["bench", "kills", *words])
    return bench.main()


@pytest.mark.slow
def test_the_bench_prints_a_line_for_each_kind_of_work_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(kills, "WORK", {"writing": write_beside, "failing": fail})
    kept = f"file={tmp_path / 'kept.json'}"
    assert bench_kills(monkeypatch, "count=4", "of=writing", kept) == 0
    line, whole = capsys.readouterr().out.splitlines()
    told = r" +2 kills, +[012] of them while a file was written; +\d files found, 0 faults"
    assert re.fullmatch(f"writing {told}", line)
    assert re.fullmatch(f"in all {told}", whole)
    monkeypatch.setattr(kills, "WORK", {"writing": fail, "failing": fail})
    assert bench_kills(monkeypatch, "count=4", "of=writing", kept) == 0  # nothing is done again
    assert capsys.readouterr().out.splitlines() == [line, whole]
    with pytest.raises(DigitrecError, match="1 faults after kills"):
        bench_kills(monkeypatch, "count=4", kept)
    assert "the work ended by 1" in capsys.readouterr().out
