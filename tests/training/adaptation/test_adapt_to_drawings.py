from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from learners import stored
from networks import build

from digitrec.data.synthetic.digits import draw
from digitrec.drawing.corrections import LabelledDrawing, add_drawing
from digitrec.drawing.strokes import Drawing
from digitrec.errors import DigitrecError
from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint
from digitrec.training.adaptation.adapt_to_drawings import HELD_BACK, adapt_to_drawings, hold_back
from digitrec.training.provenance import add_adaptation


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


@pytest.mark.slow
@pytest.mark.mnist
def test_the_new_checkpoint_is_written_and_reported(mnist_run: Path, tmp_path: Path) -> None:
    file = stored(tmp_path / "drawings.h5", 50)
    report = adapt_to_drawings(file, mnist_run / "model.h5", None)
    assert report.drawings + report.held_back + len(report.doubtful) == 50
    assert 8 <= report.held_back <= 10
    assert report.mnist_after >= report.mnist_before - 0.0005
    if report.written is None:
        assert report.kept == 0
        assert report.right_after == report.right_before
        return
    assert report.written == str(tmp_path / "adapted.h5")
    adapted = checkpoint.load(tmp_path / "adapted.h5")
    assert adapted.provenance["adapted"] == {"drawings": report.drawings, "kept": report.kept}


def test_who_has_no_drawings_yet_is_told_of_the_drawings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))
    with pytest.raises(DigitrecError, match="draw") as caught:
        adapt_to_drawings(None, None, None)
    assert "make it first" not in str(caught.value)


def test_files_that_are_not_there_are_one_line(tmp_path: Path) -> None:
    file = stored(tmp_path / "drawings.h5", 10)
    with pytest.raises(DigitrecError, match=r"no\.h5: there is no such file"):
        adapt_to_drawings(tmp_path / "no.h5", None, None)
    with pytest.raises(DigitrecError, match=r"there is no folder .*nowhere; make it first"):
        adapt_to_drawings(file, None, tmp_path / "nowhere" / "new.h5")
    with pytest.raises(DigitrecError, match=r"other\.h5"):
        adapt_to_drawings(file, tmp_path / "other.h5", None)


def test_a_folder_that_cannot_be_written_is_told_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = stored(tmp_path / "drawings.h5", 10)
    monkeypatch.setattr("os.access", lambda *_: False)  # as it is not where root is at work
    with pytest.raises(DigitrecError, match=r"new\.h5: nothing can be written to the folder"):
        adapt_to_drawings(file, None, tmp_path / "new.h5")


def test_what_is_read_is_not_replaced(tmp_path: Path) -> None:
    file, tiny = stored(tmp_path / "adapted.h5", 10), tmp_path / "model.h5"
    checkpoint.save(tiny, Checkpoint("tiny", {}, build("tiny").eval()), torch.rand(8, 1, 28, 28))
    for output in (None, tiny):  # by default, adapted.h5 beside the drawings
        with pytest.raises(DigitrecError, match="would replace what is read"):
            adapt_to_drawings(file, tmp_path, output, root=str(tmp_path))


def test_a_network_that_was_not_adapted_is_not_replaced(tmp_path: Path) -> None:
    file, other = stored(tmp_path / "drawings.h5", 10), tmp_path / "other.h5"
    checkpoint.save(other, Checkpoint("tiny", {}, build("tiny").eval()), torch.rand(8, 1, 28, 28))
    with pytest.raises(DigitrecError, match=r"other\.h5 exists, and is not an adapted network"):
        adapt_to_drawings(file, None, other, root=str(tmp_path))
    adapted = Checkpoint("tiny", {}, build("tiny").eval(), provenance=add_adaptation({}, 10, 1.0))
    checkpoint.save(other, adapted, torch.rand(8, 1, 28, 28))
    with pytest.raises(DigitrecError, match=r"lacks train-images"):
        adapt_to_drawings(file, None, other, root=str(tmp_path))


def test_without_mnist_it_says_how_to_have_it(tmp_path: Path) -> None:
    with pytest.raises(DigitrecError, match=r"lacks train-images"):
        adapt_to_drawings(stored(tmp_path / "drawings.h5", 10), None, None, root=str(tmp_path))


@pytest.mark.slow
@pytest.mark.mnist
def test_a_folder_that_is_removed_meanwhile_is_one_line(tmp_path: Path) -> None:
    file, target = tmp_path / "drawings.h5", tmp_path / "folder" / "new.h5"
    target.parent.mkdir()
    for key in range(20):  # two of each digit, which confirm each other
        add_drawing(
            file, LabelledDrawing(draw(key % 10, np.random.default_rng(key)), key % 10, key)
        )
    torch.manual_seed(0)
    tiny = Checkpoint("tiny", {}, build("tiny").eval())
    checkpoint.save(tmp_path / "tiny.h5", tiny, torch.rand(8, 1, 28, 28))
    with pytest.raises(DigitrecError) as caught:
        adapt_to_drawings(
            file, tmp_path / "tiny.h5", target,
            progress=lambda share: shutil.rmtree(target.parent, ignore_errors=True),
        )  # fmt: skip
    assert str(caught.value) == (
        f"{target}: cannot be written: No such file or directory; its folder was removed, or was "
        "never there"
    )
    assert not target.parent.exists()


def test_a_slip_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "slips.h5"
    rng = np.random.default_rng(0)
    for key in range(10):
        add_drawing(file, LabelledDrawing(draw(key, rng), (key + 5) % 10, key=key))
    with pytest.raises(DigitrecError, match=r"slips\.h5: .* correct the labels"):
        adapt_to_drawings(file, None, None)
