from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from learners import stored

from digitrec import adapt
from digitrec.errors import DigitrecError
from digitrec.run_command import run_command
from digitrec.training.adaptation import adapt_to_drawings
from digitrec.training.adaptation.adapt_to_drawings import AdaptationReport


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run the command with some words; returns its exit code."""

    def call(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["adapt", *words])
        with pytest.raises(SystemExit) as stop:
            run_command(adapt.main)
        assert isinstance(stop.value.code, int)
        return stop.value.code

    return call


def test_too_few_drawings_are_one_line(
    command: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(str(stored(tmp_path / "few.h5", 3)), "--json") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert "holds 3 drawings" in said.err
    assert [path.name for path in tmp_path.glob("adapted*")] == []


@pytest.mark.parametrize(
    "words", [[""], *([name, ""] for name in ("--output", "--checkpoint", "--root"))]
)
def test_an_empty_path_is_one_line(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["adapt", *words])
    with pytest.raises(DigitrecError, match="an empty argument names no file or folder"):
        adapt.main()


@pytest.mark.mnist
def test_the_command_prints_one_json_object(
    command: Callable[..., int],
    mnist_run: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = stored(tmp_path / "drawings.h5", 10)
    output = tmp_path / "new.h5"
    code = command(
        str(file), "--checkpoint", str(mnist_run / "model.h5"), "--output", str(output), "--json"
    )
    report = json.loads(capsys.readouterr().out)
    assert code == (0 if report["written"] else 1)
    assert report["held_back"] == 0
    assert output.exists() == bool(report["written"])


@pytest.mark.parametrize(
    ("report", "code", "lines"),
    [
        (
            AdaptationReport(40, 10, 8, 10, 0.99, 0.9896, 1.0, "my hand.h5"),
            0,
            [
                "trained on    40 drawings",
                "held back     10 drawings: 8 read right before, 10 after",
                "MNIST         99.00% right before, 98.96% after, of 5,000 held-out images",
                "checkpoint    my hand.h5",
                "next          python -m digitrec.gui --checkpoint 'my hand.h5'",
            ],
        ),
        (
            AdaptationReport(10, 0, 0, 0, 0.99, 0.99, 0.0, None),
            1,
            [
                "trained on    10 drawings",
                "held back     none: of every 5 drawings of a digit, one would be",
                "MNIST         99.00% right before, 99.00% after, of 5,000 held-out images",
                "checkpoint    none written: every attempt made accuracy on MNIST worse",
            ],
        ),
    ],
)
def test_the_report_is_printed(
    report: AdaptationReport,
    code: int,
    lines: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["adapt", "drawings.h5", "--output", "my hand.h5"])
    given = (Path("drawings.h5"), None, Path("my hand.h5"), None)
    with mock.patch.object(adapt_to_drawings, "adapt_to_drawings", return_value=report) as called:
        assert adapt.main() == code
    called.assert_called_once_with(*given)
    assert capsys.readouterr().out.splitlines() == lines
