"""Paths and settings that are printed can be pasted, whatever signs a path holds."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_names import ODD_NAMES

from digitrec.config.compose import compose, expand
from digitrec.config.overrides import quote_text
from digitrec.config.shell_words import path_setting, path_word

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"))


def given_back(word: str) -> str | None:
    """Return the run directory that a printed setting names, once a shell has read it."""
    return compose(shlex.split(word)).run_dir


@pytest.mark.parametrize("name", ODD_NAMES)
def test_setting_names_the_path_again(name: str) -> None:
    for path in (name, f"/somewhere/{name}/run"):
        found = given_back(path_setting("run_dir", path))
        assert found is not None
        assert found.removeprefix("./") == path
    (job,) = expand(shlex.split(path_setting("run_dir", name))).jobs.values()
    assert job.run_dir in (name, f"./{name}")


@pytest.mark.parametrize("name", ODD_NAMES)
def test_argument_is_the_path_and_no_option(name: str) -> None:
    (word,) = shlex.split(path_word(name))
    assert word.removeprefix("./") == name
    assert not word.startswith(("-", "~"))


@settings(max_examples=10)
@given(TEXT.filter(lambda text: not text.startswith("~")))
def test_any_text_is_read_as_it_was_quoted(text: str) -> None:
    assert compose([f"data.path={quote_text(text)}", "data=drawings"]).data.path == text  # type: ignore[attr-defined]


@settings(max_examples=10)
@given(TEXT.filter(lambda text: text.strip(" ./")))
def test_any_path_is_read_as_it_was_printed(text: str) -> None:
    found = given_back(path_setting("run_dir", text))
    assert found is not None
    assert found.removeprefix("./") == text.removeprefix("./")


@pytest.mark.parametrize(
    "name",
    [name for name in ODD_NAMES if "," not in name and name[0] not in "~'\"" and name != "null"],
)
def test_path_that_is_typed_is_taken_as_it_is(name: str) -> None:
    assert compose([f"run_dir={name}"]).run_dir == name
