"""Reading many pictures of one digit in batches."""

from __future__ import annotations

import io
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from line_pictures import random_lines
from PIL import Image

from digitrec import Recognizer
from digitrec.errors import PictureError
from digitrec.recognition import recognizer as module
from digitrec.recognition.single_digits import digit_reader


@pytest.fixture(scope="module")
def recognizer(untrained: Path) -> Recognizer:
    return Recognizer.load(untrained)


@pytest.mark.parametrize("batch", [1, 3, 512])
def test_a_batch_reads_as_one_by_one(
    batch: int, recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", batch)
    monkeypatch.setattr(digit_reader, "BATCH", batch)
    images = [random_lines(number, size=40 + 10 * number) for number in range(7)]
    images.insert(3, Image.new("L", (30, 30), 255))
    together = recognizer.recognize_batch(images)
    assert len(together) == len(images)
    for image, p in zip(images, together, strict=True):
        alone = recognizer.recognize(image)
        assert (p.digit, p.reason) == (alone.digit, alone.reason)
        np.testing.assert_array_equal(p.image, alone.image)
        np.testing.assert_allclose(p.probabilities, alone.probabilities, atol=1e-5)


def test_a_batch_may_be_empty_or_come_from_a_generator(recognizer: Recognizer) -> None:
    assert recognizer.recognize_batch([]) == []
    read = recognizer.recognize_batch(random_lines(number) for number in range(3))
    assert [p.confidence for p in read] == pytest.approx(
        [recognizer.recognize(random_lines(number)).confidence for number in range(3)], abs=1e-5
    )


def test_a_generator_is_read_as_it_comes(
    recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may give more pictures than fit into memory."""
    monkeypatch.setattr(module, "BATCH", 2)
    given: list[weakref.ref[Image.Image]] = []
    most = 0

    def pictures() -> Iterator[Image.Image]:
        nonlocal most
        for number in range(20):
            picture = random_lines(number)
            given.append(weakref.ref(picture))
            yield picture
            del picture
            most = max(most, sum(one() is not None for one in given))

    read = recognizer.recognize_batch(pictures())
    expected = [recognizer.recognize(random_lines(number)).confidence for number in range(20)]
    assert [p.confidence for p in read] == pytest.approx(expected, abs=1e-5)
    assert most < 10


@pytest.mark.parametrize("images", [{"a": "a.png"}, {"a.png"}, frozenset({"a.png"})])
def test_pictures_without_an_order_are_no_batch(images: Any, recognizer: Recognizer) -> None:
    advice = "hand over its values" if isinstance(images, dict) else "which has no order"
    with pytest.raises(PictureError, match=f"got {type(images).__name__}.*{advice}"):
        recognizer.recognize_batch(images)


@pytest.mark.parametrize("odd", [np.zeros((0, 5)), b"no picture", None])
def test_a_picture_without_a_name_has_its_place_in_the_batch(
    odd: Any, recognizer: Recognizer
) -> None:
    with pytest.raises(PictureError, match=r"images\[2\]: "):
        recognizer.recognize_batch([random_lines(), random_lines(), odd])


def test_a_picture_of_a_batch_that_cannot_be_read_is_named(
    recognizer: Recognizer, tmp_path: Path
) -> None:
    with pytest.raises(PictureError, match=r"none\.png"):
        recognizer.recognize_batch([random_lines(), tmp_path / "none.png", random_lines()])


def test_a_column_of_paths_is_a_batch(recognizer: Recognizer, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    paths = [str(tmp_path / f"{number}.png") for number in range(3)]
    for number, path in enumerate(paths):
        random_lines(number).save(path)
    table = pandas.DataFrame({"file": paths}, index=[5, 0, 9])
    wanted = [p.confidence for p in recognizer.recognize_batch(paths)]
    for column in (
        np.array(paths),
        np.array([Path(path) for path in paths]),
        table["file"],
        table["file"].astype(object),
        table["file"].astype("string"),
        table["file"].astype("category"),
    ):
        assert [p.confidence for p in recognizer.recognize_batch(column)] == wanted


@pytest.mark.parametrize(
    "images",
    [
        "a.png",
        Path("a.png"),
        b"\x89PNG",
        io.BytesIO(b"\x89PNG"),
        Image.new("L", (9, 9)),
        np.zeros((9, 9), np.uint8),
        np.zeros((9, 9, 3), np.uint8),
        np.zeros(9, np.uint8),
        np.array("a.png"),
        torch.zeros(9, 9),
        torch.zeros(9),
    ],
    ids=lambda images: type(images).__name__,
)
def test_a_picture_in_place_of_a_batch_is_one_line(images: Any, recognizer: Recognizer) -> None:
    with pytest.raises(PictureError, match="expected a list of pictures, got one; use recognize"):
        recognizer.recognize_batch(images)


def test_a_batch_may_be_an_array(recognizer: Recognizer) -> None:
    arrays = np.stack([np.asarray(random_lines(number)) for number in range(3)])
    assert len(recognizer.recognize_batch(arrays)) == 3  # type: ignore[arg-type]
    with pytest.raises(PictureError, match="expected a list of pictures, got int"):
        recognizer.recognize_batch(5)  # type: ignore[arg-type]
