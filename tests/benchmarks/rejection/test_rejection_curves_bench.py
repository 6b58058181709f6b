from __future__ import annotations

import numpy as np
import pytest
import torch
from networks import build

from digitrec.benchmarks.rejection.curves import REJECTED, SplitNetwork, measure_curves
from digitrec.data.dataset import NO_DIGIT
from digitrec.data.hands import sources
from digitrec.data.hands.sources import SourceCharacters
from digitrec.data.synthetic import nondigits
from digitrec.data.synthetic.digits import draw
from digitrec.errors import DigitrecError
from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint
from digitrec.storage.resources import shipped_checkpoint


def handwriting(source: str, characters: str, seed: int) -> SourceCharacters:
    rng = np.random.default_rng(seed)
    drawn = [
        draw(int(c), rng) if c.isdecimal() else nondigits.draw(rng, kind=nondigits.letters)
        for c in characters
    ]
    return SourceCharacters(
        [[stroke.points for stroke in drawing.strokes] for drawing in drawn],
        np.array([int(c) if c.isdecimal() else NO_DIGIT for c in characters], np.int64),
        list(characters),
        [f"{source}/w"] * len(characters),
        [""] * len(characters),
        frozenset(),
    )


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    """Two sources with digits, one of which the network does not know, with letters and signs."""
    digits = {name: handwriting(name, "0123456789" * 5, k) for k, name in enumerate(("abc", "xyz"))}
    monkeypatch.setattr(sources, "digits", lambda root: digits)
    others = handwriting("xyz", "X" * 25 + "*" * 25 + "l" * 25, 2)
    monkeypatch.setattr(sources, "nondigits", lambda root: {"xyz": others})
    trained = checkpoint.load(shipped_checkpoint())
    trained.provenance["config"] = {"data": {"name": "hands", "leave_out": "xyz"}}
    return trained


def test_each_way_rejects_more_letters_where_more_digits_may_go(made: Checkpoint) -> None:
    curves = {curve.way: curve for curve in measure_curves(made)}
    assert list(curves) == [
        "maximum softmax", "energy", "Mahalanobis", "neighbours", "virtual logit",
        "energy and neighbours",
    ]  # fmt: skip
    for curve in curves.values():
        for rejected in (curve.letters, curve.signs):
            assert len(rejected) == len(REJECTED)
            assert list(rejected) == sorted(rejected)
            assert rejected[-1] > 0.05
    assert curves["energy"].letters[-1] > 0.8


def test_energy_is_that_of_the_logits(made: Checkpoint) -> None:
    network = SplitNetwork.of(made.network)
    images = np.random.default_rng(0).uniform(size=(3, 28, 28)).astype(np.float32)
    with torch.inference_mode():
        logits = made.network(torch.from_numpy(images)[:, None]).double().numpy()
    assert network.logits(network.features(images)) == pytest.approx(logits, abs=1e-4)


def test_a_network_without_a_last_linear_layer_is_one_line(made: Checkpoint) -> None:
    strings = Checkpoint("strings", {}, build("strings").eval(), 1.0, 0.5, made.provenance)
    with pytest.raises(DigitrecError, match="linear layer"):
        measure_curves(strings)
