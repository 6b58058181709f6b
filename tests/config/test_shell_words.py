"""Commands and settings that are printed can be pasted, whatever signs a path holds."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_names import ODD_NAMES

from digitrec.config.compose import compose, expand
from digitrec.config.shell_words import command, path_setting, path_word, quote_text, shell_word
from digitrec.errors import DigitrecError

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"))


needs_bash = pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")


def read_by_bash(words: str) -> list[str]:
    """Return the words that bash makes of a line."""
    done = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {words}"], stdout=subprocess.PIPE, check=True
    )
    return [os.fsdecode(word) for word in done.stdout.split(b"\0")[:-1]]


def given_back(word: str) -> str | None:
    """Return the run directory that a printed setting names, once a shell has read it."""
    return compose(read_by_bash(word)).run_dir


@pytest.mark.slow
@needs_bash
@pytest.mark.parametrize("name", ODD_NAMES)
def test_setting_names_the_path_again(name: str) -> None:
    whole = f"/somewhere/{name}/run"
    settings = [path_setting("run_dir", name), path_setting("data.root", whole)]
    config = compose(["data=mnist", *read_by_bash(" ".join(settings))])
    assert (config.run_dir or "").removeprefix("./") == name
    assert config.data.root == whole  # type: ignore[attr-defined]
    (job,) = expand(shlex.split(path_setting("run_dir", name))).jobs.values()
    assert job.run_dir in (name, f"./{name}")


@pytest.mark.parametrize("name", ODD_NAMES)
def test_argument_is_the_path_and_no_option(name: str) -> None:
    (word,) = shlex.split(path_word(name))
    assert word.removeprefix("./") == name
    assert not word.startswith(("-", "~"))


@settings(max_examples=5)
@given(TEXT.filter(lambda text: text.strip() and not text.startswith("~")))
def test_any_text_is_read_as_it_was_quoted(text: str) -> None:
    assert compose([f"data.path={quote_text(text)}", "data=drawings"]).data.path == text  # type: ignore[attr-defined]


@needs_bash
@settings(max_examples=5)
@given(TEXT.filter(lambda text: text.strip(" ./")))
def test_any_path_is_read_as_it_was_printed(text: str) -> None:
    # As part of a message, which is one line and holds nothing that a terminal obeys.
    found = given_back(str(DigitrecError(path_setting("run_dir", text))))
    assert found is not None
    assert found.removeprefix("./") == text.removeprefix("./")


@needs_bash
@pytest.mark.parametrize(
    "name",
    ["family 👨\u200d👩\u200d👧", "two\nlines", "\x1b[31mred", "tab\t'quote'\\", "bytes\udcff\n"],
)
def test_signs_that_messages_escape_are_those_of_the_path_again(name: str) -> None:
    printed = str(DigitrecError(f"name {path_word(name)}")).removeprefix("name ")
    assert read_by_bash(printed) == [name]


def test_command_names_the_python_that_prints_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digitrec.config.plugins.LOADED", {"my_nets": None, "other": None})
    assert command("train", "resume=x") == "python -m digitrec.train resume=x plugins=my_nets,other"
    assert command("predict", "x") == "python -m digitrec.predict x --plugins my_nets,other"
    monkeypatch.chdir(tmp_path)
    # Without an activated environment, `python` is another one, or there is none.
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("digitrec.config.plugins.LOADED", {})
    assert command("gui") == f"{shell_word(sys.executable)} -m digitrec.gui"
    program = tmp_path / "it's" / "python"
    program.parent.mkdir()
    program.symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(program))
    assert command("gui") == """'./it'"'"'s/python' -m digitrec.gui"""
    monkeypatch.setenv("PATH", str(program.parent))
    assert command("gui") == "python -m digitrec.gui"


@pytest.mark.parametrize(
    "name",
    [name for name in ODD_NAMES if "," not in name and name[0] not in "~'\"" and name != "null"],
)
def test_path_that_is_typed_is_taken_as_it_is(name: str) -> None:
    assert compose([f"run_dir={name}"]).run_dir == name
