from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from made_writers import made_writers
from scipy import ndimage
from small_mnist import SMALL_FILES, fill
from small_unipen import digits, write

from digitrec.data import mnist_files
from digitrec.data.ink import dataset
from digitrec.data.ink.composites import Composite
from digitrec.data.ink.dataset import SIDE, load, make_examples
from digitrec.data.ink.writers import read_writers
from digitrec.data.parts import Part
from digitrec.data.uci import digits as uci_digits
from digitrec.data.unipen import cache
from digitrec.imaging.local_contrast import MIDDLE


def test_picture_i_of_a_seed_is_the_same_whatever_the_count() -> None:
    few, many = (make_examples(made_writers(), count, 3, Part.TRAINING) for count in (2, 4))
    assert few.images.shape == (2, 2, SIDE, SIDE)
    assert few.ink.shape == (2, 1, SIDE, SIDE)
    assert (few.images == many.images[:2]).all()
    assert (few.ink == many.ink[:2]).all()
    assert (many.images[0] != many.images[1]).any()


def test_each_part_and_seed_has_pictures_of_its_own() -> None:
    made = [
        make_examples(made_writers(), 1, seed, part)
        for seed, part in (*((0, part) for part in Part), (1, Part.TRAINING))
    ]
    assert len({one.images.numpy().tobytes() for one in made}) == 4


def test_beside_the_pictures_there_is_neither_contrast_nor_ink() -> None:
    made = make_examples(made_writers(), 12, 0, Part.TRAINING)
    for image, ink in zip(made.images[:, 0].numpy(), made.ink[:, 0].numpy(), strict=True):
        pictures = ndimage.maximum_filter(image != MIDDLE, 5)
        assert (ink[~pictures] < 200).mean() > 0.99


def test_small_pictures_share_an_image_and_lie_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Composite(np.full((30, 40), 255, np.uint8), np.ones((30, 40), np.float32), "1")
    monkeypatch.setattr(dataset, "compose", lambda *_, **__: shown)
    (ink,) = make_examples(made_writers(), 1, 0, Part.TRAINING).ink[:, 0].numpy()
    pieces, count = ndimage.label(ink)
    assert count >= 4
    boxes = ndimage.find_objects(pieces)
    assert {(box[0].stop - box[0].start, box[1].stop - box[1].start) for box in boxes} == {(30, 40)}


@pytest.fixture
def root(
    pen_root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, forget: Callable[[], None]
) -> str:
    """Thirty writers of UCI, nine of UNIPEN, and a small MNIST."""
    monkeypatch.setattr(mnist_files, "FILES", SMALL_FILES)
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(mnist_files, "HELD_OUT_IMAGES", 10)
    monkeypatch.setattr(dataset, "HELD_OUT", 3)
    fill(pen_root)
    write(pen_root, "abc", {f"w{k}": digits(k) for k in range(9)})
    return str(pen_root)


def test_the_checksum_tells_of_strokes_that_are_trained_on(
    root: str, forget: Callable[[], None]
) -> None:
    before = load("ink", root, count=1, seed=0, validation=0)
    write(Path(root), "abc", {f"w{k}": digits(50 + k) for k in range(9)})
    forget()
    after = load("ink", root, count=1, seed=0, validation=0)
    assert after.checksum != before.checksum
    assert after.test_identity == before.test_identity


def test_a_data_set_has_three_parts_and_no_writer_is_in_two(root: str) -> None:
    made = load("ink", root, count=4, seed=0, validation=1)
    assert [len(part) for part in (made.train, made.validation, made.test)] == [4, 3, 3]
    assert len(load("ink", root, count=1, seed=0, validation=0).validation) == 0
    assert made.checksum != load("ink", root, count=1, seed=1, validation=0).checksum
    drawn = {
        part: {np.concatenate(strokes).tobytes() for strokes in read_writers(root, part).strokes}
        for part in Part
    }
    assert len(read_writers(root, Part.TEST).labels) == 2 * len(uci_digits.TEST_WRITERS)
    assert all(drawn.values())
    for one, other in combinations(drawn.values(), 2):
        assert not one & other


def test_characters_are_brought_to_one_size(root: str) -> None:
    for strokes in read_writers(root, Part.TRAINING).strokes:
        points = np.concatenate(list(strokes))
        low, high = points.min(axis=0), points.max(axis=0)
        assert (high - low).max() == pytest.approx(1)
        np.testing.assert_allclose(low + high, 0, atol=1e-9)
