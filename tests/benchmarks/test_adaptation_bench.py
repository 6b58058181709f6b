from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from digitrec.benchmarks import adaptation as bench
from digitrec.benchmarks.adaptation import LEARNT, PLACED, measure
from digitrec.data.dataset import DataSet, Examples
from digitrec.data.synthetic.digits import draw, generate
from digitrec.data.uci.digits import PenDigit
from digitrec.models import checkpoint
from digitrec.storage.resources import shipped_checkpoint
from digitrec.training.adaptation import fine_tuning


@pytest.fixture
def mnist() -> DataSet:
    images, labels = generate(60, seed=3)
    some = Examples.from_arrays(images, labels)
    return DataSet("few", "0", some, some, some)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fine-tuning takes a moment."""
    monkeypatch.setattr(fine_tuning, "STEPS", 2)
    monkeypatch.setattr(fine_tuning, "DRAWING_POOL", 20)
    monkeypatch.setattr(fine_tuning, "NONDIGIT_POOL", 20)


@pytest.mark.slow
def test_the_drawings_not_learnt_from_are_judged(
    mnist: DataSet, short: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(2)
    digits = [
        PenDigit(label, writer, tuple(stroke.points for stroke in draw(label, rng).strokes))
        for writer in (1, 2)
        for label in range(10)
        for _ in range(LEARNT + 2)
    ]
    learnt = {}
    monkeypatch.setattr(
        bench,
        "adapt",
        lambda trained, drawings, *rest: learnt.setdefault(
            len(learnt), (drawings, fine_tuning.adapt(trained, drawings, *rest))
        )[1],
    )
    trained = checkpoint.load(shipped_checkpoint())
    first, second = measure(trained, digits, mnist)
    assert (first.writer, second.writer) == (1, 2)
    assert first.drawings == second.drawings == 10 * 2 * PLACED
    assert first.wrong_before <= 12
    assert first.mnist_before == second.mnist_before
    for drawings, _ in learnt.values():
        labels = [labelled.label for labelled in drawings]
        assert sorted(labels) == sorted([*range(10)] * LEARNT)
    assert f"{first.wrong_before} of 60 wrong before" in str(first)


def test_a_wrong_label_harms_no_other_drawing(
    mnist: DataSet, short: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    digits = [
        PenDigit(label, 4, tuple(stroke.points for stroke in draw(label, rng).strokes))
        for label in range(10)
        for _ in range(4)
    ]
    learnt: list[list[int]] = []
    adapt = fine_tuning.adapt
    monkeypatch.setattr(
        bench,
        "adapt",
        lambda trained, drawings, *rest: (
            learnt.append([one.label for one in drawings]) or adapt(trained, drawings, *rest)
        ),
    )
    (slip,) = bench.measure_slips(checkpoint.load(shipped_checkpoint()), digits, mnist)
    assert (slip.writer, slip.drawings) == (4, 3 * PLACED)
    assert slip.digit != slip.label
    assert slip.right_before - 1 <= slip.right_after <= slip.drawings
    assert slip.digit not in learnt[0]
    assert len(learnt[0]) == 9  # the slip was found


def test_rejected_drawings_count_as_wrong(mnist: DataSet) -> None:
    trained = checkpoint.load(shipped_checkpoint())
    seen = Examples(
        torch.zeros((4, 1, 28, 28), dtype=torch.uint8), torch.zeros(4, dtype=torch.int64)
    )
    assert bench.count_wrong(trained, seen) == 4
    right = bench.count_wrong(replace(trained, rejection_threshold=0.0), mnist.train)
    assert right < bench.count_wrong(replace(trained, rejection_threshold=1.0), mnist.train) == 60
