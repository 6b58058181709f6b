from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digitrec import Page, Prediction, Recognizer
from digitrec.errors import CheckpointError, PictureError
from digitrec.recognition import drawn_boxes, string_reader
from digitrec.recognition import read_files as module
from digitrec.recognition.read_files import FileAnswer, PictureFile, read_files, recognize_files


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load()


@pytest.fixture
def names(tmp_path: Path) -> list[str]:
    """Seven files; the third and the fifth cannot be read."""
    for number in range(7):
        image = Image.new("L", (70, 70), 255)
        points = np.random.default_rng(number).uniform(15, 55, (4, 2)).tolist()
        ImageDraw.Draw(image).line([tuple(point) for point in points], fill=0, width=5)
        image.save(tmp_path / f"{number}.png")
    (tmp_path / "2.png").write_text("not a picture")
    (tmp_path / "4.png").unlink()
    return [str(tmp_path / f"{number}.png") for number in range(7)]


def files(*names: str) -> Iterator[PictureFile]:
    return map(PictureFile, names)


def pages(answers: Iterator[FileAnswer]) -> list[tuple[str, Prediction | Page | PictureError]]:
    return [page for answer in answers for page in answer.pages]


@pytest.mark.parametrize("images", [2, 128])
def test_every_file_has_an_answer_in_order(
    images: int, recognizer: Recognizer, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "IMAGES_AT_ONCE", images)
    found = pages(recognize_files(recognizer, files(*names)))
    assert [name for name, _ in found] == names
    assert [str(found[i][1]).partition(": ")[0] for i in (2, 4)] == [names[2], names[4]]
    assert [found[i][1].problem for i in (2, 4) if isinstance(found[i][1], PictureError)] == [
        "not an image file that Pillow can read",
        "there is no such file",
    ]
    readable = [result for i, (_, result) in enumerate(found) if i not in (2, 4)]
    expected = recognizer.recognize_batch([n for i, n in enumerate(names) if i not in (2, 4)])
    for result, one in zip(readable, expected, strict=True):
        assert isinstance(result, Prediction)
        np.testing.assert_allclose(result.probabilities, one.probabilities, atol=1e-5)


def test_an_answer_does_not_depend_on_the_files_beside_it(
    recognizer: Recognizer, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    together = dict(pages(recognize_files(recognizer, files(*names))))
    for images in (1, 3):
        monkeypatch.setattr(module, "IMAGES_AT_ONCE", images)
        for name, result in pages(recognize_files(recognizer, files(*reversed(names)))):
            expected = together[name]
            if isinstance(result, Prediction):
                assert isinstance(expected, Prediction)
                assert result.probabilities.tobytes() == expected.probabilities.tobytes()
                assert result.rejection == expected.rejection


def test_pages_are_read_alike(recognizer: Recognizer, names: list[str]) -> None:
    found = pages(read_files(recognizer, files(*names)))
    assert [name for name, _ in found] == names
    for name, page in found:
        if isinstance(page, Page):
            assert page.text == recognizer.read(name).text
    assert sum(isinstance(page, PictureError) for _, page in found) == 2


def test_standard_input_is_named_as_such(recognizer: Recognizer, names: list[str]) -> None:
    content = Path(names[0]).read_bytes()
    [(name, result)] = pages(recognize_files(recognizer, [PictureFile("-", content)]))
    assert name == "-"
    assert isinstance(result, Prediction)
    np.testing.assert_array_equal(result.image, recognizer.recognize(names[0]).image)
    [(_, error)] = pages(recognize_files(recognizer, [PictureFile("-", b"text")]))
    assert str(error) == "standard input: not an image file that Pillow can read"


def test_a_picture_can_be_given_instead_of_a_file(recognizer: Recognizer, names: list[str]) -> None:
    pixels = np.asarray(Image.open(names[0]))
    [(_, given)] = pages(recognize_files(recognizer, [PictureFile("row 1", pixels)]))
    [(_, opened)] = pages(recognize_files(recognizer, files(names[0])))
    assert isinstance(given, Prediction)
    assert isinstance(opened, Prediction)
    assert given.probabilities.tobytes() == opened.probabilities.tobytes()


def test_nothing_is_read_of_no_files(recognizer: Recognizer) -> None:
    assert pages(recognize_files(recognizer, [])) == []
    assert pages(read_files(recognizer, [])) == []


def test_an_answer_comes_before_the_next_file_does(
    recognizer: Recognizer, names: list[str]
) -> None:
    """A list may come slowly, from a program that waits for answers."""
    answered = threading.Event()

    def slow() -> Iterator[PictureFile]:
        yield PictureFile(names[0])
        assert answered.wait(20)
        yield PictureFile(names[1])

    for read in (recognize_files, read_files):
        answered.clear()
        for answer, name in zip(read(recognizer, slow()), names, strict=False):
            assert answer.name == name
            answered.set()


def test_no_more_files_are_taken_than_some_ahead(
    recognizer: Recognizer, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AHEAD", 4)
    monkeypatch.setattr(module, "IMAGES_AT_ONCE", 2)
    taken = 0

    def endless() -> Iterator[PictureFile]:
        nonlocal taken
        while True:
            taken += 1
            yield PictureFile(names[0])

    answers = recognize_files(recognizer, endless())
    for _ in range(3):
        next(answers)
        time.sleep(0.2)
        assert taken < 40
    answers.close()  # type: ignore[attr-defined]
    time.sleep(0.3)
    stopped = taken
    time.sleep(0.2)
    assert taken == stopped


def test_an_error_of_the_list_ends_the_reading(recognizer: Recognizer, names: list[str]) -> None:
    def broken() -> Iterator[PictureFile]:
        yield PictureFile(names[0])
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        pages(recognize_files(recognizer, broken()))


def test_a_missing_network_is_not_the_fault_of_a_picture(
    names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network for strings is loaded when the first page is read."""
    monkeypatch.setattr(string_reader, "shipped_strings", lambda: tmp_path / "none.h5")
    with pytest.raises(CheckpointError, match=r"none\.h5"):
        pages(read_files(Recognizer.load(), files(names[0])))


def test_pages_of_a_file_are_read_one_by_one(recognizer: Recognizer, names: list[str]) -> None:
    opened = [Image.open(names[number]) for number in (0, 1)]
    path = Path(names[0]).with_name("scan.tif")
    opened[0].save(path, save_all=True, append_images=opened[1:])
    found = list(recognize_files(recognizer, files(str(path), names[1])))
    assert [answer.name for answer in found] == [str(path), names[1]]
    rows = pages(iter(found))
    assert [name for name, _ in rows] == [f"{path}[1]", f"{path}[2]", names[1]]
    [_, second, single] = [result for _, result in rows if isinstance(result, Prediction)]
    np.testing.assert_array_equal(second.image, single.image)
    [(name, _)] = pages(recognize_files(recognizer, [PictureFile("-", path.read_bytes())], page=2))
    assert name == "-[2]"
    assert [name for name, _ in pages(read_files(recognizer, files(str(path)), page=1))] == [
        f"{path}[1]"
    ]
    errors = pages(recognize_files(recognizer, files(str(path), names[0]), page=3))
    assert [str(error) for _, error in errors] == [
        f"{path}: the image has 2 pages; there is no page 3",
        f"{names[0]}: the image has 1 page; there is no page 3",
    ]


def test_a_page_that_cannot_be_read_has_the_name_of_a_page(
    recognizer: Recognizer, names: list[str]
) -> None:
    opened = [Image.open(names[number]) for number in (0, 1)]
    path = Path(names[0]).with_name("scan.gif")
    opened[0].save(path, save_all=True, append_images=opened[1:])
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2 + 10])
    found = pages(recognize_files(recognizer, files(str(path))))
    assert [name for name, _ in found] == [f"{path}[1]", f"{path}[2]"] or len(found) == 1


def test_pages_behind_one_that_cannot_be_read_are_read(
    recognizer: Recognizer, names: list[str]
) -> None:
    names = [names[number] for number in (0, 1, 3)]
    opened = [Image.open(name).convert("L") for name in names]
    path = Path(names[0]).with_name("scan.tif")
    opened[0].save(path, save_all=True, append_images=opened[1:], compression="tiff_lzw")
    content = bytearray(path.read_bytes())
    with Image.open(path) as scan:
        scan.seek(1)
        tags = dict(scan.tag_v2)  # type: ignore[attr-defined]
    content[tags[273][0] : tags[273][0] + tags[279][0]] = b"\xff" * tags[279][0]
    path.write_bytes(content)
    alone = [result for _, result in pages(recognize_files(recognizer, files(*names)))]
    for read in (recognize_files, read_files):
        found = pages(read(recognizer, files(str(path))))
        assert [name for name, _ in found] == [f"{path}[{number}]" for number in (1, 2, 3)]
        assert [isinstance(result, PictureError) for _, result in found] == [False, True, False]
        assert str(found[1][1]).startswith(f"{path}[2]: the image cannot be read: ")
        if read is recognize_files:
            for number in (0, 2):
                one, other = found[number][1], alone[number]
                assert isinstance(one, Prediction)
                assert isinstance(other, Prediction)
                np.testing.assert_array_equal(one.image, other.image)


def test_what_is_wrong_with_the_pixels_names_the_file(
    recognizer: Recognizer, tmp_path: Path
) -> None:
    path = tmp_path / "nothing.tif"
    Image.fromarray(np.full((9, 9), np.nan, np.float32)).save(path)
    line = f"{path}: the picture holds no finite value, only NaN or infinite ones"
    for read in (recognize_files, read_files):
        [(_, error)] = pages(read(recognizer, files(str(path))))
        assert str(error) == line
    for method in (recognizer.recognize, recognizer.read):
        with pytest.raises(PictureError) as caught:
            method(path)
        assert str(caught.value) == line


def test_a_file_that_vanishes_while_it_is_read_is_an_error_of_its_own(
    recognizer: Recognizer, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is there when it is opened, and gone when one looks what it holds."""
    path = Path(names[2])
    real, status = Image.open, path.stat()

    def vanish(file: BinaryIO, *args: object, **options: object) -> Image.Image:
        if os.path.samestat(os.fstat(file.fileno()), status):
            path.unlink()
            raise Image.UnidentifiedImageError
        return real(file, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Image, "open", vanish)
    [(name, error), _] = pages(recognize_files(recognizer, files(names[2], names[3])))
    assert name == names[2]
    assert isinstance(error, PictureError)
    assert error.problem.startswith("it was removed while being read")


def test_pictures_with_boxes_are_named_in_the_order_of_the_files(
    recognizer: Recognizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [str(tmp_path / f"{folder}" / "x.png") for folder in range(3)]
    for size, name in zip((20, 30, 40), names, strict=True):
        Path(name).parent.mkdir()
        Image.new("L", (size, size), 255).save(name)
    second_is_drawn, drawn = threading.Event(), drawn_boxes.draw_boxes

    def draw(picture: Image.Image, page: Page) -> Image.Image:
        if picture.width == 20:
            assert second_is_drawn.wait(60)  # the first file is the last to be ready
        if picture.width == 30:
            second_is_drawn.set()
        return drawn(picture, page)

    monkeypatch.setattr(drawn_boxes, "draw_boxes", draw)
    boxes = tmp_path / "boxes"
    assert len(list(read_files(recognizer, files(*names), boxes=boxes))) == 3
    widths = []
    for name in ("x-boxes.png", "x-boxes-2.png", "x-boxes-3.png"):
        with Image.open(boxes / name) as saved:
            widths.append(saved.width)
    assert widths == sorted(widths)
    assert len(set(widths)) == 3
