from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitrec.adapt import HELD_BACK, hold_back, run
from digitrec.data.synthetic import digits
from digitrec.drawing.corrections import LabelledDrawing, add_drawing
from digitrec.drawing.strokes import Drawing
from digitrec.errors import DigitrecError
from digitrec.models import checkpoint


def drawn(count: int) -> list[LabelledDrawing]:
    rng = np.random.default_rng(0)
    return [LabelledDrawing(digits.draw(i % 10, rng), i % 10, key=i) for i in range(count)]


def stored(path: Path, count: int) -> Path:
    for labelled in drawn(count):
        add_drawing(path, labelled)
    return path


@given(st.lists(st.integers(0, 9), max_size=80))
def test_every_fifth_of_each_digit_is_held_back(labels: list[int]) -> None:
    drawings = [LabelledDrawing(Drawing(9, 9), label, key=i) for i, label in enumerate(labels)]
    own, held_back = hold_back(drawings)
    assert sorted(d.key for d in own + held_back) == list(range(len(labels)))
    for digit in range(10):
        count = sum(d.label == digit for d in held_back)
        assert count == labels.count(digit) // HELD_BACK
    # One drawn later moves none.
    more = [*drawings, LabelledDrawing(Drawing(9, 9), 3, key=-1)]
    assert [d.key for d in hold_back(more)[1]][: len(held_back)] == [d.key for d in held_back]


@pytest.mark.mnist
def test_new_weights_are_written_and_reported(mnist_run: Path, tmp_path: Path) -> None:
    file = stored(tmp_path / "drawings.h5", 50)
    report = run(file, mnist_run / "model.h5", None)
    assert (report["drawings"], report["held_back"]) == (40, 10)
    assert report["mnist_after"] >= report["mnist_before"] - 0.0005
    if report["written"] is None:
        assert report["kept"] == 0
        assert report["right_after"] == report["right_before"]
        return
    assert report["written"] == str(tmp_path / "adapted.h5")
    adapted = checkpoint.load(tmp_path / "adapted.h5")
    assert adapted.provenance["adapted"] == {"drawings": 40, "kept": report["kept"]}


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "digitrec.adapt", *words],
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_too_few_drawings_are_one_line(tmp_path: Path) -> None:
    done = command(str(stored(tmp_path / "few.h5", 3)), "--json")
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "holds 3 drawings" in done.stderr
    assert [path.name for path in tmp_path.glob("adapted*")] == []


def test_files_that_are_not_there_are_one_line(tmp_path: Path) -> None:
    file = stored(tmp_path / "drawings.h5", 10)
    with pytest.raises(DigitrecError, match=r"no\.h5: there is no such file"):
        run(tmp_path / "no.h5", None, None)
    with pytest.raises(DigitrecError, match=r"there is no folder .*nowhere; make it first"):
        run(file, None, tmp_path / "nowhere" / "new.h5")
    with pytest.raises(DigitrecError, match=r"other\.h5"):
        run(file, tmp_path / "other.h5", None)


def test_without_mnist_it_says_how_to_have_it(tmp_path: Path) -> None:
    with pytest.raises(DigitrecError, match=r"lacks train-images"):
        run(stored(tmp_path / "drawings.h5", 10), None, None, root=str(tmp_path))


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
