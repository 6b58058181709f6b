from __future__ import annotations

from digitrec.recognition.answer_files.finished import Finished


def left(
    rows: list[str], names: list[str], page: int | None = None, several_rows: bool = False
) -> list[str]:
    """Return the names that are still to be read."""
    finished = Finished(iter(rows), str, page, several_rows)
    return [name for name in names if not finished.has(name)]


def test_what_was_written_is_done() -> None:
    assert left([], ["a", "b"]) == ["a", "b"]
    assert left(["a"], ["a", "b"]) == ["b"]
    assert left(["a", "b"], ["a", "b"]) == []


def test_files_that_came_or_went_since_change_nothing_for_the_others() -> None:
    assert left(["a", "c", "d"], ["a", "b", "c", "d", "e"]) == ["b", "e"]
    assert left(["a", "gone", "c"], ["a", "c", "d"]) == ["d"]
    assert left(["b", "a"], ["a", "b", "c"]) == ["c"]


def test_a_page_of_several_rows_and_a_file_of_several_pages_are_one() -> None:
    assert left(["a", "a", "a", "b"], ["a", "b", "c"], several_rows=True) == ["c"]
    assert left(["x", "a", "a", "b"], ["a", "b", "a"], several_rows=True) == ["a"]
    assert left(["a[1]", "a[2]", "b"], ["a", "b", "c"]) == ["c"]
    assert left(["a[2]", "b"], ["a", "b", "c"], page=2) == ["c"]
    assert left(["x", "a[1]", "a[2]", "b"], ["a", "b", "c"]) == ["c"]


def test_a_name_that_looks_like_a_page_is_itself() -> None:
    assert left(["a[1]", "a[2]"], ["a[1]", "a[2]", "a[3]"]) == ["a[3]"]
    assert left(["a[1]", "a[2]", "a[1]"], ["a", "a[1]", "b"]) == ["b"]


def test_a_file_that_is_named_twice_is_read_twice() -> None:
    assert left(["a", "b"], ["a", "b", "a"]) == ["a"]
    assert left(["a", "b", "a"], ["a", "b", "a", "c"]) == ["c"]
    assert left(["b", "a"], ["a", "b", "a"]) == ["a"]
    assert left(["a"], ["a", "a", "b"]) == ["a", "b"]
    assert left(["x", "a"], ["a", "a", "b"]) == ["a", "b"]
    assert left(["a[1]", "a[2]"], ["a", "a"]) == ["a"]
    # Side by side, rows of which a picture may have several are one group.
    assert left(["a", "a", "b"], ["a", "a", "b", "c"], several_rows=True) == ["c"]


def test_the_done_ones_are_counted() -> None:
    finished = Finished(iter(["a", "b"]), str, None, several_rows=False)
    assert [finished.has(name) for name in ("a", "b", "c")] == [True, True, False]
    assert finished.count == 2
