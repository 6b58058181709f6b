from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digitrec import Page, Prediction, Recognizer
from digitrec.errors import CheckpointError, PictureError
from digitrec.recognition import read_files as module
from digitrec.recognition import string_reader
from digitrec.recognition.read_files import read_files, recognize_files


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load()


@pytest.fixture
def names(tmp_path: Path) -> list[str]:
    """Seven files, of which the third and the fifth cannot be read."""
    for number in range(7):
        image = Image.new("L", (70, 70), 255)
        points = np.random.default_rng(number).uniform(15, 55, (4, 2)).tolist()
        ImageDraw.Draw(image).line([tuple(point) for point in points], fill=0, width=5)
        image.save(tmp_path / f"{number}.png")
    (tmp_path / "2.png").write_text("not a picture")
    (tmp_path / "4.png").unlink()
    return [str(tmp_path / f"{number}.png") for number in range(7)]


@pytest.mark.parametrize("chunk", [2, 1024])
def test_files_that_cannot_be_read_are_reported_in_order_and_left_out(
    chunk: int, recognizer: Recognizer, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", chunk)
    errors: list[PictureError] = []
    found = recognize_files(recognizer, names, errors.append)
    readable = [name for i, name in enumerate(names) if i not in (2, 4)]
    assert [name for name, _ in found] == readable
    assert [str(error).partition(": ")[0] for error in errors] == [names[2], names[4]]
    for (_, prediction), expected in zip(found, recognizer.recognize_batch(readable), strict=True):
        assert isinstance(prediction, Prediction)
        np.testing.assert_allclose(prediction.probabilities, expected.probabilities, atol=1e-5)


def test_pages_are_read_alike(recognizer: Recognizer, names: list[str]) -> None:
    errors: list[PictureError] = []
    found = read_files(recognizer, names, errors.append)
    assert len(found) == 5
    assert len(errors) == 2
    for name, page in found:
        assert isinstance(page, Page)
        assert page.text == recognizer.read(name).text


def test_standard_input_is_named_as_such(recognizer: Recognizer, names: list[str]) -> None:
    errors: list[PictureError] = []
    content = Path(names[0]).read_bytes()
    [(name, prediction)] = recognize_files(recognizer, ["-"], errors.append, content)
    assert name == "-"
    np.testing.assert_array_equal(prediction.image, recognizer.recognize(names[0]).image)
    assert recognize_files(recognizer, ["-"], errors.append, b"text") == []
    assert [str(error) for error in errors] == [
        "standard input: not an image file that Pillow can read"
    ]


def test_nothing_is_read_of_no_files(recognizer: Recognizer) -> None:
    assert recognize_files(recognizer, [], pytest.fail) == []
    assert read_files(recognizer, [], pytest.fail) == []


def test_a_missing_network_is_not_the_fault_of_a_picture(
    names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network for strings is loaded when the first page is read."""
    monkeypatch.setattr(string_reader, "shipped_strings", lambda: tmp_path / "none.h5")
    with pytest.raises(CheckpointError, match=r"none\.h5"):
        read_files(Recognizer.load(), names[:1], pytest.fail)


def test_pages_of_a_file_are_read_one_by_one(recognizer: Recognizer, names: list[str]) -> None:
    pages = [Image.open(names[number]) for number in (0, 1)]
    path = Path(names[0]).with_name("scan.tif")
    pages[0].save(path, save_all=True, append_images=pages[1:])
    found = recognize_files(recognizer, [str(path), names[1]], pytest.fail)
    assert [name for name, _ in found] == [f"{path}[1]", f"{path}[2]", names[1]]
    np.testing.assert_array_equal(found[1][1].image, found[2][1].image)
    chosen = recognize_files(recognizer, ["-"], pytest.fail, path.read_bytes(), page=2)
    assert [name for name, _ in chosen] == ["-[2]"]
    np.testing.assert_array_equal(chosen[0][1].image, found[1][1].image)
    assert [name for name, _ in read_files(recognizer, [str(path)], pytest.fail, page=1)] == [
        f"{path}[1]"
    ]
    errors: list[PictureError] = []
    assert recognize_files(recognizer, [str(path), names[0]], errors.append, page=3) == []
    assert [str(error) for error in errors] == [
        f"{path}: the image has 2 pages, and no page 3",
        f"{names[0]}: the image has 1 page, and no page 3",
    ]


def test_what_is_wrong_with_the_pixels_names_the_file(
    recognizer: Recognizer, tmp_path: Path
) -> None:
    path = tmp_path / "nothing.tif"
    Image.fromarray(np.full((9, 9), np.nan, np.float32)).save(path)
    errors: list[PictureError] = []
    line = f"{path}: the picture holds no finite value, only NaN or infinite ones"
    for read in (recognize_files, read_files):
        assert read(recognizer, [str(path)], errors.append) == []
        assert str(errors.pop()) == line
    for method in (recognizer.recognize, recognizer.read):
        with pytest.raises(PictureError) as caught:
            method(path)
        assert str(caught.value) == line
