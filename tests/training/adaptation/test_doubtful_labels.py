from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from digitrec.data.synthetic import digits
from digitrec.drawing.corrections import LabelledDrawing
from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint
from digitrec.storage.resources import shipped_checkpoint
from digitrec.training.adaptation.doubtful_labels import LabelCheck, check_labels, doubtful_labels


@pytest.fixture(scope="module")
def trained() -> Checkpoint:
    return checkpoint.load(shipped_checkpoint())


@pytest.fixture
def drawings(trained: Checkpoint) -> list[LabelledDrawing]:
    """Two drawings of each digit, all read right and with certainty."""
    rng = np.random.default_rng(1)
    drawn = [LabelledDrawing(digits.draw(i % 10, rng), i % 10, key=i) for i in range(60)]
    certain = [one for one in drawn if _is_certain(trained, one)]
    return [one for d in range(10) for one in [o for o in certain if o.label == d][:2]]


def _is_certain(trained: Checkpoint, drawing: LabelledDrawing) -> bool:
    """Whether the label of a drawing is not doubtful, and another one, a 1 or a 7, would be."""
    slip = replace(drawing, label=7 if drawing.label == 1 else 1)
    asked = [doubtful_labels(trained, [one]) for one in (drawing, slip)]
    return asked == [{}, {slip: drawing.label}]


def test_right_labels_are_not_doubtful(
    trained: Checkpoint, drawings: list[LabelledDrawing]
) -> None:
    assert len(drawings) == 20
    assert doubtful_labels(trained, drawings) == {}
    assert doubtful_labels(trained, []) == {}


def test_one_slip_is_doubtful(trained: Checkpoint, drawings: list[LabelledDrawing]) -> None:
    slip = replace(drawings[14], label=1)  # a 7
    assert doubtful_labels(trained, [*drawings, slip]) == {slip: 7}
    assert doubtful_labels(trained, [slip]) == {slip: 7}
    right, wrong = LabelCheck(0, doubtful=False), LabelCheck(7, doubtful=True)
    assert check_labels(trained, [drawings[0], slip]) == [right, wrong]
    assert check_labels(trained, []) == []


def test_a_second_drawing_confirms_a_label(
    trained: Checkpoint, drawings: list[LabelledDrawing]
) -> None:
    like_sevens = [replace(drawing, label=1) for drawing in drawings[14:16]]
    assert doubtful_labels(trained, [*drawings[:14], *like_sevens]) == {}
    other = replace(drawings[6], label=1)  # a 3
    assert doubtful_labels(trained, [*like_sevens, other]) == {other: 3}


def test_what_the_network_is_unsure_of_is_learnt(
    trained: Checkpoint, drawings: list[LabelledDrawing]
) -> None:
    unsure = replace(trained, temperature=1000.0)
    assert doubtful_labels(unsure, [replace(drawings[14], label=1)]) == {}
