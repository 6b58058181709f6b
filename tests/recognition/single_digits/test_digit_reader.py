from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from networks import build
from PIL import Image

from digitrec.arrays import Float32Array
from digitrec.data.synthetic import digits, nondigits
from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.rejection import digit_probability
from digitrec.recognition.single_digits import (
    digit_engines,
    rotation_averaging,
    torch_digit_engines,
)
from digitrec.recognition.single_digits import digit_reader as module
from digitrec.recognition.single_digits.digit_reader import DigitReader
from digitrec.recognition.single_digits.torch_digit_engines import fastest_digit_engine
from digitrec.storage.resources import shipped_checkpoint

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def trained() -> Checkpoint:
    """A network that has not learnt anything: what it reads is nonsense."""
    torch.manual_seed(0)
    return Checkpoint("tiny", {}, build("tiny").eval(), temperature=0.5, rejection_threshold=0.3)


def reader_of(trained: Checkpoint) -> DigitReader:
    return DigitReader(trained, fastest_digit_engine(trained, CPU))


@pytest.fixture
def images() -> Float32Array:
    rng = np.random.default_rng(0)
    return np.kron(rng.random((5, 7, 7)), np.ones((4, 4))).astype(np.float32)


def logits_of(trained: Checkpoint, images: Float32Array) -> torch.Tensor:
    with torch.inference_mode():
        return trained.network(torch.from_numpy(images)[:, None]).double()


def test_probabilities_are_calibrated(
    trained: Checkpoint, images: Float32Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation_averaging, "AVERAGE_BELOW", 0.0)
    probabilities, digit_probabilities = reader_of(trained).read(images)
    logits = logits_of(trained, images)
    np.testing.assert_allclose(probabilities, (logits / 0.5).softmax(dim=1).numpy(), atol=1e-5)
    np.testing.assert_allclose(digit_probabilities, digit_probability(logits.numpy()), atol=1e-5)


def test_only_an_unsure_answer_is_asked_for_again(
    trained: Checkpoint, images: Float32Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = reader_of(trained)
    monkeypatch.setattr(rotation_averaging, "AVERAGE_BELOW", 0.0)
    plain, _ = reader.read(images)
    least = np.sort(plain.max(axis=1))
    sure = float(least[1:3].mean())
    monkeypatch.setattr(rotation_averaging, "AVERAGE_BELOW", sure)
    again, _ = reader.read(images)
    changed = np.abs(again - plain).max(axis=1) > 1e-6
    np.testing.assert_array_equal(changed, plain.max(axis=1) < sure)
    assert changed.sum() == 2


def test_what_is_asked_again_is_the_mean_over_rotations(
    trained: Checkpoint, images: Float32Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = images[0]
    rotated = [
        np.asarray(Image.fromarray(image).rotate(angle, Image.Resampling.BILINEAR))
        for angle in rotation_averaging.ROTATIONS
    ]
    mean = logits_of(trained, np.stack([image, *rotated])).mean(dim=0)
    wanted = (mean / trained.temperature).softmax(dim=0).numpy()
    reader = reader_of(trained)
    monkeypatch.setattr(rotation_averaging, "AVERAGE_BELOW", 1.0)
    found, _ = reader.read(image[None])
    np.testing.assert_allclose(found[0], wanted, atol=5e-3)
    monkeypatch.setattr(rotation_averaging, "AVERAGE_BELOW", 0.0)
    plain, _ = reader.read(image[None])
    assert np.abs(found - wanted).max() < np.abs(plain - wanted).max() / 3


@pytest.mark.parametrize("threshold", [0.3, 0.0])
def test_what_may_be_no_digit_is_asked_again_by_a_network_that_rejects(
    threshold: float, trained: Checkpoint, images: Float32Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = reader_of(replace(trained, rejection_threshold=threshold))
    monkeypatch.setattr(rotation_averaging, "AVERAGE_BELOW", 0.0)
    plain, _ = reader.read(images)
    monkeypatch.setattr(rotation_averaging, "MAY_BE_NO_DIGIT", 1.0)
    again, _ = reader.read(images)
    assert (np.abs(again - plain).max() > 1e-6) == (threshold > 0)


@pytest.mark.parametrize("batch", [1, 2, 512])
def test_batches_give_what_one_gives(
    batch: int, trained: Checkpoint, images: Float32Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = reader_of(trained)
    expected = reader.read(images)
    monkeypatch.setattr(module, "BATCH", batch)
    for one, other in zip(reader.read(images), expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_one_distribution_holds_not_a_digit_too(trained: Checkpoint, images: Float32Array) -> None:
    reader = reader_of(trained)
    probabilities, digit_probabilities = reader.read(images)
    classes = np.stack(reader.class_probabilities(images))
    assert classes.shape == (5, 11)
    np.testing.assert_allclose(classes.sum(axis=1), 1)
    np.testing.assert_allclose(classes[:, -1], 1 - digit_probabilities)
    np.testing.assert_allclose(classes[:, :-1], probabilities * digit_probabilities[:, None])


def test_a_checkpoint_that_rejects_nothing_takes_all_for_digits(
    trained: Checkpoint, images: Float32Array
) -> None:
    reader = reader_of(replace(trained, rejection_threshold=0.0))
    assert reader.read(images)[1].tolist() == [1.0] * len(images)
    assert np.stack(reader.class_probabilities(images))[:, -1].max() == 0
    for prediction in reader.recognize(images):
        assert prediction.digit is not None
        assert prediction.sureness == prediction.confidence


@pytest.fixture(params=["int8", "bfloat16"])
def coarse_reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> DigitReader:
    """A reader that reads in fewer bits first.

    In bfloat16 processors compute too that have no instructions for it.
    """
    if request.param == "bfloat16":
        monkeypatch.setattr(digit_engines, "in_int8", lambda _: None)
        monkeypatch.setattr(torch_digit_engines, "pick_precision", lambda *_: "bfloat16")
    return reader_of(checkpoint.load(shipped_checkpoint()))


def test_fewer_bits_change_no_digit_and_no_rejection(coarse_reader: DigitReader) -> None:
    drawn = np.concatenate([digits.generate(150, seed=5)[0], nondigits.generate(150, seed=5)])
    images = drawn.astype(np.float32) / 255
    seen, exact = coarse_reader.read(images), coarse_reader.read(images, exact=True)
    threshold = checkpoint.load(shipped_checkpoint()).rejection_threshold
    np.testing.assert_array_equal(seen[0].argmax(axis=1), exact[0].argmax(axis=1))
    np.testing.assert_array_equal(seen[1] < threshold, exact[1] < threshold)
    np.testing.assert_allclose(seen[0], exact[0], atol=1e-3)
    assert (seen[0] != exact[0]).any()  # most were read in fewer bits alone


def test_what_is_not_clear_in_fewer_bits_is_read_in_float32(coarse_reader: DigitReader) -> None:
    images = nondigits.generate(60, seed=1).astype(np.float32) / 255
    exact, digit = coarse_reader.read(images, exact=True)
    seen, seen_digit = coarse_reader.read(images)
    doubtful = (exact.max(axis=1) < rotation_averaging.AVERAGE_BELOW) | (digit < 0.5)
    assert doubtful.sum() > 30
    np.testing.assert_allclose(seen[doubtful], exact[doubtful], atol=1e-6)
    np.testing.assert_allclose(seen_digit[doubtful], digit[doubtful], atol=1e-6)


def test_alike_holds_in_fewer_bits_too(coarse_reader: DigitReader) -> None:
    images = digits.generate(40, seed=2)[0].astype(np.float32) / 255
    together = coarse_reader.read(images, batch_invariant=True)
    for start in (0, 13, 39):
        alone = coarse_reader.read(images[start : start + 1], batch_invariant=True)
        np.testing.assert_array_equal(alone[0][0], together[0][start])
        np.testing.assert_array_equal(alone[1][0], together[1][start])


def test_it_computes_with_the_engine_that_it_is_given() -> None:
    trained = checkpoint.load(shipped_checkpoint())
    images = digits.generate(40, seed=2)[0].astype(np.float32) / 255
    plain = DigitReader(trained, torch_digit_engines.digit_engine_by_pytorch(trained, CPU))
    for given, exact in zip(plain.read(images), plain.read(images, exact=True), strict=True):
        np.testing.assert_array_equal(given, exact)
