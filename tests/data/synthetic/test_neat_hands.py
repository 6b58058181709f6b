"""Hands that write neatly."""

from __future__ import annotations

import numpy as np
import pytest

from digitrec.data.synthetic.neat_hands import NeatHand, make_neat_hand
from digitrec.drawing.rasterise import rasterise
from digitrec.drawing.strokes import Stroke
from digitrec.recognition.recognizer import Recognizer


def hands(count: int) -> list[NeatHand]:
    return [make_neat_hand(np.random.default_rng(seed)) for seed in range(count)]


def test_each_digit_is_one_high_around_the_middle() -> None:
    for hand in hands(20):
        assert len(hand) == 10
        for strokes in hand:
            points = np.concatenate(strokes)
            low, high = points.min(axis=0), points.max(axis=0)
            assert high[1] - low[1] == pytest.approx(1)
            np.testing.assert_allclose(low + high, 0, atol=1e-9)


def test_hands_differ_and_a_seed_makes_the_same_hand() -> None:
    one, other, third = (make_neat_hand(np.random.default_rng(seed)) for seed in (1, 1, 2))
    for strokes, same in zip(one, other, strict=True):
        for path, as_before in zip(strokes, same, strict=True):
            np.testing.assert_array_equal(path, as_before)
    assert any(
        len(a) != len(b) or not np.array_equal(a[0], b[0]) for a, b in zip(one, third, strict=True)
    )


def test_most_digits_are_read() -> None:
    recognizer = Recognizer.load()
    pictures = [_picture(strokes) for hand in hands(20) for strokes in hand]
    read = [one.digit for one in recognizer.recognize_batch(pictures)]
    right = [digit == number % 10 for number, digit in enumerate(read)]
    assert np.mean(right) > 0.9


def _picture(strokes: list[np.ndarray]) -> np.ndarray:
    return rasterise([Stroke(path * 80 + 80, 8) for path in strokes], 160, 160)
