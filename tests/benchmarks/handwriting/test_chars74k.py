from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from digitrec.benchmarks.handwriting.chars74k import clear_letters, drawn, read
from digitrec.data.hands.sources import LETTERS_LIKE_DIGITS
from digitrec.drawing.rasterise import rasterise_drawing


def test_characters_are_read_with_their_strokes(tmp_path: Path) -> None:
    file = tmp_path / "strokes.json"
    file.write_text(json.dumps({"A": [[[[0, 9], [5, 0]], [[2, 5], [8, 5]]]], "7": []}))
    samples = read(file)
    assert samples is not None
    ((first, second),) = samples["A"]
    np.testing.assert_array_equal(first, [[0, 9], [5, 0]])
    np.testing.assert_array_equal(second, [[2, 5], [8, 5]])
    assert samples["7"] == []


def test_without_the_file_there_are_none(tmp_path: Path) -> None:
    assert read(tmp_path / "strokes.json") is None


def test_clear_letters_are_neither_digits_nor_like_digits() -> None:
    assert clear_letters({character: [] for character in "x7AOaS1"}) == "Aax"
    assert sorted(LETTERS_LIKE_DIGITS) == sorted("IOSZBGbgoqslzijcCDJQ")


def test_all_samples_of_the_characters_asked_for_are_drawn() -> None:
    stroke = [np.array([[0.0, 0.0], [9.0, 9.0]])]
    drawings, names = drawn(
        {"A": [stroke] * 2, "b": [stroke], "c": []}, "bA", np.random.default_rng(0)
    )
    assert names == ["b", "A", "A"]
    assert len(drawings) == 3
    assert all(rasterise_drawing(drawing).any() for drawing in drawings)
