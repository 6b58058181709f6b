from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitrec.benchmarks.drawings import SIDE, draw_varied, measure
from digitrec.benchmarks.handwriting import chars74k
from digitrec.data.dataset import Examples
from digitrec.data.sets.single import MnistData
from digitrec.data.uci import digits as uci_digits
from digitrec.models import checkpoint
from digitrec.recognition.recognizer import Recognizer


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Sixty pen digits and 500 images of MNIST in place of all, other characters for Chars74K's."""
    digits = [digit for digit in uci_digits.read() if digit.writer in uci_digits.HELD_OUT_WRITERS][
        ::25
    ]
    monkeypatch.setattr(uci_digits, "read", lambda root: digits)
    test, checksum = MnistData().load_test()
    part = Examples(test.images[:500], test.labels[:500])
    monkeypatch.setattr(MnistData, "load_test", lambda self: (part, checksum))
    monkeypatch.setattr(chars74k, "FILE", tmp_path / "strokes.json")
    one = {str(d.label): [[s.tolist() for s in d.strokes]] for d in digits}
    letters = {letter: [[[[0, 0], [9, 9], [0, 9], [9, 0]]]] for letter in "AEIOX"}
    (tmp_path / "strokes.json").write_text(json.dumps(one | letters))
    return tmp_path


@pytest.mark.slow
@pytest.mark.mnist
def test_each_figure_is_judged_by_its_aim(few: Path, mnist_run: Path) -> None:
    trained = checkpoint.load(mnist_run / "model.h5")
    rows = {row.what: row for row in measure(Recognizer(trained))}
    assert len(rows) == 17
    mnist = rows["MNIST test: digits read right"]
    assert "of 500 misread" in mnist.value
    assert mnist.reached == (mnist.value.startswith(("99.8", "100")))
    assert rows["pen: digits rejected"].value.startswith("0.00%")
    assert rows["Chars74K: clear letters rejected"].value == "0.00%"
    assert not rows["Chars74K: clear letters rejected"].reached
    rejecting = {r.what: r for r in measure(Recognizer(replace(trained, rejection_threshold=1.0)))}
    assert rejecting["Chars74K: clear letters rejected"].reached
    assert rejecting["pen: digits rejected"].value.startswith("100.00%")
    assert not rejecting["pen: digits rejected"].reached


@pytest.mark.slow
@pytest.mark.mnist
def test_characters_that_are_not_there_are_left_out(few: Path, mnist_run: Path) -> None:
    (few / "strokes.json").unlink()
    rows = measure(Recognizer.load(mnist_run / "model.h5"))
    (left_out,) = [row for row in rows if row.what.startswith("Chars74K")]
    assert "is not there" in left_out.value
    assert not left_out.reached


@pytest.mark.parametrize(("size", "turn"), [(0.15, 0.0), (0.95, 0.0), (0.6, 15.0)])
def test_a_drawing_is_of_the_size_and_place_asked_for(size: float, turn: float) -> None:
    strokes = [np.array([[0.0, 0.0], [30.0, 100.0]]), np.array([[10.0, 10.0]])]
    for at in ((0.0, 0.0), (1.0, 1.0), (0.3, 0.8)):
        drawing = draw_varied(strokes, size=size, pen=0.04, turn=turn, at=at)
        bounds = np.array(drawing.bounds())
        extent = bounds[2:] - bounds[:2]
        assert extent.max() == pytest.approx((size + 0.04) * SIDE)
        np.testing.assert_allclose(bounds[:2], np.array(at) * (SIDE - extent), atol=1e-6)
