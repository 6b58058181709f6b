"""Words of commands that are files, whatever they look like."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from digitrec.config.command_parser import CommandParser
from digitrec.errors import DigitrecError


def parser() -> CommandParser:
    made = CommandParser("digitrec made", description="")
    made.add_argument("first", nargs="?", type=Path, metavar="FILE")
    made.add_argument("others", nargs="*", metavar="IMAGE")
    made.add_argument("--json", action="store_true")
    made.add_argument("-o", "--output", metavar="FILE")
    made.add_argument("--name")
    return made


@pytest.mark.parametrize(
    ("words", "first", "others"),
    [
        (["--", "-x.png"], "-x.png", []),
        (["--", "-x.png", "--json", "-o"], "-x.png", ["--json", "-o"]),
        (["a.png", "--", "-x.png"], "a.png", ["-x.png"]),
        (["a.png", "--", "b.png", "-x=1.png"], "a.png", ["b.png", "-x=1.png"]),
        (["--", "-"], "-", []),
    ],
)
def test_what_stands_behind_two_dashes_is_no_option(
    words: list[str], first: str, others: list[str]
) -> None:
    for more in ([], ["-o", "out"]):
        given = parser().parse_args([*more, *words])
        assert (given.first, given.others) == (Path(first), others)
        assert given.output == (more[1] if more else None)
        assert not given.json


def test_two_dashes_are_no_value_of_an_option() -> None:
    with pytest.raises(DigitrecError, match="-o/--output: expected one argument"):
        parser().parse_args(["-o", "--", "a.png"])


def test_without_two_dashes_a_word_that_looks_like_an_option_is_one() -> None:
    with pytest.raises(DigitrecError) as error:
        parser().parse_args(["-x.png"])
    assert str(error.value) == (
        "there is no option -x.png; if -x.png is a file, write ./-x.png, or put -- before it"
    )


def test_a_picture_is_not_taken_for_a_short_option_and_its_value() -> None:
    with pytest.raises(DigitrecError, match=r"^there is no option -out\.png; if -out\.png is a"):
        parser().parse_args(["-out.png"])
    assert parser().parse_args(["-oout.csv", "a"]).output == "out.csv"


def test_a_file_that_looks_like_an_option_is_told_from_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DigitrecError, match="digitrec made --help explains all options"):
        parser().parse_args(["-x"])
    (tmp_path / "-x").touch()
    with pytest.raises(DigitrecError, match=r"if -x is a file, write \./-x, or put -- before it$"):
        parser().parse_args(["-x"])


@pytest.mark.parametrize(
    ("word", "advice"),
    [
        ("--jsno", "did you mean --json?"),
        ("--OUTPUT=a", "did you mean --output?"),
        ("-json", "did you mean --json?"),
        ("--nmae", "did you mean --name?"),
        ("--zzz", "digitrec made --help explains all options"),
    ],
)
def test_an_unknown_option_is_told_which_are_near(word: str, advice: str) -> None:
    with pytest.raises(DigitrecError) as error:
        parser().parse_args([word])
    assert str(error.value) == f"there is no option {word.partition('=')[0]}; {advice}"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ([""], "FILE"),
        (["a.png", ""], "IMAGE"),
        (["a.png", "b.png", "--", ""], "IMAGE"),
        (["--output", ""], "-o/--output"),
        (["--output="], "-o/--output"),
    ],
)
def test_a_file_without_a_name_is_one_line(words: list[str], name: str) -> None:
    with pytest.raises(DigitrecError, match=f"argument {name}: an empty argument names no file"):
        parser().parse_args(words)
    assert not parser().parse_args(["--name", ""]).name


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a folder that is in use")
def test_a_folder_that_is_gone_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(DigitrecError, match="the current folder no longer exists; cd to another"):
        parser().parse_args(["/a.png"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_help_that_cannot_be_written_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    unbuffered = open("/dev/full", "wb", buffering=0)  # noqa: PTH123, SIM115
    with io.TextIOWrapper(unbuffered, write_through=True) as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(OSError, match="No space left"):
            parser().parse_args(["--help"])


@pytest.mark.parametrize(
    ("word", "advice"),
    [("rya", "did you mean ray?"), ("Ray", "did you mean ray?"), ("x", "choose from local, ray")],
)
def test_a_misspelt_choice_is_told_which_is_near(word: str, advice: str) -> None:
    made = parser()
    made.add_argument("--engine", choices=("local", "ray"))
    with pytest.raises(DigitrecError) as told:
        made.parse_args(["--engine", word])
    assert str(told.value).startswith(f"argument --engine: no choice is called {word!r}; {advice}")


@pytest.mark.parametrize("words", [["--once", "a", "--once", "b"], ["--once=a", "x", "--once=b"]])
def test_an_option_that_takes_one_value_keeps_no_last_one(words: list[str]) -> None:
    made = parser()
    made.add_argument_group("more").add_argument("--once", default="none", metavar="NAME")
    with pytest.raises(DigitrecError, match="argument --once: given twice: a and b; name one"):
        made.parse_args(words)
    with pytest.raises(DigitrecError, match="--once: given twice: none and b; name one"):
        made.parse_args(["--once", "none", "x", "--once", "b"])  # the first is its default
    assert made.parse_args(["x", "--once", "c", "--once", "c"]).once == "c"
    assert made.parse_args([]).once == "none"


@pytest.mark.parametrize(
    ("kind", "word", "says"),
    [
        (int, "1e3", "'1e3' is not a whole number"),
        (int, "", "'' is not a whole number"),
        (float, "ten", "'ten' is not a number"),
    ],
)
def test_a_word_that_is_no_number_is_told_plainly(kind: type, word: str, says: str) -> None:
    made = parser()
    made.add_argument("--count", type=kind)
    with pytest.raises(DigitrecError, match=f"^argument --count: {says}; "):
        made.parse_args(["--count", word])
    assert made.parse_args(["--count", "12"]).count == 12
