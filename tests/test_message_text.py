from __future__ import annotations

import pytest

from digitrec.message_text import printable, quoted, shorten


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a", "'a'"),
        ("a\x1b[2J\n", r"'a\x1b[2J\n'"),
        ("x" * 60_000, f"'{'x' * 77}…'"),
        ("\0" * 50, "'" + r"\x00" * 19 + r"\…'"),
        ([1] * 60_000, "[1, 1, 1, 1, 1, 1, ...]"),
        ([[[[[[[[1]]]]]]]], "[[[[[[[...]]]]]]]"),
    ],
)
def test_what_a_file_says_is_quoted_in_80_characters(value: object, shown: str) -> None:
    assert quoted(value) == shown
    assert len(shown) <= 80


def test_what_a_file_says_is_shortened_to_80_characters() -> None:
    assert shorten("x" * 80) == "x" * 80
    assert shorten("x" * 81) == "x" * 79 + "…"


def test_a_name_is_printable() -> None:
    assert printable("größe 数.png") == "größe 数.png"
    assert printable("a\nb\x1b\t\u202e") == "a\\nb\\x1b\\t\\u202e"
    assert printable("\udcff") == "\udcff"  # a byte that is not text
