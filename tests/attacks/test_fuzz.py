"""Damaged files by the hundred; `digitrec bench attacks` tries 20,000 of each kind."""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from digitrec import bench
from digitrec.benchmarks.attacks import fuzz
from digitrec.benchmarks.attacks.fuzz import attack
from digitrec.benchmarks.attacks.mutations import KINDS, mutate
from digitrec.benchmarks.attacks.readers import READERS, Reader
from digitrec.errors import DigitrecError

COUNT = 100


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(name: str) -> None:
    outcome = attack(READERS[name], [*KINDS], COUNT)
    assert outcome.failures == []
    assert outcome.tried == COUNT
    assert COUNT / 5 < outcome.refused <= COUNT


def test_the_bench_prints_a_line_for_each_kind_of_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readers = {"one": Reader(make, refuse_nothing, 400), "other": Reader(make, nothing, 100)}
    monkeypatch.setattr(fuzz, "READERS", readers)
    monkeypatch.setattr(sys, "argv", ["bench", "attacks", "percent=1"])
    with pytest.raises(DigitrecError, match=r"of 5 files [1-4] were neither read nor refused"):
        bench.main()
    _, *lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines if line[0] != " "] == [["one", "4"], ["other", "1"]]
    del readers["one"]
    assert bench.main() == 0
    monkeypatch.setattr(sys, "argv", ["bench", "attacks", "count=1"])
    with pytest.raises(DigitrecError, match="attacks takes percent=N alone"):
        bench.main()


def nothing(path: Path) -> None:
    """Read nothing."""


def refuse_nothing(path: Path) -> None:
    if path.read_bytes() != bytes(100):
        raise ValueError


def make(folder: Path) -> list[Path]:
    (folder / "file").write_bytes(bytes(100))
    return [folder / "file"]


def fail_now_and_then(path: Path) -> None:
    """Fail in each way, by the first byte of the file that was changed."""
    content = path.read_bytes()
    if content != bytes(100):
        match sum(content) % 6:
            case 0:
                raise DigitrecError("refused")
            case 1:
                raise ValueError("no exception of the package")
            case 2:
                os._exit(3)
            case 3:
                time.sleep(1000)
            case 4:
                np.ones(400_000_000, np.uint8)
            case 5:
                raise DigitrecError("x" * 2000)


def test_each_way_to_fail_is_seen() -> None:
    outcome = attack(Reader(make, fail_now_and_then), ["flips"], 14, patience=5.0)
    seen = " ".join(outcome.failures)
    for way in ("ValueError: no exception", "ended by 3", "hangs", " MB", "2000 characters"):
        assert way in seen
    assert outcome.tried == 14
    assert 0 < outcome.refused < 14


@pytest.mark.parametrize("kind", KINDS)
def test_damage_follows_from_the_seed_and_changes_something(kind: str) -> None:
    content, others = b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 20 + b"TREE", [b"other" * 100]
    one, again = (mutate(kind, content, others, random.Random(3)) for _ in range(2))
    assert one == again
    assert any(mutate(kind, content, others, random.Random(i)) != content for i in range(5))
