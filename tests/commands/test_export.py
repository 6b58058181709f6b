"""The command export."""

from __future__ import annotations

import builtins
import importlib.util
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from checkpoint_samples import images, made, save, save_good
from places import remove_when_written_to

from digitrec import export
from digitrec.run_command import run_command


@pytest.fixture(autouse=True)
def keras_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("KERAS_BACKEND", "torch")


@pytest.fixture
def model(tmp_path: Path) -> str:
    save_good(tmp_path / "model.h5")
    return str(tmp_path / "model.h5")


def call(*words: str) -> int:
    with mock.patch.object(sys, "argv", ["export", *words]), pytest.raises(SystemExit) as end:
        run_command(export.main)
    assert isinstance(end.value.code, int)
    return end.value.code


def test_it_writes_all_formats_at_once(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    words = [
        "--onnx",
        f"{out}/a.onnx",
        "--torch-export",
        f"{out}/a.pt2",
        "--keras",
        f"{out}/a.keras",
        "--html",
        f"{out}/a.html",
    ]
    assert call(model, *words) == 0
    names = ["a.onnx", "a.int8.onnx", "a.pt2", "a.keras", "a.html"]
    assert {path.name for path in out.iterdir()} == set(names)
    shown = capsys.readouterr()
    assert shown.err == ""
    for line, name in zip(shown.out.splitlines(), names, strict=True):
        assert line.startswith(f"{out}/{name}  0.")


def test_a_name_with_a_newline_stays_on_one_line(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(model, "--html", f"{tmp_path}/a\nb.html") == 0
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith(rf"{tmp_path}/a\nb.html  0.")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "nothing to write: name a format, such as --onnx digits.onnx"),
        (
            ("--onnx", "a", "--keras", "no/../a"),
            "two formats have the same file: give each its own name",
        ),
        (
            ("--onnx", "a.onnx", "--html", "a.int8.onnx"),
            "two formats have the same file: give each its own name",
        ),
        (
            ("--keras", "model.h5"),
            "model.h5 would replace what is read; write to another file",
        ),
        (
            ("--html", "a.html", "--onnx", "./model.h5"),
            "model.h5 would replace what is read; write to another file",
        ),
        (
            ("--onnx", "no/a.onnx"),
            "--onnx no/a.onnx: there is no folder no; make it first",
        ),
        (
            ("--torch-export", "no/a.pt2"),
            "--torch-export no/a.pt2: there is no folder no; make it first",
        ),
        (("--onnx", "3.png"), "--onnx 3.png: its name must end in .onnx"),
        (("--torch-export", "a.onnx"), "--torch-export a.onnx: its name must end in .pt2"),
        (("--html", "a.bmp"), "--html a.bmp: its name must end in .html"),
        (("--h5", "a.html"), "--h5 a.html: its name must end in .h5"),
        (("--onnx", "."), "--onnx . is a folder; name a file"),
        (("--html", "/"), "--html / is a folder; name a file"),
        *(
            (
                (f"--{option}", ""),
                f"argument --{option}: an empty argument names no file or folder; python -m "
                "digitrec.export --help explains all options",
            )
            for option in ("onnx", "torch-export", "keras", "html", "h5")
        ),
        (
            ("--keras", "a.txt"),
            "--keras a.txt: its name must end in .keras, .h5 or, for weights alone, .weights.h5",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line(
    words: tuple[str, ...], line: str, model: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert call(model, *words) == 2
    assert capsys.readouterr().err == f"error: {line}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["model.h5"]


@pytest.mark.parametrize("words", ["--h5 other.h5", "--keras other.h5", "--html mine.html"])
def test_what_export_did_not_write_is_kept(
    words: str, model: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    file = Path(words.split()[1])
    if file.suffix == ".h5":
        save(file, made(temperature=1.5), images())
    else:
        file.write_text("<p>mine</p>")
    before = file.read_bytes()
    assert call(model, *words.split()) == 2
    assert capsys.readouterr().err.startswith(f"error: {file} exists, and ")
    assert file.read_bytes() == before


def test_the_small_onnx_file_replaces_nothing_else_either(model: str, tmp_path: Path) -> None:
    (tmp_path / "a.int8.onnx").write_text("mine")
    assert call(model, "--onnx", str(tmp_path / "a.onnx")) == 2
    assert (tmp_path / "a.int8.onnx").read_text() == "mine"
    assert not (tmp_path / "a.onnx").exists()


@pytest.mark.parametrize(
    "words", ["--onnx a.onnx", "--torch-export a.pt2", "--html a.html", "--h5 a.h5",
              "--keras a.keras", "--keras a.h5", "--keras a.weights.h5"],
)  # fmt: skip
def test_what_was_exported_is_exported_again(
    words: str, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert call(model, *words.split()) == 0


def test_a_file_that_is_no_checkpoint_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(str(tmp_path / "no.h5"), "--onnx", str(tmp_path / "a.onnx")) == 2
    assert "no.h5 does not exist" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "file", "package", "extra"),
    [
        ("--onnx", "a.onnx", "onnx", "onnx"),
        ("--onnx", "a.onnx", "onnxruntime", "onnx"),
        ("--keras", "a.keras", "keras", "keras"),
    ],
)
def test_a_missing_extra_is_one_line(
    option: str, file: str, package: str, extra: str, model: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    found, importing = importlib.util.find_spec, builtins.__import__

    def find_spec(name: str, *others: Any) -> Any:
        return None if name == package else found(name, *others)

    def refuse(name: str, *others: Any, **named: Any) -> Any:
        assert name.partition(".")[0] != package, f"{package} is imported where it is missing"
        return importing(name, *others, **named)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    monkeypatch.setattr(builtins, "__import__", refuse)
    assert call(model, option, str(tmp_path / file)) == 2
    line = f"error: {option} needs the package {package}: pip install 'digitrec[{extra}]'\n"
    assert capsys.readouterr().err == line
    assert [path.name for path in tmp_path.iterdir()] == ["model.h5"]


@pytest.mark.parametrize(
    "word", ["--onnx a.onnx", "--torch-export a.pt2", "--html a.html", "--keras a.keras"]
)
def test_a_folder_that_is_removed_meanwhile_is_one_line(
    word: str, model: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    out = tmp_path / "out"
    out.mkdir()
    remove_when_written_to(out, monkeypatch)
    option, name = word.split()
    assert call(model, option, f"{out}/{name}") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert f"{out}/{name}" in line
    assert [path.name for path in tmp_path.iterdir() if path.name != "keras"] == ["model.h5"]
