from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_pen import HEADER, segment

from digitrec.data.unipen.file_format import parse_unipen
from digitrec.errors import DigitrecError


def rejection(text: str) -> str:
    with pytest.raises(DigitrecError) as caught:
        parse_unipen(text, "some.dat")
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


coordinates = st.tuples(st.integers(0, 500), st.integers(0, 500))
samples = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.integers(1, 30),
        st.lists(st.lists(coordinates, min_size=1, max_size=4), min_size=1, max_size=3),
    ),
    max_size=4,
)


@given(samples)
def test_parsing_returns_what_was_written(
    written: list[tuple[int, int, list[list[tuple]]]],
) -> None:
    text, first = HEADER, 0
    for label, writer, strokes in written:
        text += segment(label, writer, *strokes, first=first)
        first += len(strokes)
    parsed = parse_unipen(text, "t")
    assert [segment.label for segment in parsed.segments] == [str(label) for label, _, _ in written]
    assert [segment.level for segment in parsed.segments] == ["DIGIT"] * len(written)
    for found, (label, writer, strokes) in zip(parsed.segments, written, strict=True):
        assert found.comment[:2] == [str(label), str(writer)]
        assert text.splitlines()[found.line - 1].startswith(".SEGMENT")
        points = [[(x, y) for x, y in stroke.tolist()] for stroke in parsed.strokes_of(found)]
        assert points == strokes


def test_strokes_have_numbers_and_other_keywords_are_skipped() -> None:
    text = """.VERSION 1.0
.SEGMENT CHARACTER 2 OK "b c"
.SEGMENT CHARACTER 0-1,2 OK "a"
.COORD X Y T P
.ALPHABET "a" "b"
 "c" "d"
.PEN_UP
5 5
.PEN_DOWN
1.5 -2 10 0
.PEN_UP
.PEN_DOWN
3 4
.PEN_UP
.DT 100
.PEN_DOWN
5 6
7 8
.PEN_UP
"""
    parsed = parse_unipen(text, "t")
    assert [stroke.tolist() for stroke in parsed.strokes] == [
        [[1.5, -2]],
        [[3, 4]],
        [[5, 6], [7, 8]],
    ]
    second, first = parsed.segments
    assert (first.label, second.label) == ("a", "b c")
    assert [len(stroke) for stroke in parsed.strokes_of(first)] == [1, 1, 2]
    np.testing.assert_array_equal(parsed.strokes_of(second)[0], [[5, 6], [7, 8]])
    assert all(stroke.dtype == np.float64 for stroke in parsed.strokes)


def test_a_segment_of_missing_strokes() -> None:
    parsed = parse_unipen(segment(1, 1, [(1, 2)], first=1), "t")
    with pytest.raises(ValueError, match="the text has 1 strokes"):
        parsed.strokes_of(parsed.segments[0])


@pytest.mark.parametrize("strokes", ["2-1:0", "2-1", "0,2:0-1"])
def test_a_segment_that_ends_before_it_begins(strokes: str) -> None:
    text = segment(1, 1, [(1, 2)], [(3, 4)], [(5, 6)]) + f'.SEGMENT DIGIT {strokes} ? "7"\n'
    parsed = parse_unipen(text, "t")
    with pytest.raises(ValueError, match="strokes 2-1 end before they begin"):
        parsed.strokes_of(parsed.segments[1])


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        ("nonsense", 1, "not UNIPEN text"),
        ('.SEGMENT DIGIT ? "1"\n', 1, 'not a segment: .SEGMENT DIGIT ? "1"'),
        ('.VERSION 1\n.SEGMENT DIGIT 0:-1:4 OK "1"\n', 2, "not a segment"),
        (".VERSION 1\n.COORD T X Y\n", 2, "points must begin with x and y"),
        (segment(1, 1, [(1, 2)]).replace(" 1  2", " 1  two"), 4, "not a point: 1 two"),
        (segment(1, 1, [(1, 2)]).replace(" 1  2", " nan  2"), 4, "not a point: nan 2"),
        (segment(1, 1, [(1, 2)]).replace(" 1  2", " 1"), 4, "not a point: 1"),
        (segment(1, 1, [(1, 2)]).replace(" 1  2\n", ""), 4, "not a point: .PEN_UP"),
        (segment(1, 1, [(1, 2)]).replace(".PEN_UP\n", ""), 5, "not a point: .DT"),
        (".PEN_DOWN\n 1 2\n", 2, "does not end with .PEN_UP"),
    ],
)
def test_a_faulty_line_is_named(text: str, line: int, fault: str) -> None:
    message = rejection(text)
    assert message.startswith(f"some.dat, line {line}: ")
    assert fault in message


@given(st.text(st.sampled_from('.SEGMENTDI01 "?\nPEN_UPOWC'), max_size=80))
def test_any_text_is_parsed_or_rejected(text: str) -> None:
    message = "t, line "
    try:
        parse_unipen(text, "t")
    except DigitrecError as error:
        message = str(error)
    assert message.startswith("t, line ")
