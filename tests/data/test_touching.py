from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from digitrec.data import NO_DIGIT
from digitrec.data.pen import PenDigit
from digitrec.data.touching import generate

TURNS = np.linspace(0, 2 * np.pi, 40)
RING = np.stack([30 * np.cos(TURNS), 50 * np.sin(TURNS)], axis=1)
FLAGGED = np.array([[-25.0, 30.0], [0.0, 0.0], [0.0, 100.0]])
DIGITS = [PenDigit(0, 1, (RING,)), PenDigit(1, 1, (FLAGGED,)), PenDigit(1, 2, (FLAGGED,))]


@pytest.fixture(scope="module")
def made() -> tuple[np.ndarray, np.ndarray]:
    return generate(DIGITS, 300, seed=0)


def holes(image: np.ndarray) -> int:
    """Count grounds enclosed by ink."""
    return int(ndimage.label(np.pad(image < 80, 1, constant_values=True))[1]) - 1


def test_as_many_as_are_asked_for(made: tuple[np.ndarray, np.ndarray]) -> None:
    images, labels = made
    assert images.shape == (300, 28, 28)
    assert images.dtype == np.uint8
    assert labels.shape == (300,)
    assert set(labels.tolist()) == {NO_DIGIT, 0, 1}
    assert 60 < (labels == NO_DIGIT).sum() < 240
    assert (images.reshape(300, -1).max(axis=1) > 200).all()
    assert generate(DIGITS, 0, seed=0)[0].shape == (0, 28, 28)


def test_one_digit_has_its_label_and_more_have_none(made: tuple[np.ndarray, np.ndarray]) -> None:
    images, labels = made
    assert np.mean([holes(image) == 1 for image in images[labels == 0]]) > 0.9
    assert np.mean([holes(image) == 0 for image in images[labels == 1]]) > 0.9
    wide = np.array([np.ptp(np.flatnonzero(image.max(axis=0) > 80)) for image in images])
    assert wide[labels == 1].mean() < 7
    assert wide[labels == NO_DIGIT].mean() > 10


def test_they_are_the_same_for_the_same_seed() -> None:
    one, same, other = (generate(DIGITS, 40, seed, freedom=1.0) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one[0], same[0])
    np.testing.assert_array_equal(one[1], same[1])
    assert (one[0] != other[0]).any()
