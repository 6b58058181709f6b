"""A file of answers, continued after a kill at any place, equals one that was never killed."""

from __future__ import annotations

import errno
import io
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from digitrec.errors import DigitrecError, PictureError
from digitrec.recognition.answer_files.answer_file import AnswerFile, AnswerStream, _follows
from digitrec.recognition.answer_files.finished import Finished
from digitrec.recognition.answer_files.formats import TEXT_FORMATS
from digitrec.recognition.read_files import FileAnswer
from digitrec.recognition.results import Page, PictureResult, Prediction
from digitrec.storage.writing_errors import DiskFullError

SEVEN = Prediction(7, 0.75, np.full(10, 0.1), np.zeros((28, 28), np.float32), box=(1, 2, 3, 4))
UNREAD = PictureError("there is no such file", "c")


def answers(lines: bool) -> list[FileAnswer]:
    one: PictureResult = Page(((SEVEN, SEVEN), (SEVEN,))) if lines else SEVEN
    none: PictureResult = Page(()) if lines else SEVEN
    pages: list[tuple[str, tuple[tuple[str, PictureResult], ...]]] = [
        ("new\nline.png", (("new\nline.png", one),)),
        ("scan.tif", (("scan.tif[1]", one), ("scan.tif[2]", none), ("scan.tif[3]", UNREAD))),
        ("a.png", (("a.png", one),)),
        ("a.png", (("a.png", one),)),
        ("blank.png", (("blank.png", none),)),
        ("gone.png", (("gone.png", UNREAD),)),
        ("new\nline.png", (("new\nline.png", one),)),
        ("\udcff.png", (("\udcff.png", one),)),
    ]
    return [FileAnswer(*page) for page in pages]


def read_on(
    name: str,
    lines: bool,
    path: Path,
    given: list[FileAnswer] | None = None,
    page: int | None = None,
) -> int:
    """Do what the command does; return how many answers were written."""
    file = AnswerFile(TEXT_FORMATS[name](lines), path, resume=True, page=page)
    finished = Finished(file.names(), file.key, page, file.several_rows)
    given = answers(lines) if given is None else given
    left = [answer for answer in given if not finished.has(answer.name)]
    for answer in left:
        file.write(answer)
    file.finish()
    return len(left)


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_nothing_is_lost_and_nothing_doubled_wherever_it_was_cut(
    name: str, lines: bool, tmp_path: Path
) -> None:
    path = tmp_path / "answers"
    assert read_on(name, lines, path) == len(answers(lines))
    whole = path.read_bytes()
    fewest = len(answers(lines))
    ends = [end for _, end in TEXT_FORMATS[name](lines).names(io.BytesIO(whole))]
    near = {end + step for end in ends for step in (-2, -1, 0, 1, 2)}
    for size in {*near, *range(0, len(whole), len(whole) // 20), len(whole)} - {len(whole) + 1}:
        path.write_bytes(whole[: max(size, 0)])
        fewest = min(fewest, read_on(name, lines, path))
        assert path.read_bytes() == whole, size
    # Of a whole file, only what may have had more rows is read again.
    assert fewest == (lines and name in ("text", "csv"))


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_what_is_not_read_again_stays(name: str, lines: bool, tmp_path: Path) -> None:
    path, form = tmp_path / "answers", TEXT_FORMATS[name](lines)
    given = answers(lines)
    other = FileAnswer("other.png", (("other.png", SEVEN if not lines else Page(((SEVEN,),))),))
    for last in (0, 1, 2):
        path.unlink(missing_ok=True)
        read_on(name, lines, path, [given[4], given[last]])
        read_on(name, lines, path, [other])
        whole = tmp_path / "whole"
        whole.unlink(missing_ok=True)
        read_on(name, lines, whole, [given[4], given[last], other])
        assert path.read_bytes() == whole.read_bytes()
        found = [key for key, _ in form.names(io.BytesIO(path.read_bytes()))]
        assert {form.key(page) for page, _ in given[last].pages} <= set(found)


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_one_page_after_another_is_added(name: str, lines: bool, tmp_path: Path) -> None:
    path = tmp_path / "answers"
    pages = answers(lines)[1].pages
    for number in (2, 3, 3):
        one = FileAnswer("scan.tif", (pages[number - 1],))
        read_on(name, lines, path, [one], page=number)
    rows = TEXT_FORMATS[name](lines).names(io.BytesIO(path.read_bytes()))
    assert list(dict.fromkeys(key for key, _ in rows)) == ["scan.tif[2]", "scan.tif[3]"]


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("name", TEXT_FORMATS)
@pytest.mark.parametrize("before", [0, 1])
def test_a_cut_file_is_whole_where_others_are_read_before_it(
    before: int, name: str, lines: bool, tmp_path: Path
) -> None:
    path, whole = tmp_path / "answers", tmp_path / "whole"
    first, scan, other, last = (answers(lines)[number] for number in (0, 1, 2, 4))
    read_on(name, lines, whole, [*[first][:before], other, scan, last])
    read_on(name, lines, path, [*[first][:before], scan])
    # Of the scan, the first page is all that was written.
    ends = [end for key, end in TEXT_FORMATS[name](lines).names(io.BytesIO(path.read_bytes()))
            if key == "scan.tif[1]"]  # fmt: skip
    path.write_bytes(path.read_bytes()[: ends[-1]])
    read_on(name, lines, path, [*[first][:before], other, scan, last])
    assert path.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("name", TEXT_FORMATS)
@pytest.mark.parametrize("which", [1, 2])
def test_what_was_read_in_a_file_that_was_moved_away_stays(
    which: int, name: str, lines: bool, tmp_path: Path
) -> None:
    path = tmp_path / "answers"
    one = answers(lines)[which]
    read_on(name, lines, path, [one])
    before = path.read_bytes()
    read_on(name, lines, path, [FileAnswer(one.name, ((one.name, UNREAD),))])
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "junk"), [("csv", "\n"), ("csv", "a note\n"), ("json", "a note\n"), ("text", "\n")]
)
def test_rows_behind_what_is_no_row_are_not_cut_off(name: str, junk: str, tmp_path: Path) -> None:
    path = tmp_path / "answers"
    read_on(name, False, path)
    lines = path.read_text("utf-8", "surrogateescape").splitlines(keepends=True)
    middle = {"json": -1}.get(name, len(lines) // 2)
    content = "".join([*lines[:middle], junk, *lines[middle:]])
    path.write_text(content, "utf-8", "surrogateescape")
    with pytest.raises(DigitrecError, match="was not written by this command"):
        AnswerFile(TEXT_FORMATS[name](lines=False), path, resume=True)
    assert path.read_text("utf-8", "surrogateescape") == content


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_names_are_in_utf8_whatever_the_encoding_of_the_locale(
    name: str, lines: bool, tmp_path: Path
) -> None:
    """In the C locale Python gives the bytes of ü one by one."""
    found = []
    for locale in ("utf-8", "ascii"):
        picture = "ü\u200b.png".encode().decode(locale, "surrogateescape")
        given = [
            FileAnswer(picture, ((picture, answers(lines)[0].pages[0][1]),)),
            *answers(lines)[2:5],
        ]
        file = tmp_path / locale
        assert read_on(name, lines, file, given) == 4
        written = file.read_bytes()
        found.append((written, read_on(name, lines, file, given)))
        assert file.read_bytes() == written
    assert found[0] == found[1]


def test_a_stream_gets_the_same_as_a_file(tmp_path: Path) -> None:
    for lines in (False, True):
        for name, form in TEXT_FORMATS.items():
            stream = io.StringIO()
            printed = AnswerStream(form(lines), stream)
            for answer in answers(lines):
                printed.write(answer)
            printed.finish()
            path = tmp_path / f"{name}{lines}"
            read_on(name, lines, path)
            assert path.read_bytes() == stream.getvalue().encode("utf-8", "surrogateescape")


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    for content in ("dear diary", "dear diary\n", "a,b\n1,2\n", '{"file": "x"'):
        path.write_text(content)
        for name in TEXT_FORMATS:
            form = TEXT_FORMATS[name](lines=False)
            with pytest.raises(DigitrecError, match="already exists; add --resume"):
                AnswerFile(form, path, resume=False)
            if name != "jsonl" or not content.startswith("{"):
                with pytest.raises(DigitrecError, match="name another file"):
                    AnswerFile(form, path, resume=True)
            assert path.read_text() == content


def test_a_full_disk_leaves_whole_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "answers.jsonl"
    file = AnswerFile(TEXT_FORMATS["jsonl"](lines=False), path, resume=False)
    file.write(answers(False)[0])
    whole = path.read_bytes()

    class Full(io.FileIO):
        def write(self, content: object) -> int:
            if len(bytes(content)) > 10:  # type: ignore[call-overload]
                return super().write(bytes(content)[:10])  # type: ignore[call-overload]
            raise OSError(errno.ENOSPC, "No space left on device")

    full = Full(path, "r+b")
    full.seek(0, io.SEEK_END)
    file._file.close()
    monkeypatch.setattr(file, "_file", full)
    with pytest.raises(DiskFullError, match="No space left"):
        file.write(answers(False)[2])
    assert path.read_bytes() == whole


@pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no open file")
def test_a_file_that_is_removed_while_it_is_written_is_missed(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "answers.jsonl"
    path.parent.mkdir()
    file = AnswerFile(TEXT_FORMATS["jsonl"](lines=False), path, resume=False)
    file.write(answers(False)[0])
    shutil.rmtree(path.parent)
    file.write(answers(False)[2])
    with pytest.raises(DigitrecError, match=r"answers.jsonl was removed while it was written"):
        file.finish()


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("change", ["empty", "add"])
def test_a_file_that_another_program_changes_is_not_written_on(
    change: str, resume: bool, tmp_path: Path
) -> None:
    path = tmp_path / "answers.jsonl"
    if resume:
        read_on("jsonl", False, path)
    file = AnswerFile(TEXT_FORMATS["jsonl"](lines=False), path, resume=resume)
    file.write(answers(False)[0])
    path.write_text("" if change == "empty" else "another's")
    with pytest.raises(DigitrecError, match=r"answers.jsonl was changed by another program while"):
        file.write(answers(False)[2])
    assert path.read_text() == ("" if change == "empty" else "another's")


@pytest.mark.parametrize(
    ("last", "name", "same"),
    [
        ("a", "b", False),
        ("a[1]", "a[2]", True),
        ("a[2]", "a[1]", False),
        ("a[1]", "b[2]", False),
        ("a", "a[1]", False),
        ("new\nline[9]", "new\nline[10]", True),
    ],
)
def test_rows_of_pages_of_one_file(last: str, name: str, same: bool) -> None:
    assert _follows(name, last) is same
