from __future__ import annotations

import pytest

from digitrec.config.command_parser import CommandParser
from digitrec.config.setting_words import is_option, setting_word
from digitrec.data.data_folder import ROOT_VARIABLE, download_advice, find_data_folder, other_folder
from digitrec.errors import DigitrecError
from digitrec.models.device import pick_device


def parse(*options: str, words: tuple[str, ...] = (), plugins: bool = False) -> None:
    parser = CommandParser("digitrec made", description="", takes_plugins=plugins)
    for option in options:
        parser.add_argument(option)
    parser.parse_args(words)


def test_a_setting_is_named_as_in_training_where_no_option_is_it() -> None:
    parse("--other")
    assert setting_word("run_dir", "a b") == "run_dir=a b"
    assert setting_word("data.root") == "data.root"
    assert not is_option("run_dir")


@pytest.mark.parametrize(
    ("key", "option"),
    [
        ("run_dir", "--run-dir"),
        ("data.root", "--root"),
        ("device", "--device"),
    ],
)
def test_a_setting_is_named_by_the_option_of_the_command(key: str, option: str) -> None:
    parse(option)
    assert is_option(key)
    assert setting_word(key) == option
    assert setting_word(key, "FOLDER") == f"{option} FOLDER"
    parse("--other")  # the next command in this process
    assert not is_option(key)


def test_a_device_that_is_not_there_is_named_as_it_was_given() -> None:
    with pytest.raises(DigitrecError, match=r"^device=mps: "):
        pick_device("mps")
    parse("--device")
    with pytest.raises(DigitrecError, match=r"^--device mps: "):
        pick_device("mps")


def test_plugins_are_named_as_they_were_given() -> None:
    with pytest.raises(DigitrecError, match=r"^--plugins nowhere: no module nowhere, neither in "):
        parse(words=("--plugins", "nowhere"), plugins=True)
    with pytest.raises(DigitrecError, match=r"^--plugins a b: name modules"):
        parse(words=("--plugins", "a b"), plugins=True)


def test_the_folder_of_the_data_is_named_as_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    advice = "name a folder that holds X with data.root=FOLDER, or choose data=synthetic, which"
    assert other_folder("X").startswith(advice)
    parse("--root")
    assert find_data_folder("x").setting == "--root"
    # Nor does it advise data that the command cannot choose.
    assert download_advice("--root", "it") == "leave --root out to have it downloaded"
    assert other_folder("X") == "name a folder that holds X with --root FOLDER"
    monkeypatch.setenv(ROOT_VARIABLE, "x")
    assert find_data_folder(None).setting == ROOT_VARIABLE
    assert download_advice(ROOT_VARIABLE, "it") == f"unset {ROOT_VARIABLE} to have it downloaded"
