"""What a recognizer takes as a picture, and what it says of all else."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from line_pictures import random_lines
from PIL import Image

from digitrec import Recognizer
from digitrec.errors import PictureError
from digitrec.message_text import printable
from digitrec.recognition import recognizer as module


@pytest.fixture(scope="module")
def recognizer(untrained: Path) -> Recognizer:
    return Recognizer.load(untrained)


def error_line(recognizer: Recognizer, image: Any) -> str:
    with pytest.raises(PictureError) as error:
        recognizer.recognize(image)
    assert str(error.value).isprintable()
    return str(error.value)


def forms(tmp_path: Path) -> dict[str, Any]:
    """One picture in all the forms that `recognize` takes."""
    grey = random_lines()
    array = np.asarray(grey)
    colour = np.repeat(array[..., None], 3, axis=2)
    opaque = np.concatenate([colour, np.full_like(array[..., None], 255)], axis=2)
    clear = np.zeros((*array.shape, 4), np.uint8)  # black ink, and nothing where there is none
    clear[..., 3] = 255 - array
    grey.save(tmp_path / "grey.png")
    grey.convert("RGB").save(tmp_path / "colour.bmp")
    return {
        "PIL L": grey,
        "PIL 1": grey.convert("1"),
        "PIL P": grey.convert("P"),
        "PIL RGB": grey.convert("RGB"),
        "PIL RGBA": grey.convert("RGBA"),
        "PIL transparent": Image.fromarray(clear),
        "array (H, W)": array,
        "array (H, W, 3)": colour,
        "array (H, W, 4)": opaque,
        "array transparent": clear,
        "array not contiguous": np.asfortranarray(array),
        "light on dark": 255 - array,
        "Path": tmp_path / "grey.png",
        "str": str(tmp_path / "grey.png"),
        "another format": tmp_path / "colour.bmp",
    }


def test_every_form_of_a_picture_is_read_alike(recognizer: Recognizer, tmp_path: Path) -> None:
    expected = recognizer.recognize(random_lines())
    for form, image in forms(tmp_path).items():
        p = recognizer.recognize(image)
        np.testing.assert_array_equal(p.image, expected.image, err_msg=form)
        assert p.digit == expected.digit, form


def test_bytes_and_open_files_are_read_like_paths(recognizer: Recognizer, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    random_lines().save(path)
    expected = recognizer.recognize(path).image
    content = path.read_bytes()
    with path.open("rb") as file:
        sources = [content, bytearray(content), memoryview(content), io.BytesIO(content), file]
        for p in recognizer.recognize_batch([str(path), path, *sources]):
            np.testing.assert_array_equal(p.image, expected)
    with path.open(encoding="latin-1") as text:
        assert (
            error_line(recognizer, text) == "a file must be open in binary mode: open(path, 'rb')"
        )
    assert error_line(recognizer, b"no picture") == (
        "a picture of 10 bytes: not an image file that Pillow can read"
    )


def test_a_page_of_a_file_is_chosen(recognizer: Recognizer, tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    random_lines(0).save(path, save_all=True, append_images=[random_lines(1)])
    for page in (1, 2):
        expected = recognizer.recognize(random_lines(page - 1)).image
        np.testing.assert_array_equal(recognizer.recognize(path, page=page).image, expected)
    with pytest.raises(PictureError, match="has 2 pages; there is no page 3"):
        recognizer.read(path, page=3)


@pytest.mark.parametrize("kind", ["gif", "tiff"])
def test_a_page_of_an_open_picture_is_chosen(
    kind: str, recognizer: Recognizer, tmp_path: Path
) -> None:
    path = tmp_path / f"frames.{kind}"
    frames = [random_lines(number) for number in (0, 1, 2)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    with Image.open(path) as opened:
        opened.seek(2)
        for page, number in ((None, 2), (1, 0), (2, 1), (3, 2)):
            expected = recognizer.recognize(random_lines(number)).image
            found = recognizer.recognize(opened, page=page).image
            np.testing.assert_allclose(found, expected, atol=0.02)
            assert opened.tell() == 2
        with pytest.raises(PictureError, match="has 3 pages; there is no page 4"):
            recognizer.read(opened, page=4)


@pytest.mark.parametrize("page", ["2", 1.5, 0, -1, [2], True, torch.tensor(True)])
def test_a_page_that_is_no_number_is_one_line(
    page: Any, recognizer: Recognizer, tmp_path: Path
) -> None:
    random_lines().save(tmp_path / "a.png")
    for image in (tmp_path / "a.png", np.asarray(random_lines()), random_lines()):
        with pytest.raises(PictureError, match="page must be a whole number from 1 on, not"):
            recognizer.recognize(image, page=page)


def test_too_little_memory_for_a_picture_is_one_line(recognizer: Recognizer) -> None:
    """Of an array of one byte, repeated; a copy would take more memory than can be addressed."""
    huge = np.broadcast_to(np.uint8(255), (2**30, 2**29))
    for read in (recognizer.recognize, recognizer.read):
        with pytest.raises(PictureError, match="not enough memory for the image"):
            read(huge)


def test_what_has_one_page_has_no_second(recognizer: Recognizer) -> None:
    array = np.asarray(random_lines())
    for image in (random_lines(), array, torch.from_numpy(array.copy())):
        assert recognizer.recognize(image, page=np.int64(1)).image.any()
        with pytest.raises(PictureError, match="has 1 page; there is no page 2"):
            recognizer.recognize(image, page=2)


@pytest.mark.parametrize("kind", ["gif", "tiff", "png", "webp"])
def test_of_several_frames_the_first_is_read(
    kind: str, recognizer: Recognizer, tmp_path: Path
) -> None:
    path = tmp_path / f"frames.{kind}"
    options = {"lossless": True} if kind == "webp" else {}
    frames = [random_lines(number).convert("RGB") for number in (0, 1, 2)]
    frames[0].save(path, save_all=True, append_images=frames[1:], **options)
    expected = recognizer.recognize(random_lines()).image
    np.testing.assert_allclose(recognizer.recognize(path).image, expected, atol=0.02)


@pytest.mark.parametrize("kind", ["png", "tiff", "jpeg"])
def test_a_photograph_is_turned_the_right_way_up(
    kind: str, recognizer: Recognizer, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    options = {"quality": 100} if kind == "jpeg" else {}
    path = tmp_path / f"turned.{kind}"
    random_lines().transpose(Image.Transpose.ROTATE_90).save(path, exif=exif, **options)
    expected = recognizer.recognize(random_lines()).image
    assert np.abs(recognizer.recognize(path).image - expected).mean() < 0.01


def test_reading_leaves_a_picture_as_it_was(recognizer: Recognizer) -> None:
    image, array = random_lines().convert("RGBA"), np.asarray(random_lines()).copy()
    before = image.tobytes(), array.tobytes()
    recognizer.recognize_batch([image, array])
    assert (image.tobytes(), array.tobytes()) == before


def test_a_file_that_is_not_a_picture_is_one_line_that_names_it(
    recognizer: Recognizer, tmp_path: Path
) -> None:
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "broken.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "long\x1b[31m\nname.png").write_text("no picture")
    for name, reason in {
        "text.png": "not an image file that Pillow can read",
        "empty.png": "an empty file",
        "folder.png": "a folder; name a picture in it",
        "broken.png": "there is no such file",
        "none.png": "there is no such file",
        "text.png/x": "Not a directory",
        "x" * 300: "too long",
    }.items():
        for path in (tmp_path / name, str(tmp_path / name)):
            line = error_line(recognizer, path)
            assert line.startswith(f"{path}: ")
            assert reason in line
    line = error_line(recognizer, tmp_path / "long\x1b[31m\nname.png")
    assert "not an image file that Pillow can read" in line
    assert line.count("name.png") == 1


def test_a_picture_without_a_name_is_one_line(recognizer: Recognizer) -> None:
    for read in (recognizer.recognize, recognizer.read):
        with pytest.raises(PictureError, match="an empty path names no picture"):
            read("")


class Interrupted(io.RawIOBase):
    """A file that the disk gives no more of."""

    def read(self, size: int = -1) -> bytes:
        raise OSError(5, "Input/output error")


def test_a_file_that_cannot_be_read_is_one_line(recognizer: Recognizer, tmp_path: Path) -> None:
    random_lines().save(tmp_path / "a.png")
    with (tmp_path / "a.png").open("rb") as closed, io.BytesIO() as memory:
        pass
    for read in (recognizer.recognize, recognizer.read):
        for file, reason in (
            (closed, "read of closed file"),
            (memory, "I/O operation on closed file."),
            (Interrupted(), "Input/output error"),
        ):
            with pytest.raises(PictureError) as error:
                read(file)
            assert str(error.value) == f"the file cannot be read: {reason}"


def test_an_error_of_what_is_in_a_picture_names_its_file_once(
    recognizer: Recognizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise PictureError("a picture must be something else")

    monkeypatch.setattr(module, "normalise", refuse)
    monkeypatch.setattr(module, "check_picture", refuse)
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b\x1b.png"):
        random_lines().save(name, "PNG")
        for read in (recognizer.recognize, recognizer.read):
            with pytest.raises(PictureError) as error:
                read(name)
            assert error.value.problem == "a picture must be something else"
            assert str(error.value) == f"{printable(name)}: {error.value.problem}"


@pytest.mark.parametrize(
    "image",
    [
        np.zeros(28, np.uint8),
        np.zeros((28, 28, 2), np.uint8),
        np.zeros((28, 28, 5), np.uint8),
        np.zeros((2, 28, 28, 3), np.uint8),
        np.zeros((0, 28), np.uint8),
        np.zeros((28, 0, 3), np.uint8),
        np.full((28, 28), np.nan),
        np.full((28, 28), "a"),
        np.full((28, 28), -np.inf),
        np.array(5),
        None,
        7,
        b"\x89PNG",
        [[0, 255], [255, 0]],
        Image.new("L", (0, 5)),
    ],
    ids=lambda image: f"{type(image).__name__}-{getattr(image, 'shape', '')}",
)
def test_what_is_not_a_picture_is_one_line(image: Any, recognizer: Recognizer) -> None:
    assert len(error_line(recognizer, image)) < 150


def test_a_pdf_in_bytes_is_called_so(recognizer: Recognizer) -> None:
    assert "a PDF document, which is read only from a file" in error_line(recognizer, b"%PDF-1.7\n")
