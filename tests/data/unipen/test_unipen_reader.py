from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from small_unipen import Sample, digits, ink, write

from digitrec.data.unipen.reader import read_folder
from digitrec.data.unipen.rules import DAMAGED, NO_CHARACTER


def test_characters_have_label_kind_writer_source_and_place(tmp_path: Path) -> None:
    write(tmp_path, "abc", {"ann": digits(1)})
    write(tmp_path, "xyz", {"bob": [("g", [[(1, 2), (30, 40), (5, 90)]])]}, part="1c")
    found = read_folder(tmp_path / "unipen")
    assert [c.label for c in found] == [*"0123456789", "g"]
    assert found.sources == ("abc", "xyz")
    assert found.of_kind("digit").tolist() == list(range(10))
    last = found[10]
    assert (last.kind, last.writer, last.source) == ("small letter", "xyz/bob", "xyz")
    assert last.place == "1c/xyz/bob.dat:4"
    assert [stroke.tolist() for stroke in last.strokes] == [[[1, -2], [30, -40], [5, -90]]]
    assert found.dropped == {}


def test_parts_of_strokes_and_labels_with_backslashes(tmp_path: Path) -> None:
    folder = tmp_path / "unipen"
    write(tmp_path, "abc", {"ann": [(label, [[(9, 9), (i, 5)]]) for i, label in enumerate('"\\')]})
    (folder / "data" / "1d").mkdir()
    (folder / "data" / "1d" / "abc").mkdir()
    (folder / "include" / "two.dat").write_text(
        ink([[(i, 10 * i) for i in range(6)], [(7, 0), (8, 0), (9, 0)]], "cy")
    )
    (folder / "data" / "1d" / "abc" / "parts.dat").write_text(
        ".INCLUDE abc/data/1a-ann.dat\n.INCLUDE two.dat\n"
        '.SEGMENT CHARACTER 2:2-3:1 OK  "#"\n.SEGMENT CHARACTER 2:1-2:3,3 OK  "*"\n'
    )
    found = read_folder(folder)
    assert [c.label for c in found] == ['"', "\\", "#", "*"]
    assert [stroke[:, 0].tolist() for stroke in found[2].strokes] == [[2, 3, 4, 5], [7, 8]]
    assert [stroke[:, 0].tolist() for stroke in found[3].strokes] == [[1, 2, 3], [7, 8, 9]]


def test_damaged_files_and_segments_are_counted(tmp_path: Path) -> None:
    folder = tmp_path / "unipen"
    write(tmp_path, "abc", {name: digits(i) for i, name in enumerate("pqrst")})
    assert len(read_folder(folder)) == 50
    labels, include = folder / "data" / "1a" / "abc", folder / "include" / "abc" / "data"
    (include / "1a-p.dat").unlink()
    damaged = (include / "1a-q.dat").read_text()
    (include / "1a-q.dat").write_text(damaged[: len(damaged) // 2])
    (labels / "r.dat").write_text("\0")
    with (labels / "s.dat").open("a") as file:
        file.write('.SEGMENT CHARACTER 99 ? "3"\n.SEGMENT CHARACTER 0:900-0 ? "3"\n')
        file.write('.SEGMENT CHARACTER 3-1:1 ? "3"\n')
        file.write('.SEGMENT CHARACTER 0 ? "\\@"\n.SEGMENT CHARACTER 0 ? "12"\n')
    with (labels / "t.dat").open("a") as file:
        file.write(".INCLUDE ../../outside.dat\n")
    (folder.parent / "outside.dat").write_text(ink([[(1, 1)]], "eve"))
    found = read_folder(folder)
    assert {c.writer for c in found} == {"abc/s"}
    # r counts as one, because its labels cannot be read.
    assert found.dropped == {(DAMAGED, "abc"): 10 + 10 + 1 + 3 + 10, (NO_CHARACTER, "abc"): 2}


coordinate = st.integers(-9999, 9999)
symbols = st.lists(
    st.tuples(
        st.sampled_from("#$%&*+=@\"\\'"),
        st.lists(
            st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=5),
            min_size=1,
            max_size=1,
        ),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda sample: str(sample[1]),
)


@given(symbols)
def test_what_was_written_is_read(written: list[Sample]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), "abc", {"ann": written}, part="1d")
        found = read_folder(Path(folder, "unipen"))
    assert [c.label for c in found] == [label for label, _ in written]
    for character, (_, strokes) in zip(found, written, strict=True):
        assert len(character.strokes) == len(strokes)
        for stroke, expected in zip(character.strokes, strokes, strict=True):
            np.testing.assert_array_equal(stroke * (1, -1), expected)


@given(st.text(st.sampled_from('.SEGMENTCLUD01:-, "?\nPEN_UPOWab/'), max_size=90))
def test_any_file_of_labels_is_read_or_counted(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        labels = Path(folder, "data", "1a", "abc")
        labels.mkdir(parents=True)
        (labels / "a.dat").write_text(text)
        found = read_folder(Path(folder))
    assert len(found) == 0
    assert all(source == "abc" for _, source in found.dropped)
