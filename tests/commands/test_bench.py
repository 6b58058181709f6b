"""The command bench: its arguments, and the lines that it prints for each benchmark."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from digitrec import bench
from digitrec.benchmarks import (
    adaptation,
    drawings,
    memory,
    normalise,
    predict,
    statistical_tests,
    synthetic,
)
from digitrec.benchmarks.adaptation import Gain, Slip
from digitrec.benchmarks.drawings import Figure
from digitrec.benchmarks.rejection import methods
from digitrec.benchmarks.training import overhead
from digitrec.data.marks.shapes import make_mark
from digitrec.data.sets.single import MnistData
from digitrec.data.synthetic.digits import draw
from digitrec.data.uci import digits as uci_digits
from digitrec.data.uci.digits import PenDigit
from digitrec.errors import DigitrecError
from digitrec.models.marks import MARKS


def call(*words: str) -> int:
    with mock.patch.object(sys, "argv", ["bench", *words]):
        return bench.main()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("synthetic", "epochs=1"), "synthetic takes no settings: leave out epochs=1"),
        (("gui", "epochs=1"), "gui takes no settings: leave out epochs=1"),
        (("memory", "--checkpoint", "a.h5"), "memory takes no checkpoint: leave out --checkpoint"),
        (
            ("numbers", "--checkpoint", "a.h5", "--checkpoint", "b.h5"),
            "numbers takes one checkpoint: leave out b.h5",
        ),
        (("numbers", "data.rooot=x"), "data.rooot"),
        (("drawings", "--checkpoint", "no.h5"), "no.h5 does not exist"),
    ],
)
def test_what_a_benchmark_does_not_take_is_one_line(words: tuple[str, ...], reason: str) -> None:
    with pytest.raises(DigitrecError, match=re.escape(reason)):
        call(*words)


def test_an_unknown_benchmark_is_named() -> None:
    with pytest.raises(DigitrecError, match="no choice is called 'refusal'; choose from train"):
        call("refusal")


def test_without_a_benchmark_no_settings_are_asked_for() -> None:
    with pytest.raises(DigitrecError, match=r"^the following arguments are required: WHAT; "):
        call()


def test_help_says_what_each_measures(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call("--help")
    shown = capsys.readouterr().out
    for benchmark in bench.BENCHMARKS:
        assert re.search(rf"(?m)^{benchmark.name} +\w", shown)


def test_it_starts_where_there_is_no_module_resource() -> None:
    """As on Windows."""
    program = (
        "import sys; sys.modules['resource'] = None; import digitrec.bench; "
        "from digitrec.benchmarks import attacks, files, memory, soak"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.fixture
def digits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Synthetic digits for those of the writers, and a folder without Chars74K."""
    rng = np.random.default_rng(0)
    found = [
        PenDigit(i % 10, writer, tuple(stroke.points for stroke in draw(i % 10, rng).strokes))
        for writer in (uci_digits.VALIDATION_WRITERS[0], uci_digits.TEST_WRITERS[0])
        for i in range(20)
    ]
    monkeypatch.setattr(uci_digits, "read", lambda root: found)
    monkeypatch.setenv("DIGITREC_DATA", str(tmp_path))


@pytest.mark.parametrize(
    ("name", "module", "function", "given"),
    [
        ("overhead", overhead, "training_overhead", [["seed=1"]]),
        ("synthetic", synthetic, "synthetic_images", []),
        ("normalise", normalise, "normalisation", []),
        ("predict", predict, "predict_files", []),
        ("memory", memory, "training_memory", [["seed=1"]]),
        ("statistics", statistical_tests, "tables", []),
    ],
)
def test_lines_are_printed_as_they_are_measured(
    name: str,
    module: object,
    function: str,
    given: list[list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    several = function in ("training_overhead", "tables")
    lines = iter(["one", "two"]) if several else "one"
    with mock.patch.object(module, function, return_value=lines) as measured:
        assert call(name, *(given[0] if given else [])) == 0
    measured.assert_called_once_with(*given)
    assert capsys.readouterr().out == ("one\ntwo\n" if several else "one\n")


@pytest.mark.slow
def test_numbers_and_pages(
    digits: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from digitrec.benchmarks import numbers
    from digitrec.benchmarks.handwriting import held_out

    rng = np.random.default_rng(0)
    marks = {mark: [make_mark(mark, rng)] for mark in MARKS}
    monkeypatch.setattr(held_out, "marks", lambda root: marks)
    monkeypatch.setattr(held_out, "letters", lambda root: [marks["+"][0]])
    names = ("numbers", "touching", "pages", "drawn_rows", "touching_rows", "lettered", "marked")
    for name in (f"measure_{name}" for name in names):
        whole = getattr(numbers, name)
        few = lambda *given, whole=whole, **words: whole(*given, count=1, **words)  # noqa: E731
        monkeypatch.setattr(numbers, name, few)
    assert call("numbers") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines[:3]] == [
        "numbers",
        "pairs that touch",
        "lines of photographed pages, plain",
    ]
    rows = ["rows of drawings", "rows that touch", "numbers with a letter"]
    assert [line.partition(":")[0] for line in lines[-11:]] == [*rows, *numbers.MARKED]
    assert all(re.search(r"of [\d,]+ right \([\d.]+%\)", line) for line in lines)


def test_rejection_of_several_networks(
    digits: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(methods, "DRAWINGS", 3)
    shipped = Path(bench.__file__).parents[1] / "checkpoints"
    words = [f"--checkpoint={shipped / name}" for name in ("digitrec.h5", "mnist.h5")]
    assert call("rejection", *words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:3] for line in lines[:5]] == [f"{n}  " for n in range(1, 6)]
    assert lines[5].split() == ["rejected", "1", "2", "3", "4", "5"]
    assert lines[6].startswith("pen digits  ")
    assert all(line.count("%") == 5 for line in lines[6:])


def test_drawings_that_miss_their_aim(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = [Figure("read", "99.0%", "≥ 98%", True), Figure("rejected", "9%", "≤ 1%", False)]
    monkeypatch.setattr(drawings, "measure", lambda recognizer, root: table)
    assert call("drawings") == 0
    one, two = capsys.readouterr().out.splitlines()
    assert one.split() == ["read", "99.0%", "≥", "98%"]
    assert two.split() == ["rejected", "9%", "≤", "1%", "missed"]


def test_adaptation_sums_up_all_writers(
    digits: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gains = [Gain(writer, 60, 4, 1, 0.99, 0.99, 2.0) for writer in (1, 2)]
    monkeypatch.setattr(adaptation, "measure", lambda trained, digits, mnist, seed: gains)
    slips = [Slip(1, 7, 1, 30, 28, 27), Slip(2, 3, 9, 30, 30, 30)]
    monkeypatch.setattr(adaptation, "measure_slips", lambda trained, digits, mnist, seed: slips)
    monkeypatch.setattr(MnistData, "load", lambda self, validation: None)
    assert call("adaptation") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("writer  1: 4 of 60 wrong before, 1 after")
    assert len(lines) == 2 * adaptation.SEEDS + 2
    assert lines[-2] == "24 wrong before, 6 after (25%); 2.0 s each"
    assert lines[-1] == (
        "one wrong label of ten: 174 other drawings of the digit right before, 171 after; "
        "at most 3.6% lost"
    )
