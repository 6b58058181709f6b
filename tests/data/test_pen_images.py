from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from digitrec.data.pen_digits import PenDigit
from digitrec.data.pen_images import load, load_test, render
from digitrec.data.rendering.canvas_placement import place_on_canvas
from digitrec.data.synthetic.digits import draw
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.imaging import normalise


def test_the_data_set_is_split_by_writer(pen_root: Path) -> None:
    dataset = load("pen", str(pen_root), renderings=3, strength=0.0, validation=5)
    assert [len(p) for p in (dataset.train, dataset.validation, dataset.test)] == [144, 18, 18]
    assert dataset.test.labels.tolist() == [0, 1] * 9
    test, checksum = load_test(str(pen_root), renderings=3)
    assert checksum == dataset.checksum
    assert torch.equal(test.images, dataset.test.images)


def test_nothing_held_out_trains_on_the_validation_writers_too(pen_root: Path) -> None:
    dataset = load("pen", str(pen_root), renderings=1, strength=0.0, validation=0)
    assert [len(p) for p in (dataset.train, dataset.validation, dataset.test)] == [54, 0, 6]
    assert dataset.validation.images.shape == (0, 1, 28, 28)


def test_only_training_strokes_are_augmented(pen_root: Path) -> None:
    plain, augmented = (
        load("pen", str(pen_root), renderings=2, strength=strength, validation=5)
        for strength in (0.0, 1.0)
    )
    assert not torch.equal(plain.train.images, augmented.train.images)
    assert torch.equal(plain.train.labels, augmented.train.labels)
    assert torch.equal(plain.validation.images, augmented.validation.images)
    assert torch.equal(plain.test.images, augmented.test.images)


def test_renderings_differ_and_are_repeatable() -> None:
    digits = [PenDigit(1, 1, (np.array([[0.0, 0.0], [9.0, 60.0]]),))]
    images, labels = render(digits, 5, seed=3)
    assert images.shape == (5, 28, 28)
    assert images.dtype == np.uint8
    assert labels.tolist() == [1] * 5
    assert len({image.tobytes() for image in images}) == 5
    assert np.array_equal(images, render(digits, 5, seed=3)[0])
    assert not np.array_equal(images, render(digits, 5, seed=4)[0])


def test_strokes_need_no_search_for_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strokes become the images that pictures of them would, without a search for paper."""
    digits = [
        PenDigit(label, 1, tuple(stroke.points for stroke in draw(label, rng).strokes))
        for label, rng in zip(range(10), np.random.default_rng(0).spawn(10), strict=True)
    ]
    rng = np.random.default_rng(4)
    pictures = [rasterise_drawing(place_on_canvas(digit.strokes, rng)) for digit in digits * 3]
    expected = np.rint([normalise.normalise(picture) * 255 for picture in pictures])
    monkeypatch.setattr(normalise, "find_ink", None)
    images, _ = render(digits, 3, seed=4)
    assert np.array_equal(images, expected)
