from __future__ import annotations

import numpy as np
import pytest

from digitrec.benchmarks.rejection import methods as rejection
from digitrec.benchmarks.rejection.methods import KEPT, measure
from digitrec.data.synthetic.digits import draw
from digitrec.data.uci import digits as uci_digits
from digitrec.data.uci.digits import PenDigit
from digitrec.models import checkpoint
from digitrec.storage.resources import shipped_checkpoint


@pytest.fixture
def digits(monkeypatch: pytest.MonkeyPatch) -> list[PenDigit]:
    """Synthetic digits of a writer of each part, and a few drawings of each kind of non-digit."""
    monkeypatch.setattr(rejection, "DRAWINGS", 20)
    rng = np.random.default_rng(0)
    return [
        PenDigit(i % 10, writer, tuple(stroke.points for stroke in draw(i % 10, rng).strokes))
        for writer in (uci_digits.VALIDATION_WRITERS[0], uci_digits.TEST_WRITERS[0])
        for i in range(50)
    ]


def test_each_way_is_tried_with_each_network_and_with_all(digits: list[PenDigit]) -> None:
    shipped = checkpoint.load(shipped_checkpoint())
    mnist = checkpoint.load(shipped_checkpoint().with_name("mnist.h5"))
    strokes = [np.array([[0.0, 0.0], [9.0, 9.0]]), np.array([[0.0, 9.0], [9.0, 0.0]])]
    samples = {character: [strokes] for character in "0123456789XIO"}
    methods = measure({"a": shipped, "b": mnist}, digits, samples)
    assert [method.name for method in methods] == [
        "a: exposure, maximum softmax",
        "a: exposure, energy",
        "b: maximum softmax",
        "b: energy",
        "all together: maximum softmax",
    ]
    kinds = [*methods[0].rejected]
    assert kinds[:4] == ["pen digits", "Chars74K digits", "its letters", "letters"]
    exposure, plain = methods[1].rejected, methods[2].rejected
    assert all(exposure[kind] >= 0.9 for kind in kinds[3:])
    assert np.mean([plain[kind] for kind in kinds[3:]]) < 0.8
    assert exposure["its letters"] == 1  # the X; I and O may be digits
    assert exposure["pen digits"] < 0.2


def test_the_threshold_keeps_what_it_is_to_keep(digits: list[PenDigit]) -> None:
    # Where both parts are the same writer's, as many are rejected as are not kept.
    same = [PenDigit(d.label, uci_digits.TEST_WRITERS[0], d.strokes) for d in digits[:50]]
    shipped = checkpoint.load(shipped_checkpoint())
    for method in measure({"a": shipped}, [*digits[:50], *same], None):
        assert "its letters" not in method.rejected
        assert method.rejected["pen digits"] == pytest.approx(1 - KEPT, abs=0.005)
