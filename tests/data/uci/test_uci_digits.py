from __future__ import annotations

import numpy as np
import pytest
from small_pen import HEADER, segment

from digitrec.data.uci import digits as uci_digits
from digitrec.errors import DigitrecError


def test_strokes_are_turned_upright() -> None:
    text = HEADER + segment(7, 12, [(10, 490), (20, 480)], [(5, 0)])
    (digit,) = uci_digits._parse(text, "t")
    assert (digit.label, digit.writer) == (7, 12)
    assert [stroke.tolist() for stroke in digit.strokes] == [[[10, 10], [20, 20]], [[5, 500]]]


ONE = segment(1, 1, [(1, 2)])


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        (ONE.replace('"1"', '"x"'), 1, "not a digit: DIGIT x"),
        (ONE.replace('"1"', '"12"'), 1, "not a digit: DIGIT 12"),
        (ONE.replace('"1"', '""'), 1, "not a digit: DIGIT"),
        (ONE.replace("SEGMENT DIGIT", "SEGMENT WORD"), 1, "not a digit: WORD 1"),
        (ONE + ONE.replace("DIGIT    0", "DIGIT    2"), 8, "has 2 strokes"),
        (ONE.replace(".COMMENT 1 1  3\n", ""), 1, "lacks a comment with its writer"),
        (ONE.replace(".COMMENT 1 1  3\n", ".COMMENT 1 me  3\n"), 1, "lacks a comment"),
        (ONE.replace(" 1  2", " 1  two"), 4, "not a point: 1 two"),
    ],
)
def test_a_faulty_digit_is_named_by_its_line(text: str, line: int, fault: str) -> None:
    with pytest.raises(DigitrecError) as caught:
        uci_digits._parse(text, "some.tra")
    assert str(caught.value).startswith(f"some.tra, line {line}: ")
    assert fault in str(caught.value)


def test_writers_are_in_one_part_each() -> None:
    parts = [uci_digits.TRAINING_WRITERS, uci_digits.VALIDATION_WRITERS, uci_digits.TEST_WRITERS]
    assert sorted(sum(parts, ())) == list(range(1, 31))
    assert len(uci_digits.HELD_OUT_WRITERS) == 6
    assert set(uci_digits.HELD_OUT_WRITERS) == set(
        uci_digits.VALIDATION_WRITERS + uci_digits.TEST_WRITERS
    )


@pytest.mark.mnist
def test_the_original_file() -> None:
    digits = uci_digits.read()
    assert len(digits) == 7494
    assert {d.writer for d in digits} == set(range(1, 31))
    assert sum(len(d.strokes) for d in digits) == 9433
    everything = np.concatenate([points for d in digits for points in d.strokes])
    assert everything.min() >= 0
    assert everything.max() <= uci_digits.TABLET
