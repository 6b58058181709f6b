"""The README's commands are commands that exist, and its claims name runs that can be made."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from digitrec.__main__ import COMMANDS as COMMANDS_OF_PACKAGE
from digitrec.config.compose import compose
from digitrec.config.train_config import TrainConfig

PROJECT = Path(__file__).resolve().parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"python -m digitrec\.(\w+)((?: [^\s`|#]+)*)", README)))


def is_command(name: str) -> bool:
    package = PROJECT / "digitrec" / name
    return package.with_suffix(".py").exists() or (package / "__main__.py").exists()


def test_there_are_commands() -> None:
    assert {name for name, _ in COMMANDS} >= {"train", "evaluate", "predict"}


@pytest.mark.parametrize(("name", "words"), COMMANDS, ids=lambda value: value.strip() or "-")
def test_a_command_of_the_readme_can_be_given(name: str, words: str) -> None:
    assert is_command(name)
    given = shlex.split(words)
    if name == "train":
        settings = [word for word in given if not word.startswith("--")]
        # Of a sweep, the first job.
        assert isinstance(compose([word.partition(",")[0] for word in settings]), TrainConfig)


@pytest.mark.parametrize("path", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_a_link_of_the_readme_leads_somewhere(path: str) -> None:
    assert (PROJECT / path).exists()


def test_the_package_lists_its_commands() -> None:
    for name in COMMANDS_OF_PACKAGE:
        assert is_command(name)


def test_make_knows_the_two_commands() -> None:
    rules = (PROJECT / "Makefile").read_text()
    for target in ("demo", "test"):
        assert f"make {target}" in README
        assert f"\n{target}:" in rules
