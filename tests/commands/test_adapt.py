from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from learners import stored
from started_commands import run_command_alone

from digitrec import adapt
from digitrec.errors import DigitrecError
from digitrec.training.adaptation import adapt_to_drawings
from digitrec.training.adaptation.adapt_to_drawings import AdaptationReport


def command(*words: str) -> subprocess.CompletedProcess[str]:
    pipe = subprocess.PIPE
    return run_command_alone(["digitrec.adapt", *words], stdout=pipe, stderr=pipe)


def test_too_few_drawings_are_one_line(tmp_path: Path) -> None:
    done = command(str(stored(tmp_path / "few.h5", 3)), "--json")
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "holds 3 drawings" in done.stderr
    assert [path.name for path in tmp_path.glob("adapted*")] == []


@pytest.mark.parametrize(
    "words", [[""], *([name, ""] for name in ("--output", "--checkpoint", "--root"))]
)
def test_an_empty_path_is_one_line(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["adapt", *words])
    with pytest.raises(DigitrecError, match="an empty word names no file or folder"):
        adapt.main()


@pytest.mark.mnist
def test_the_command_prints_one_json_object(mnist_run: Path, tmp_path: Path) -> None:
    file = stored(tmp_path / "drawings.h5", 10)
    output = tmp_path / "new.h5"
    done = command(
        str(file), "--checkpoint", str(mnist_run / "model.h5"), "--output", str(output), "--json"
    )
    report = json.loads(done.stdout)
    assert done.returncode == (0 if report["written"] else 1)
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
                "MNIST         99.00% right before, 98.96% after, of 5,000 images that were not "
                "trained on",
                "checkpoint    my hand.h5",
                "next          python -m digitrec.gui --checkpoint 'my hand.h5'",
            ],
        ),
        (
            AdaptationReport(10, 0, 0, 0, 0.99, 0.99, 0.0, None),
            1,
            [
                "trained on    10 drawings",
                "held back     none; one in every 5 drawings of a digit would be",
                "MNIST         99.00% right before, 99.00% after, of 5,000 images that were not "
                "trained on",
                "checkpoint    none written: all that was learnt made MNIST worse",
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
