from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from data_caches import forget_data
from small_unipen import Sample, digits, write

from digitrec.benchmarks.handwriting import held_out
from digitrec.data.uci import digits as uci_digits
from digitrec.data.unipen import cache
from digitrec.errors import DigitrecError


def characters(width: int, writer: int) -> list[Sample]:
    """A k, an o and a plus, no two alike; the width of the k is about this."""
    right = width + writer
    return [
        ("k", [[(0, 0), (0, 900)], [(right, 900), (0, 400), (right, 0)]]),
        ("o", [[(0, 0), (right, 0), (right, 900), (0, 900)]]),
        ("+", [[(0, 300), (right, 310)], [(300, 0), (310, 600)]]),
    ]


@pytest.fixture
def root(pen_root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """Nine writers of each of two sources, with a letter, one like a digit, and a sign."""
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "cache")
    for source, width in (("abc", 300), ("app", 600)):
        write(pen_root, source, {f"w{k}": digits(k) for k in range(9)})
        write(pen_root, source, {f"w{k}": characters(width, k) for k in range(9)}, "1d")
    forget_data()
    yield str(pen_root)
    forget_data()


def test_letters_are_unlike_digits_and_by_validation_writers_of_the_source_that_tests_marks(
    root: str,
) -> None:
    found = held_out.letters(root)
    assert 1 <= len(found) < 9
    for strokes in found:
        size = np.ptp(np.concatenate(list(strokes)), axis=0)
        assert size[0] / size[1] == pytest.approx(600 / 900, abs=0.02)


def test_digits_are_by_writers_who_do_not_train(root: str) -> None:
    writers = {digit.writer for digit in held_out.digits(root)}
    assert writers == set(uci_digits.HELD_OUT_WRITERS)


def test_a_folder_without_data_is_named(tmp_path: Path) -> None:
    for read in (held_out.digits, held_out.letters, held_out.marks):
        with pytest.raises(DigitrecError, match=str(tmp_path)):
            read(str(tmp_path))
