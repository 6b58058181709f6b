"""Damaged files by the hundred; `digitrec bench attacks` tries 20,000 of each kind."""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from digitrec import bench
from digitrec.benchmarks.attacks import fuzz
from digitrec.benchmarks.attacks.fuzz import Damage, attack
from digitrec.benchmarks.attacks.mutations import KINDS, mutate
from digitrec.benchmarks.attacks.readers import READERS, Reader
from digitrec.errors import DigitrecError

COUNT = 60
GOOD = b"a" + bytes(99)  # of the files of readers that are made up


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(name: str) -> None:
    outcome = attack(READERS[name], COUNT)
    assert outcome.failures == []
    assert outcome.tried == COUNT
    assert COUNT / 5 < outcome.refused <= COUNT


def bench_attacks(*words: str) -> int:
    with mock.patch.object(sys, "argv", ["bench", "attacks", *words]):
        return bench.main()


def test_the_bench_prints_a_line_for_each_kind_of_file_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    readers = {"one": Reader(make, refuse_nothing, 400), "other": Reader(make, nothing, 100)}
    monkeypatch.setattr(fuzz, "READERS", readers)

    def lines() -> list[list[str]]:
        _, *found = capsys.readouterr().out.splitlines()
        return [line.rsplit(maxsplit=8)[:2] for line in found if not line.startswith("   ")]

    with pytest.raises(DigitrecError, match=r"of 5 files [1-4] were neither read nor refused"):
        bench_attacks("percent=1")
    assert lines() == [["one", "4"], ["other", "1"], ["in all", "5"]]
    kept = f"file={tmp_path / 'kept.json'}"
    assert bench_attacks("of=other", "count=2", kept) == 0
    assert lines() == [["other", "2"], ["in all", "2"]]
    monkeypatch.setitem(readers, "other", Reader(make, refuse_nothing))  # which fails
    assert bench_attacks("of=other", "count=2", kept) == 0  # nothing is tried again
    with pytest.raises(DigitrecError, match=r"of 8 files [1-6] were neither"):
        bench_attacks("of=other", "count=8", kept)


@pytest.mark.parametrize("word", ["of=nothing", "count=x", "file=", "seed=1"])
def test_an_unknown_word_is_told_what_there_is(word: str) -> None:
    with pytest.raises(DigitrecError, match=r"attacks takes percent=N, count=N, file=PATH and of="):
        bench_attacks(word)


@pytest.mark.parametrize("content", ["", "[1]", '{"pictures": {"tried": 1, "sheep": 2}}', "{"])
def test_another_file_is_not_gone_on_with(content: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(DigitrecError, match=r"a\.json holds no results of this command"):
        bench_attacks(f"file={tmp_path / 'a.json'}")
    assert (tmp_path / "a.json").read_text() == content


def nothing(path: Path) -> None:
    """Read nothing."""


def refuse_nothing(path: Path) -> None:
    if path.read_bytes() != GOOD:
        raise ValueError


def make(folder: Path) -> list[Path]:
    (folder / "file").write_bytes(GOOD)
    return [folder / "file"]


def fail_now_and_then(path: Path) -> None:
    """Fail in each way, by the first byte of the file that was changed."""
    content = path.read_bytes()
    if content != GOOD:
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


@pytest.mark.slow
def test_each_way_to_fail_is_seen() -> None:
    # With this seed, the first six files fail in each way, and one of them is refused.
    outcome = attack(Reader(make, fail_now_and_then), 6, Damage(["flips"], seed=35), patience=5.0)
    ways = ("hangs", "ValueError: no exception", "ended by 3", " MB", "2000 characters")
    assert [way in said for way, said in zip(ways, outcome.failures, strict=True)] == [True] * 5
    assert (outcome.tried, outcome.refused) == (6, 2)  # one of them with too long a message


@pytest.mark.parametrize("kind", KINDS)
def test_damage_follows_from_the_seed_and_changes_something(kind: str) -> None:
    content, others = b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 20 + b"TREE", [b"other" * 100]
    one, again = (mutate(kind, content, others, random.Random(3)) for _ in range(2))
    assert one == again
    assert any(mutate(kind, content, others, random.Random(i)) != content for i in range(5))
