from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from digitrec.errors import DigitrecError, Interrupted


def test_a_message_of_several_lines_is_folded() -> None:
    assert str(DigitrecError("first\n  second\r\n\tthird")) == "first second third"


def test_a_message_cannot_command_the_terminal() -> None:
    assert str(DigitrecError("red: \x1b[31m, bell: \x07")) == r"red: \x1b[31m, bell: \x07"


@given(st.text())
def test_every_message_is_one_printable_line(message: str) -> None:
    for error in (DigitrecError(message), Interrupted(message, 2)):
        assert str(error).isprintable()
        assert len(str(error).splitlines()) <= 1
