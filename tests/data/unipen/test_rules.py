from __future__ import annotations

from pathlib import Path

import pytest
from small_unipen import Sample, digits, drawn, write

from digitrec.data.data_folder import find_data_folder
from digitrec.data.unipen import rules
from digitrec.data.unipen.listed_faults import CUT, MISLABELLED
from digitrec.data.unipen.reader import read_folder
from digitrec.data.unipen.segments import Characters

WRITERS = {f"w{number}": digits(number) for number in range(6)}


def read(root: Path, extra: list[Sample], part: str = "1a") -> Characters:
    """Read sixty good digits, and what one of their writers wrote more."""
    write(root, "abc", WRITERS if part == "1a" else {})
    writers = WRITERS | {"w0": [*WRITERS["w0"], *extra]} if part == "1a" else {"w0": extra}
    write(root, "abc", writers, part)
    return read_folder(root / "unipen")


def line(x: float, y: float) -> list[tuple[float, float]]:
    return [(x * k / 20, y * k / 20) for k in range(21)]


def oval(x: float, width: float = 300) -> list[tuple[float, float]]:
    circle = [(1, 0), (0.7, 0.7), (0, 1), (-0.7, 0.7), (-1, 0), (-0.7, -0.7), (0, -1), (1, 0)]
    return [(x + width * u, 500 + 450 * v) for u, v in circle]


def test_good_digits_stay(tmp_path: Path) -> None:
    found = read(tmp_path, [])
    assert len(found) == 60
    assert found.dropped == {}


@pytest.mark.parametrize(
    ("rule", "sample"),
    [
        (rules.DOT, ("8", [[(5, 5), (15, 8), (6, 20), (15, 15), (5, 5)]])),
        (rules.DOT, ("3", [[(5, 5)]])),
        (rules.LINE, ("4", [line(20, 800)])),
        (rules.LINE, ("0", [line(500, 700)])),
        (rules.LINE, ("1", [line(800, 60)])),
        (rules.SCRIBBLE, ("7", [line(700, 800) + line(0, 800) + line(700, 0)] * 9)),
        (rules.SEVERAL, ("0", [oval(400), oval(1200)])),
        (rules.SEVERAL, ("0", [oval(400), oval(1200), oval(2000)])),
    ],
)
def test_a_faulty_digit_is_dropped(tmp_path: Path, rule: str, sample: Sample) -> None:
    found = read(tmp_path, [sample])
    assert found.dropped == {(rule, "abc"): 1}
    assert len(found) == 60


@pytest.mark.parametrize(
    "sample",
    [
        ("1", [line(20, 800)]),
        ("1", [line(500, 700)]),
        ("0", [oval(400), line(800, 900)]),
        ("0", [oval(800, 700)]),
        ("4", [[(0, 800), (0, 400), (400, 400)], line(20, 800)[::-1]]),
        ("5", [[(300, 800), (0, 800), (0, 500), (300, 400), (0, 0)], [(350, 800), (700, 820)]]),
    ],
)
def test_what_some_hands_write_stays(tmp_path: Path, sample: Sample) -> None:
    found = read(tmp_path, [sample])
    assert found.dropped == {}
    assert len(found) == 61


def test_a_character_that_lacks_a_stroke_is_dropped(tmp_path: Path) -> None:
    corner: list[tuple[float, float]] = [(0, 900), (0, 200), (300, 200)]
    fours = [("4", [[(x + k, y) for x, y in corner], [(250 + k, 900), (250, 0)]]) for k in range(5)]
    whole_one = ("4", [[(0, 900), (10, 400), (500, 400), (300, 800), (310, 0)]])
    found = read(tmp_path, [*fours, ("4", [[(7, 900), (0, 200), (290, 200)]]), whole_one])
    assert found.dropped == {(rules.LACKS_STROKE, "abc"): 1}
    assert len(found) == 66


def test_a_sign_of_one_stroke_is_dropped_where_other_sources_have_two(tmp_path: Path) -> None:
    def dollar(place: int) -> Sample:
        return "$", [[(300, 800), (place, 600), (300, 300), (0, 0)], line(20, 900)]

    cut, in_one = ("$", [dollar(7)[1][0]]), ("%", [line(60, 90)])
    write(tmp_path, "xyz", {"ann": [*(dollar(place) for place in range(25)), in_one]}, part="1d")
    found = read(tmp_path, [cut, dollar(99), in_one], part="1d")
    assert found.dropped == {(rules.LACKS_STROKE, "abc"): 1}
    assert [c.label for c in found if c.label in "$%"].count("$") == 26
    few = tmp_path / "few"
    write(few, "xyz", {"ann": [dollar(place) for place in range(5)]}, part="1d")
    assert read(few, [cut], part="1d").dropped == {}


def test_symbols_may_be_dots_and_lines(tmp_path: Path) -> None:
    symbols: list[Sample] = [(".", [[(1, 1)]]), ("-", [line(90, 0)]), ("%", [line(60, 90)])]
    found = read(tmp_path, symbols, part="1d")
    assert found.dropped == {}
    assert [c.label for c in found][-3:] == [".", "-", "%"]


def test_small_letters_in_a_row_are_several(tmp_path: Path) -> None:
    letters = [("o", [oval(k)]) for k in range(5)]
    found = read(tmp_path, [*letters, ("o", [oval(0), oval(700)])], part="1c")
    assert found.dropped == {(rules.SEVERAL, "abc"): 1}


def test_repeated_ink_counts_once_and_joins_writers(tmp_path: Path) -> None:
    again = drawn(5, 77)
    write(tmp_path, "abc", {"s1-7": [*digits(1), again], "s2-7": [*digits(2), again]})
    write(tmp_path, "xyz", {"s3": [again]})  # another source is another person
    found = read_folder(tmp_path / "unipen")
    assert found.dropped == {(rules.REPEATED, "abc"): 1}
    assert len(found) == 22
    assert {c.writer for c in found} == {"abc/s1-7", "xyz/s3"}


def test_equal_short_strokes_join_nobody(tmp_path: Path) -> None:
    dot: Sample = (".", [[(0, 0)]])
    write(tmp_path, "abc", {"ann": [*digits(1), dot], "bob": [*digits(2), dot]})
    found = read_folder(tmp_path / "unipen")
    assert {c.writer for c in found} == {"abc/ann", "abc/bob"}


def test_ink_with_two_labels_has_none(tmp_path: Path) -> None:
    _, strokes = drawn(5, 77)
    found = read(tmp_path, [("5", strokes), ("6", strokes), ("5", strokes)])
    assert found.dropped == {(rules.TWO_LABELS, "abc"): 3}


def test_listed_digits_are_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = [character.place for character in read(tmp_path, [])]
    monkeypatch.setattr(rules, "CUT", frozenset(places[1:2]))
    monkeypatch.setattr(rules, "MISLABELLED", frozenset(places[3:4]))
    found = read(tmp_path, [])
    assert [character.place for character in found] == [places[0], places[2], *places[4:]]
    assert found.dropped == {(rules.LISTED, "abc"): 2}


@pytest.mark.slow
@pytest.mark.mnist
def test_the_real_files_give_these_counts() -> None:
    folder = find_data_folder(None).path / "unipen"
    if not folder.is_dir():
        pytest.skip("DIGITREC_DATA holds no unipen")
    found = read_folder(folder)
    digits = found.of_kind("digit")
    assert len(digits) > 10_500
    assert len(found) + sum(found.dropped.values()) == 79_276
    dropped = {rule: 0 for rule, _ in found.dropped}
    for (rule, _), count in found.dropped.items():
        dropped[rule] += count
    shapes = (rules.DOT, rules.LINE, rules.SCRIBBLE, rules.SEVERAL, rules.LACKS_STROKE)
    assert 0 < sum(dropped[rule] for rule in shapes) < 0.015 * len(found)
    assert dropped[rules.LISTED] == len(CUT | MISLABELLED) < 0.015 * len(digits)
