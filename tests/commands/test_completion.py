"""Completion, requested as shells request it; each installed shell runs its script."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from digitrec import completion
from digitrec.__main__ import COMMANDS
from digitrec.config.completion import complete


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a shell that finds the console script."""
    folder = tmp_path_factory.mktemp("bin")
    script = folder / "digitrec"
    project = Path(completion.__file__).parents[1]
    script.write_text(
        f'#!/bin/sh\nPYTHONPATH="{project}" exec "{sys.executable}" -m digitrec "$@"\n'
    )
    script.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(folder)}


def shell(name: str, script: str, environment: dict[str, str], line: str = "") -> list[str]:
    if not shutil.which(name):
        pytest.skip(f"there is no {name}")
    done = subprocess.run(
        [name, "-c", script], env={**environment, "LINE": line}, capture_output=True, text=True,
        timeout=120,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.split()


# A line, and something that can stand at its end.
LINES = [
    ("digitrec tra", "train"),
    ("digitrec predict --che", "--checkpoint"),
    ("digitrec train optimi", "optimizer="),
    ("digitrec train optimizer=adag --multirun optimizer=ad", "optimizer=adamw"),
    ("digitrec train experiment=de", "experiment=deep"),
    ("digitrec train compile=t", "compile=true"),
]
BASH = """
eval "$(digitrec completion bash)"
COMP_LINE="$LINE" COMP_POINT=${#LINE}
_digitrec
printf '%s\\n' "${COMPREPLY[@]}"
"""
ZSH = """
compdef() { : }
eval "$(digitrec completion zsh)"
compadd() { while [[ $1 != -- ]]; do shift; done; shift; print -l -- "$@" }
LBUFFER="$LINE"
_digitrec
"""
FISH = 'digitrec completion fish | source; complete -C"$LINE"'


@pytest.mark.slow
@pytest.mark.parametrize(("line", "word"), LINES)
def test_bash_is_offered_the_word(line: str, word: str, environment: dict[str, str]) -> None:
    expected = word if word.endswith("=") else word.rpartition("=")[2]
    assert expected in shell("bash", BASH, environment, line)


@pytest.mark.slow
@pytest.mark.parametrize(("line", "word"), LINES)
@pytest.mark.parametrize(("name", "script"), [("zsh", ZSH), ("fish", FISH)])
def test_zsh_and_fish_are_offered_the_word(
    name: str, script: str, line: str, word: str, environment: dict[str, str]
) -> None:
    assert word in shell(name, script, environment, line)


def test_settings_are_those_of_the_choices_made() -> None:
    assert "optimizer.momentum=" in complete(["optimizer=sgd", "optimizer.m"], [], True)
    assert complete(["optimizer.m"], [], True) == []
    assert complete(["augment="], [], True) == [
        f"augment={name}" for name in ("affine", "handwriting", "none")
    ]
    assert complete(["device=c"], [], True) == ["device=cpu", "device=cuda"]
    assert complete(["resume=x"], [], True) == []  # the shell knows files better
    assert complete(["model=cnn,fa"], [], True) == ["model=cnn,fast"]
    assert complete(["x"], ["--json"], False) == []
    assert complete(["--j"], ["--json", "--csv"], False) == ["--json"]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_offers_its_options(command: str, environment: dict[str, str]) -> None:
    line = f"digitrec {command} --ver"
    done = subprocess.run(
        [sys.executable, "-m", "digitrec"],
        env={**environment, "_DIGITREC_COMPLETE": line}, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("--version\n", "")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("completion ", ["bash", "fish", "zsh"]),
        ("bench draw", ["drawings"]),
        ("bench drawings model=fa", ["model=fast"]),
        ("predict --engine ", ["local", "ray"]),
        ("predict --engine=r", ["--engine=ray"]),
        ("serve --device cu", ["cuda"]),
        ("predict --checkpoint ", []),
    ],
)
def test_the_few_words_that_an_argument_takes_are_offered(
    line: str, words: list[str], environment: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "digitrec"],
        env={**environment, "_DIGITREC_COMPLETE": f"digitrec {line}"},
        capture_output=True,
        text=True,
    )
    assert (done.stdout.split(), done.stderr) == (words, "")
