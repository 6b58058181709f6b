from __future__ import annotations

from pathlib import Path

import pytest
import small_unipen
from small_unipen import Sample

from digitrec.data.dataset import NO_DIGIT
from digitrec.data.hands import sources
from digitrec.data.parts import Part
from digitrec.data.uci import digits as uci_digits
from digitrec.data.unipen.split import validation_writers
from digitrec.errors import ConfigError


def test_digits_come_by_source(hands_root: str) -> None:
    found = sources.digits(hands_root)
    assert {source: len(digits) for source, digits in found.items()} == {
        "uci": 60,
        "abc": 90,
        "xyz": 10,
    }
    assert found["xyz"].labels.tolist() == list(range(10))
    assert set(found["xyz"].writers) == {"xyz/w"}
    assert found["uci"].writers[:3] == ["uci/1", "uci/1", "uci/2"]
    assert found["abc"].places[0].startswith("1a/abc/w0.dat:")


def test_writers_train_validate_or_test(hands_root: str) -> None:
    uci = sources.digits(hands_root)["uci"]
    numbers = {int(writer.removeprefix("uci/")) for writer in uci.of(Part.TRAINING).writers}
    assert numbers == set(uci_digits.TRAINING_WRITERS)
    numbers = {int(writer.removeprefix("uci/")) for writer in uci.of(Part.VALIDATION).writers}
    assert numbers == set(uci_digits.VALIDATION_WRITERS)
    abc = sources.digits(hands_root)["abc"]
    training, validation = set(abc.of(Part.TRAINING).writers), set(abc.of(Part.VALIDATION).writers)
    assert (len(training), len(validation)) == (8, 1)
    assert not training & validation
    assert len(sources.digits(hands_root)["xyz"].of(Part.VALIDATION)) == 0


def test_who_validates_with_digits_does_not_train_with_letters(hands_root: str) -> None:
    (validator,) = validation_writers(f"abc/w{k}" for k in range(9))
    cross: Sample = ("X", [[(0, 0), (600, 700)], [(600, 0), (0, 700)]])
    name = validator.removeprefix("abc/")
    small_unipen.write(Path(hands_root), "abc", {name: [cross]}, part="1b")
    digits, others = sources.digits(hands_root)["abc"], sources.nondigits(hands_root)
    assert set(digits.of(Part.VALIDATION).writers) == {validator}
    assert others["abc"].of(Part.VALIDATION).characters == ["X"]
    assert "X" not in others["abc"].of(Part.TRAINING).characters
    few = others["let"]  # a few writers, and no digits
    assert len(few.of(Part.TRAINING)) == len(few)
    both = sources.taught_as_nondigits(others["abc"])
    assert set(both.of(Part.VALIDATION).writers) == {validator}


def test_only_what_nobody_writes_as_a_digit_is_taught_as_none(hands_root: str) -> None:
    found = sources.nondigits(hands_root)
    assert sorted(found) == ["abc", "let"]
    assert sorted(found["let"].characters) == ["+", "A", "o"]
    assert set(found["let"].labels.tolist()) == {NO_DIGIT}
    taught = sources.taught_as_nondigits(found["let"])
    assert sorted(taught.characters) == ["+", "A"]
    assert not sources.LETTERS_LIKE_DIGITS & sources._NONDIGITS


def test_unknown_sources_are_named(hands_root: str) -> None:
    sources.check_sources(["uci", "abc"], hands_root)
    with pytest.raises(ConfigError, match=r"data\.leave_out: .*'let'; .* are uci, abc, xyz"):
        sources.check_sources(["uci", "let"], hands_root)
