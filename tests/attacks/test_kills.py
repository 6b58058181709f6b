"""Kills at random moments, few and seeded; `digitrec bench kills` tries 200."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from digitrec.benchmarks.attacks import kills


@pytest.mark.parametrize("name", ["exporting", "downloading", "predicting"])
def test_what_stands_in_the_folder_is_whole(name: str) -> None:
    killed, _, faults = kills.kill(kills.WORK[name], 3, random.Random(0))
    assert (killed, faults) == (3, [])


def write_slowly(folder: Path) -> None:
    """Write a file that is no JSON until it is written to its end."""
    with (folder / "slow.json").open("w") as file:
        for sign in '"' + 30 * "x" + '"':
            file.write(sign)
            file.flush()
            time.sleep(0.02)


def fail(folder: Path) -> None:
    raise ValueError


def test_half_a_file_and_work_that_fails_are_found() -> None:
    _, files, faults = kills.kill(write_slowly, 6, random.Random(0))
    assert any(fault.startswith("slow.json: JSONDecodeError") for fault in faults)
    assert files > 0
    assert kills.kill(fail, 1, random.Random(0))[2] == ["the work ended by 1 without being killed"]
