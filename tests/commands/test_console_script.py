"""All commands under the name digitrec."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from unittest import mock

import pytest

from digitrec import __version__, predict
from digitrec.__main__ import COMMANDS, main


def call(*words: str, program: str = "/usr/bin/digitrec") -> int:
    with mock.patch.object(sys, "argv", [program, *words]), pytest.raises(SystemExit) as end:
        main()
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",)])
@pytest.mark.parametrize(
    ("program", "name"),
    [("/usr/bin/digitrec", "digitrec"), ("/x/digitrec/__main__.py", "python -m digitrec")],
)
def test_help_lists_all_commands_as_they_are_called(
    words: tuple[str, ...], program: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*words, program=program) == 0
    lines = capsys.readouterr().out.splitlines()
    for command in COMMANDS:
        assert any(line.startswith(f"  {name} {command} ") for line in lines)
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("words", [(), *((name,) for name in COMMANDS)])
def test_the_version_is_shown(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*words, "--version") == 0
    python, torch = platform.python_version(), version("torch")
    line = f"digitrec {__version__} (PyTorch {torch}, Python {python})\n"
    assert capsys.readouterr().out == line


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("trian", "error: there is no command trian; did you mean train?"),
        ("--versoin", "error: there is no option --versoin; did you mean --version?"),
    ],
)
def test_an_unknown_word_is_one_line(
    word: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(word) == 2
    assert capsys.readouterr() == ("", f"{line}\n")
    assert call("zzz") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "choose from gui, predict" in line


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_names_how_it_was_called(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(name, "--help") == 0
    shown = capsys.readouterr().out
    assert f"digitrec {name} [" in shown
    assert f"python -m digitrec.{name} " not in shown
    assert call(name, "--help", program="/x/digitrec/__main__.py") == 0
    assert f"python -m digitrec {name} [" in capsys.readouterr().out


def test_the_exit_code_is_the_commands_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("reproduce", str(tmp_path)) == 2
    assert capsys.readouterr().err.startswith(f"error: {tmp_path} is neither")
    capsys.readouterr()
    for name in ("evaluate", "predict", "compare"):
        assert call(name, "x", "--jsno") == 2
        out, line = capsys.readouterr()
        assert line.startswith("error: there is no option --jsno; did you mean --json")
        assert (out, line.count("\n")) == ("", 1)


def test_a_run_records_the_command_that_trains_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    words = ["data=synthetic", "data.train=100", "data.test=20", "validation=20", "model=tiny"]
    words += ["epochs=1", f"run_dir={run}"]
    assert call("train", *words) == 0
    command = json.loads((run / "environment.json").read_text())["command"]
    assert Path(command[0]) == Path(predict.__file__).with_name("train.py")
    assert command[1:] == words


@pytest.mark.parametrize("name", COMMANDS)
def test_help_needs_neither_pytorch_nor_patience(name: str) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "digitrec", name, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = {line.split("|")[-1].strip() for line in done.stderr.splitlines()}
    assert "digitrec" in imported
    assert not {"torch", "scipy", "matplotlib"} & imported
    # What a start takes is imports: PyTorch has more than 1,000 modules, and Hydra some 400.
    assert len(imported) < 600
