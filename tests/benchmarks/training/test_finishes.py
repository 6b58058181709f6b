from __future__ import annotations

from pathlib import Path

import pytest

from digitrec.benchmarks.training.finishes import Finish, read_finishes, write_finishes
from digitrec.errors import DigitrecError


def test_results_come_back_as_they_were_written(tmp_path: Path) -> None:
    finishes = [Finish("fast", 0, 1.25, 0.99, 2), Finish("recipe", 3, 0.1, 0.5, 1)]
    write_finishes(tmp_path / "a.jsonl", finishes)
    assert read_finishes(tmp_path / "a.jsonl") == finishes
    assert read_finishes(tmp_path / "none.jsonl") == []


@pytest.mark.parametrize(
    "content",
    [
        b"no JSON",
        b"[1]",
        b'{"entry": "fast"}',
        b'{"entry": "fast", "seed": 0, "seconds": NaN, "accuracy": 1, "threads": 1}',
        b'{"entry": "fast", "seed": 0, "seconds": "1", "accuracy": 1.5, "threads": 1}',
        b"\xff",
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jsonl").write_bytes(content)
    with pytest.raises(DigitrecError, match="does not hold results of bench train"):
        read_finishes(tmp_path / "a.jsonl")
