from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitrec.errors import DigitrecError, PictureError
from digitrec.recognition.answer_files import parquet_parts as module
from digitrec.recognition.answer_files.finished import Finished
from digitrec.recognition.answer_files.formats import row_of
from digitrec.recognition.answer_files.parquet_parts import ParquetParts
from digitrec.recognition.read_files import FileAnswer
from digitrec.recognition.results import Page, PictureResult, Prediction

parquet = pytest.importorskip("pyarrow.parquet")

SEVEN = Prediction(7, 0.75, np.full(10, 0.1), np.zeros((28, 28), np.float32))
BOXED = replace(SEVEN, box=(1, 2, 3, 4))


def answers(lines: bool = False) -> list[FileAnswer]:
    results: list[PictureResult] = [SEVEN, PictureError("there is no such file", "x")]
    if lines:
        results = [Page(((BOXED, BOXED), (BOXED,))), Page(()), results[1]]
    return [FileAnswer(f"{i}.png", ((f"{i}.png", results[i % len(results)]),)) for i in range(10)]


def write(path: Path, count: int, resume: bool = True, lines: bool = False) -> int:
    """Do what the command does for the first files, and then be killed; return how many it read."""
    parts = ParquetParts(path, lines, resume)
    finished = Finished(parts.names(), parts.key, None, parts.several_rows)
    left = [answer for answer in answers(lines)[:count] if not finished.has(answer.name)]
    for answer in left:
        parts.write(answer)
    if count == 10:
        parts.finish()
    return len(left)


@pytest.mark.parametrize("lines", [False, True])
def test_parts_are_one_table_with_the_rows_of_json(
    lines: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DIGITS", 4)
    write(tmp_path / "out", 10, resume=False, lines=lines)
    assert len(list((tmp_path / "out").glob("part-*.parquet"))) > 1
    rows = parquet.read_table(tmp_path / "out").to_pylist()
    expected = [row_of(*page, lines=lines) for answer in answers(lines) for page in answer.pages]
    for row in expected:
        for line in row.get("lines", []):
            for digit in line:
                digit["box"] = list(digit["box"])
    assert rows == expected


def test_after_a_kill_nothing_is_lost_or_doubled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DIGITS", 6)  # a row weighs one for itself and one for its digit
    for killed in range(10):
        path = tmp_path / f"out {killed}"
        write(path, killed)
        (path / ".part-00009.parquet.0000.part").write_text("half")
        write(path, 10)
        table = parquet.read_table(path)
        assert table["file"].to_pylist() == [f"{i}.png" for i in range(10)]
        assert write(path, 10) == 0


def test_a_part_is_written_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.0)
    write(tmp_path / "out", 3)
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_without_files_there_is_an_empty_table(tmp_path: Path) -> None:
    ParquetParts(tmp_path / "out", False, False).finish()
    assert parquet.read_table(tmp_path / "out").num_rows == 0


def test_bytes_that_are_no_text_are_written_as_such(tmp_path: Path) -> None:
    parts = ParquetParts(tmp_path / "out", False, False)
    parts.write(FileAnswer("\udcff", (("\udcff", PictureError("no \udcff", "\udcff")),)))
    parts.finish()
    [row] = parquet.read_table(tmp_path / "out").to_pylist()
    assert (row["file"], row["reason"]) == ("\\xff", "no \\xff")
    again = ParquetParts(tmp_path / "out", False, True)
    assert Finished(again.names(), again.key, None, again.several_rows).has("\udcff")


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    write(tmp_path / "out", 10)
    with pytest.raises(DigitrecError, match="already exists; add --resume"):
        ParquetParts(tmp_path / "out", False, False)
    with pytest.raises(DigitrecError, match="not written by this command with the same options"):
        list(ParquetParts(tmp_path / "out", True, True).names())
    (tmp_path / "file").touch()
    with pytest.raises(DigitrecError, match="is a file; --parquet writes a folder"):
        ParquetParts(tmp_path / "file", False, True)
    [part] = (tmp_path / "out").iterdir()
    part.write_bytes(part.read_bytes()[:-20])
    with pytest.raises(DigitrecError, match="is damaged"):
        list(ParquetParts(tmp_path / "out", False, True).names())


def test_without_pyarrow_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(DigitrecError, match=r"pip install 'digitrec\[parquet\]'"):
        ParquetParts(tmp_path / "out", False, False)
    assert not (tmp_path / "out").exists()
