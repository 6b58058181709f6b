from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch
from networks import build

from digitrec.data.dataset import Examples
from digitrec.data.synthetic import digits
from digitrec.drawing.corrections import LabelledDrawing
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.inference import logits_of
from digitrec.models.network import Network, split_after_pooling
from digitrec.training.adaptation import fine_tuning
from digitrec.training.adaptation.fine_tuning import (
    TOLERANCE,
    TRIES,
    FrozenFeatures,
    adapt,
    vary_drawings,
)

IMAGES = torch.from_numpy(digits.generate(200, seed=5)[0])[:, None]


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fine_tuning, "NONDIGIT_POOL", 100)
    monkeypatch.setattr(fine_tuning, "DRAWING_POOL", 200)
    monkeypatch.setattr(fine_tuning, "STEPS", 25)
    monkeypatch.setattr(fine_tuning, "REFRESH_STEPS", 5)


def trained(threshold: float = 0.0) -> Checkpoint:
    torch.manual_seed(0)
    return Checkpoint("tiny", {}, build("tiny").eval(), 1.5, threshold)


def drawn(count: int = 20) -> list[LabelledDrawing]:
    rng = np.random.default_rng(0)
    return [LabelledDrawing(digits.draw(i % 10, rng), i % 10, key=i) for i in range(count)]


def always(accuracy: float) -> Callable[[Network], float]:
    return lambda network: accuracy


def loss(network: Network) -> float:
    own = vary_drawings(drawn(), seed=9)
    logits = torch.from_numpy(logits_of(network, own.images))
    return float(torch.nn.functional.cross_entropy(logits, own.labels))


def state(network: Network) -> dict[str, torch.Tensor]:
    return {k: v for k, v in network.state_dict().items() if v.is_floating_point()}


@pytest.mark.parametrize("threshold", [0.0, 0.5])
def test_it_learns_the_drawings_and_leaves_the_rest_as_it_was(threshold: float) -> None:
    before = trained(threshold)
    kept = copy.deepcopy(before.network)
    adapted = adapt(before, drawn(), IMAGES, always(0.9))
    assert adapted.kept == 1.875
    assert loss(adapted.checkpoint.network) < loss(before.network)
    for key, value in state(kept).items():
        assert torch.equal(state(before.network)[key], value)  # the one given
        if "running" in key:
            assert torch.equal(state(adapted.checkpoint.network)[key], value)
    assert (adapted.checkpoint.temperature, adapted.checkpoint.rejection_threshold) == (
        1.5,
        threshold,
    )


def test_the_same_seed_gives_the_same_weights() -> None:
    one, same, other = (
        adapt(trained(), drawn(), IMAGES, always(1.0), seed).checkpoint.network
        for seed in (0, 0, 1)
    )
    assert all(torch.equal(value, state(same)[key]) for key, value in state(one).items())
    assert not all(torch.equal(value, state(other)[key]) for key, value in state(one).items())


@pytest.mark.parametrize(
    ("losses", "kept"),
    [
        ([2.0, 0.5, 1.5, 0.9], 0.625),  # all of it, a half, three quarters, five eighths
        ([0.0, 1.5, 0.9, 1.1], 1.25),  # all of it, half as much again, a quarter, three eighths
    ],
)
def test_as_much_is_kept_as_does_not_make_mnist_worse(losses: list[float], kept: float) -> None:
    before = trained()
    tuned = fine_tuning.train_on_drawings(before, vary_drawings(drawn(), 0), IMAGES, 0)
    answers = iter([0.9, *(0.9 - TOLERANCE * loss for loss in losses)])
    adapted = adapt(before, drawn(), IMAGES, lambda network: next(answers))
    assert next(answers, None) is None
    assert adapted.kept == kept
    assert (adapted.mnist_before, adapted.mnist_after) == (0.9, 0.9 - 0.9 * TOLERANCE)
    for key, value in state(adapted.checkpoint.network).items():
        between = torch.lerp(state(before.network)[key], state(tuned)[key], kept)
        torch.testing.assert_close(value, between)


def test_where_all_of_it_makes_mnist_worse_nothing_is_kept() -> None:
    before = trained()
    answers = iter([0.9, *[0.8] * TRIES])
    adapted = adapt(before, drawn(), IMAGES, lambda network: next(answers))
    assert adapted.kept == 0
    assert adapted.checkpoint is before
    assert adapted.mnist_after == adapted.mnist_before == 0.9


def test_drawings_are_varied_and_keep_their_labels() -> None:
    few = drawn(3)
    images = vary_drawings(few, seed=0)
    assert len(images) == 3 * fine_tuning.RENDERINGS
    assert images.labels.tolist() == [d for d in range(3) for _ in range(fine_tuning.RENDERINGS)]
    assert len({image.numpy().tobytes() for image in images.images}) == len(images)


def test_only_the_layers_after_the_last_pooling_are_trained() -> None:
    before = trained()
    after = adapt(before, drawn(), IMAGES, always(0.9)).checkpoint.network
    extract, classify = split_after_pooling(after)
    changed = {
        key for key, value in state(after).items() if not value.equal(state(before.network)[key])
    }
    assert {after.get_parameter(key) for key in changed} <= set(classify.parameters())
    assert not {after.get_parameter(key) for key in changed} & set(extract.parameters())
    assert len(changed) >= 4


def test_images_whose_answers_have_changed_come_most_often() -> None:
    network = trained().network
    extract, classify = split_after_pooling(network)
    preserved = fine_tuning.PreservedAnswers(IMAGES, extract, classify, rejects=True)
    numbers = torch.Generator().manual_seed(0)
    assert len(preserved.sample(4_000, numbers).unique()) == len(IMAGES)
    preserved.answers[7] += torch.arange(10.0)  # as if the answer had been another
    preserved.prefer_changed(classify)
    drawn = preserved.sample(4_000, numbers)
    assert (drawn == 7).float().mean().item() == pytest.approx(1 - fine_tuning.AT_RANDOM, abs=0.05)
    assert len(drawn.unique()) > len(IMAGES) * 0.9


def test_accuracy_on_frozen_features_is_that_of_the_whole_network() -> None:
    network = trained().network
    read = logits_of(network, IMAGES).argmax(axis=1)
    labels = torch.from_numpy(read)
    labels[:30] = (labels[:30] + 1) % 10
    frozen = FrozenFeatures(Examples(IMAGES, labels), network)
    assert frozen.accuracy(network) == pytest.approx(1 - 30 / len(IMAGES))
    tuned = adapt(trained(), drawn(), IMAGES, always(0.9)).checkpoint.network
    right = logits_of(tuned, IMAGES).argmax(axis=1) == labels.numpy()
    assert frozen.accuracy(tuned) == pytest.approx(float(right.mean()))
