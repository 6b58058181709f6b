from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from digitrec.data.corrected_drawings import read, render, split
from digitrec.data.sets.single import DrawingsData
from digitrec.data.synthetic import digits
from digitrec.drawing.corrections import LabelledDrawing, add_drawing
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.errors import DigitrecError
from digitrec.imaging.normalise import normalise_ink


def drawn(count: int, start: int = 0) -> list[LabelledDrawing]:
    rng = np.random.default_rng(start)
    return [
        LabelledDrawing(digits.draw(i % 10, rng), i % 10, key=i)
        for i in range(start, start + count)
    ]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "drawings.h5"
    for labelled in drawn(30):
        add_drawing(path, labelled)
    return path


def test_three_parts(file: Path) -> None:
    config = DrawingsData(path=str(file))
    config.check()
    dataset = config.load(validation=5_000)
    assert dataset.name == "drawings"
    sizes = [len(part) for part in (dataset.train, dataset.validation, dataset.test)]
    assert sizes == [24, 3, 3]
    assert dataset.test.labels.tolist() == [9, 9, 9]
    assert dataset.train.images.shape == (24, 1, 28, 28)
    assert dataset.train.images.dtype == torch.uint8
    test, checksum = config.load_test()
    assert dataset.test_identity == (config.tested_on, checksum)
    assert torch.equal(test.images, dataset.test.images)


def test_without_validation_all_but_the_test_part_is_trained_on(file: Path) -> None:
    dataset = DrawingsData(path=str(file)).load(validation=0)
    assert [len(p) for p in (dataset.train, dataset.validation, dataset.test)] == [27, 0, 3]
    assert dataset.validation.images.shape == (0, 1, 28, 28)


def test_images_are_those_that_the_window_reads(file: Path) -> None:
    found = read(str(file))
    images, labels = render(found)
    assert labels.tolist() == [i % 10 for i in range(30)]
    expected = normalise_ink(rasterise_drawing(found[7].drawing))
    np.testing.assert_allclose(images[7] / 255, expected, atol=1 / 255)


def test_drawings_added_later_move_no_other(file: Path) -> None:
    before = [{item.key for item in part} for part in split(read(str(file)))]
    for labelled in drawn(25, start=30):
        add_drawing(file, labelled)
    add_drawing(file, LabelledDrawing(drawn(1)[0].drawing, 6, key=9))  # put right once more
    after = [{item.key for item in part} for part in split(read(str(file)))]
    for old, new in zip(before, after, strict=True):
        assert old <= new
    assert sum(map(len, after)) == 55


def test_the_checksum_tells_of_drawings_that_are_trained_on(file: Path) -> None:
    config = DrawingsData(path=str(file))
    before = config.load(validation=5)
    assert config.load(validation=5).checksum == before.checksum
    for labelled in drawn(5, start=30):  # none of them tests
        add_drawing(file, labelled)
    after = config.load(validation=5)
    assert after.epoch_size == before.epoch_size + 5
    assert after.checksum != before.checksum
    assert after.test_identity == before.test_identity


def test_too_few_are_no_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(DigitrecError, match=r"holds 0 drawings: draw in python -m digitrec\.gui"):
        DrawingsData().check()
    path = tmp_path / "few.h5"
    for labelled in drawn(9):
        add_drawing(path, labelled)
    with pytest.raises(DigitrecError, match="holds 9 drawings"):
        DrawingsData(path=str(path)).load(validation=0)


def test_advice_on_a_named_file_is_to_name_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tmp_path / "drawing.png"
    wrong.write_bytes(b"\x89PNG")
    advice = r"HDF5 signature.; name a file of drawings that the window has saved$"
    with pytest.raises(DigitrecError, match=advice):
        read(str(wrong))
    monkeypatch.setattr("digitrec.data.corrected_drawings.default_path", lambda: wrong)
    with pytest.raises(DigitrecError, match=r"; move the file away to start a new one$"):
        read(None)


def test_a_missing_or_damaged_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(DigitrecError, match=r"none.*: there is no such file of drawings"):
        DrawingsData(path=str(tmp_path / "none.h5")).check()
    path = tmp_path / "bad.h5"
    path.write_bytes(b"nonsense")
    with pytest.raises(DigitrecError, match=r"bad\.h5"):
        DrawingsData(path=str(path)).check()
