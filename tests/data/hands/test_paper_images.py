"""Digits on made paper, after their ink was found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_mnist import SMALL_FILES, fill

from digitrec.data import mnist_files
from digitrec.data.dataset import NO_DIGIT
from digitrec.data.hands import paper_images
from digitrec.data.hands.paper_images import make_paper_images
from digitrec.data.ink.writers import read_writers
from digitrec.data.parts import Part
from digitrec.data.sets.mixes import HandsData
from digitrec.recognition.recognizer import Recognizer


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, hands_root: str) -> None:
    monkeypatch.setattr(paper_images, "COUNT", 40)
    monkeypatch.setattr(mnist_files, "FILES", SMALL_FILES)
    monkeypatch.setattr(mnist_files, "HELD_OUT_IMAGES", 10)
    fill(Path(hands_root))


def test_most_images_show_their_digit(hands_root: str) -> None:
    made = make_paper_images(hands_root, ())
    assert made.images.shape == (40, 1, 28, 28)
    assert made.images.amax(dim=(1, 2, 3)).min() > 100
    assert set(made.labels.tolist()) <= {NO_DIGIT, *range(10)}
    shown = made.labels >= 0
    images = made.images[shown, 0].numpy().astype(np.float32) / 255
    read = Recognizer.load().recognize_normalised(images)
    # Strokes of this small data set are random curves; its scans are digits.
    assert np.mean([one.digit is not None for one in read]) > 0.2


def test_the_same_pictures_are_made_again(hands_root: str) -> None:
    first = make_paper_images(hands_root, ())
    make_paper_images.cache_clear()
    second = make_paper_images(hands_root, ())
    assert (first.images == second.images).all()
    assert (first.labels == second.labels).all()


def test_sources_that_are_left_out_write_nothing(hands_root: str) -> None:
    everyone = read_writers(hands_root, Part.TRAINING)
    left = read_writers(hands_root, Part.TRAINING, ("uci", "abc"))
    assert 0 < len(left.strokes) < len(everyone.strokes)
    with_all, without = (make_paper_images(hands_root, out) for out in ((), ("uci", "abc")))
    assert (with_all.images != without.images).any()


def test_paper_may_be_all_that_is_trained_on(hands_root: str) -> None:
    others = dict.fromkeys(("mnist", "uci", "unipen", "synthetic", "nondigits", "letters"), 0.0)
    mixed = HandsData(root=hands_root, paper=1.0, epoch=100, **others).load(10)
    assert [share.count for share in mixed.shares] == [40]
    assert (mixed.train.images == make_paper_images(hands_root, ()).images).all()
