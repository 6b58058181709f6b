from __future__ import annotations

import contextlib
import copy
import io
import pickle
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from networks import build
from PIL import Image, ImageDraw
from torch.utils.data import DataLoader, Dataset

from digitrec import Recognizer
from digitrec.errors import CheckpointError, DigitrecError, PictureError
from digitrec.imaging.normalise import normalise
from digitrec.message_text import printable
from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint
from digitrec.recognition import recognizer as module
from digitrec.recognition.results import Rejection
from digitrec.recognition.single_digits import digit_reader, rotation_averaging
from digitrec.recognition.torch_free_recognizer import TorchFreeRecognizer
from digitrec.storage.resources import shipped_checkpoint


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint file of a network that has not learnt anything: what it reads is nonsense."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("checkpoint") / "model.h5"
    checkpoint.save(path, Checkpoint("tiny", {}, build("tiny").eval()), torch.rand(8, 1, 28, 28))
    return path


@pytest.fixture(scope="module")
def recognizer(file: Path) -> Recognizer:
    return Recognizer.load(file)


def picture(number: int = 0, size: int = 80, background: int = 255, ink: int = 0) -> Image.Image:
    """Lines on a plain background, others for each number, anywhere and of any width."""
    rng = np.random.default_rng(number)
    image = Image.new("L", (size, size), background)
    points = [tuple(point) for point in rng.uniform(0.2 * size, 0.8 * size, (4, 2)).tolist()]
    ImageDraw.Draw(image).line(points, fill=ink, width=int(rng.integers(3, 9)))
    return image


def with_others(recognizer: Recognizer, **others: Any) -> Recognizer:
    """The same network with other things stored beside it."""
    return Recognizer(replace(recognizer.checkpoint, **others))


def error_line(recognizer: Recognizer, image: Any) -> str:
    with pytest.raises(PictureError) as error:
        recognizer.recognize(image)
    assert str(error.value).isprintable()
    return str(error.value)


# --- what a prediction says ---------------------------------------------------------------------


def test_a_prediction_keeps_its_contract(recognizer: Recognizer) -> None:
    for number in range(5):
        p = recognizer.recognize(picture(number))
        assert type(p.digit) is int
        assert 0 <= p.digit <= 9
        assert p.probabilities.shape == (10,)
        assert p.probabilities.min() >= 0
        assert abs(p.probabilities.sum() - 1) < 1e-12
        assert type(p.confidence) is float
        assert p.confidence == p.probabilities[p.digit] == p.probabilities.max()
        assert p.image.shape == (28, 28)
        assert p.image.min() == 0
        assert p.image.max() == 1
        assert p.reason is None
        assert p.text == str(p.digit)


def test_the_image_is_what_the_network_saw(
    recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation_averaging, "AVERAGE_BELOW", 0.0)  # it is asked once
    p = recognizer.recognize(picture())
    np.testing.assert_array_equal(p.image, normalise(picture()))
    with torch.inference_mode():
        logits = recognizer.checkpoint.network(torch.from_numpy(p.image)[None, None])
    np.testing.assert_allclose(p.probabilities, torch.softmax(logits[0].double(), 0), atol=1e-6)


def test_other_ink_is_read_otherwise(recognizer: Recognizer) -> None:
    """The nonsense that the other tests compare does depend on the picture."""
    answers = {recognizer.recognize(picture(number)).confidence for number in range(8)}
    assert len(answers) == 8


def test_a_prediction_prints_in_one_short_line(recognizer: Recognizer) -> None:
    assert len(repr(recognizer.recognize(picture()))) < 120


def forms(tmp_path: Path) -> dict[str, Any]:
    """One picture in all the forms that `recognize` takes."""
    grey = picture()
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
    expected = recognizer.recognize(picture())
    for form, image in forms(tmp_path).items():
        p = recognizer.recognize(image)
        np.testing.assert_array_equal(p.image, expected.image, err_msg=form)
        assert p.digit == expected.digit, form


def test_bytes_and_open_files_are_read_like_paths(recognizer: Recognizer, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    picture().save(path)
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
    picture(0).save(path, save_all=True, append_images=[picture(1)])
    for page in (1, 2):
        expected = recognizer.recognize(picture(page - 1)).image
        np.testing.assert_array_equal(recognizer.recognize(path, page=page).image, expected)
    with pytest.raises(PictureError, match="has 2 pages; there is no page 3"):
        recognizer.read(path, page=3)


@pytest.mark.parametrize("kind", ["gif", "tiff"])
def test_a_page_of_an_open_picture_is_chosen(
    kind: str, recognizer: Recognizer, tmp_path: Path
) -> None:
    path = tmp_path / f"frames.{kind}"
    frames = [picture(number) for number in (0, 1, 2)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    with Image.open(path) as opened:
        opened.seek(2)
        for page, number in ((None, 2), (1, 0), (2, 1), (3, 2)):
            expected = recognizer.recognize(picture(number)).image
            found = recognizer.recognize(opened, page=page).image
            np.testing.assert_allclose(found, expected, atol=0.02)
            assert opened.tell() == 2
        with pytest.raises(PictureError, match="has 3 pages; there is no page 4"):
            recognizer.read(opened, page=4)


@pytest.mark.parametrize("page", ["2", 1.5, 0, -1, [2]])
def test_a_page_that_is_no_number_is_one_line(
    page: Any, recognizer: Recognizer, tmp_path: Path
) -> None:
    picture().save(tmp_path / "a.png")
    for image in (tmp_path / "a.png", np.asarray(picture()), picture()):
        with pytest.raises(PictureError, match="page must be a whole number from 1 on, not"):
            recognizer.recognize(image, page=page)


def test_what_has_one_page_has_no_second(recognizer: Recognizer) -> None:
    array = np.asarray(picture())
    for image in (picture(), array, torch.from_numpy(array.copy())):
        assert recognizer.recognize(image, page=np.int64(1)).image.any()
        with pytest.raises(PictureError, match="has 1 page; there is no page 2"):
            recognizer.recognize(image, page=2)


@pytest.mark.parametrize("kind", ["gif", "tiff", "png", "webp"])
def test_of_several_frames_the_first_is_read(
    kind: str, recognizer: Recognizer, tmp_path: Path
) -> None:
    path = tmp_path / f"frames.{kind}"
    options = {"lossless": True} if kind == "webp" else {}
    frames = [picture(number).convert("RGB") for number in (0, 1, 2)]
    frames[0].save(path, save_all=True, append_images=frames[1:], **options)
    expected = recognizer.recognize(picture()).image
    np.testing.assert_allclose(recognizer.recognize(path).image, expected, atol=0.02)


@pytest.mark.parametrize("kind", ["png", "tiff", "jpeg"])
def test_a_photograph_is_turned_the_right_way_up(
    kind: str, recognizer: Recognizer, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    options = {"quality": 100} if kind == "jpeg" else {}
    path = tmp_path / f"turned.{kind}"
    picture().transpose(Image.Transpose.ROTATE_90).save(path, exif=exif, **options)
    expected = recognizer.recognize(picture()).image
    assert np.abs(recognizer.recognize(path).image - expected).mean() < 0.01


def test_reading_leaves_a_picture_as_it_was(recognizer: Recognizer) -> None:
    image, array = picture().convert("RGBA"), np.asarray(picture()).copy()
    before = image.tobytes(), array.tobytes()
    recognizer.recognize_batch([image, array])
    assert (image.tobytes(), array.tobytes()) == before


@pytest.mark.parametrize("size", [(60, 60), (1, 1), (300, 5)])
@pytest.mark.parametrize(
    ("mode", "colour"),
    [
        ("L", 255), ("L", 0), ("L", 128), ("RGB", (250, 240, 220)), ("RGBA", (0, 0, 0, 0)),
        ("RGBA", (255, 255, 255, 0)), ("RGBA", (0, 0, 0, 255)), ("1", 1), ("P", 0),
    ],
)  # fmt: skip
def test_a_blank_picture_is_not_a_digit_and_says_so(
    mode: str, colour: Any, size: tuple[int, int], recognizer: Recognizer
) -> None:
    p = recognizer.recognize(Image.new(mode, size, colour))
    assert p.digit is None
    assert p.reason == "nothing is drawn"
    assert p.text == ""
    assert p.confidence == pytest.approx(0.1)
    np.testing.assert_allclose(p.probabilities, 0.1)
    assert not p.image.any()


# --- batches ------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [1, 3, 512])
def test_a_batch_reads_as_one_by_one(
    batch: int, recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", batch)
    monkeypatch.setattr(digit_reader, "BATCH", batch)
    images = [picture(number, size=40 + 10 * number) for number in range(7)]
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
    read = recognizer.recognize_batch(picture(number) for number in range(3))
    assert [p.confidence for p in read] == pytest.approx(
        [recognizer.recognize(picture(number)).confidence for number in range(3)], abs=1e-5
    )


def test_a_picture_of_a_batch_that_cannot_be_read_is_named(
    recognizer: Recognizer, tmp_path: Path
) -> None:
    with pytest.raises(PictureError, match=r"none\.png"):
        recognizer.recognize_batch([picture(), tmp_path / "none.png", picture()])


def test_reading_by_several_threads_leaves_the_filters_of_warnings(
    recognizer: Recognizer, tmp_path: Path
) -> None:
    picture().save(tmp_path / "a.png")
    before, interval = list(warnings.filters), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        recognizer.recognize_batch([tmp_path / "a.png"] * 100)
    finally:
        sys.setswitchinterval(interval)
    assert list(warnings.filters) == before


# --- what is stored beside the weights ----------------------------------------------------------


def test_probabilities_are_those_of_the_temperature(recognizer: Recognizer) -> None:
    plain = recognizer.recognize(picture())
    softer = with_others(recognizer, temperature=4.0).recognize(picture())
    assert softer.digit == plain.digit
    assert softer.confidence < plain.confidence
    np.testing.assert_allclose(
        np.diff(np.log(softer.probabilities)), np.diff(np.log(plain.probabilities)) / 4, atol=1e-9
    )


def test_below_the_threshold_a_picture_is_not_a_digit(recognizer: Recognizer) -> None:
    plain = with_others(recognizer, rejection_threshold=1e-9).recognize(picture())
    above = with_others(recognizer, rejection_threshold=np.nextafter(plain.digit_probability, 1))
    p = above.recognize(picture())
    assert p.digit is None
    assert p.text == ""
    assert plain.digit is not None
    assert p.rejection == Rejection("not a digit", plain.digit)
    assert p.reason == str(p.rejection)
    assert p.confidence == plain.confidence
    np.testing.assert_array_equal(p.probabilities, plain.probabilities)
    at = with_others(recognizer, rejection_threshold=plain.digit_probability)
    assert at.recognize(picture()).digit == plain.digit


# --- what is not a picture ------------------------------------------------------------------------


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
    picture().save(tmp_path / "a.png")
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
        picture().save(name, "PNG")
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


@contextlib.contextmanager
def autocast() -> Iterator[None]:
    with torch.autocast("cpu", torch.bfloat16):
        yield


@contextlib.contextmanager
def default_device() -> Iterator[None]:
    torch.set_default_device("meta")
    try:
        yield
    finally:
        torch.set_default_device(None)


@pytest.mark.parametrize("state", [autocast, default_device])
@pytest.mark.parametrize("runtime", [True, False], ids=["onnxruntime", "pytorch"])
def test_what_the_caller_set_in_pytorch_changes_nothing(
    state: Callable[[], contextlib.AbstractContextManager[None]],
    runtime: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not runtime:
        monkeypatch.setitem(sys.modules, "onnxruntime", None)
    path = shipped_checkpoint()

    def read(recognizer: Recognizer) -> tuple[list[float], str]:
        pictures = [picture(number) for number in range(3)]
        read = [p.confidence for p in recognizer.recognize_batch(pictures)]
        return read, recognizer.read(pictures[0]).text

    before = Recognizer.load(path)
    wanted = read(before)
    with state():
        assert read(before) == wanted
        inside = Recognizer.load(path)
        assert read(inside) == wanted
    assert read(inside) == wanted


class Read(Dataset[float]):
    """The confidences of pictures, each read where it is asked for."""

    def __init__(self, recognizer: Recognizer | TorchFreeRecognizer) -> None:
        self.recognizer = recognizer

    def __len__(self) -> int:
        return 2

    def __getitem__(self, number: int) -> float:
        image = normalise(picture(number))[None]
        return self.recognizer.recognize_normalised(image)[0].confidence


def recognizers(file: Path) -> list[Recognizer | TorchFreeRecognizer]:
    by_numpy, many = (TorchFreeRecognizer.load(file, many=many) for many in (False, True))
    return [Recognizer.load(file), *filter(None, (by_numpy, many))]


def test_a_recognizer_is_copied_and_sent_to_processes(file: Path) -> None:
    found = recognizers(file)
    assert len(found) >= 2
    for recognizer in found:
        wanted = [Read(recognizer)[number] for number in range(2)]
        text = recognizer.read(picture()).text  # what pages need is loaded
        for other in (copy.deepcopy(recognizer), pickle.loads(pickle.dumps(recognizer))):
            assert type(other) is type(recognizer)
            assert [Read(other)[number] for number in range(2)] == wanted
            assert other.read(picture()).text == text


@pytest.mark.slow
def test_a_process_that_loads_data_reads(file: Path) -> None:
    read = Read(Recognizer.load(file))
    loader = DataLoader(read, batch_size=None, num_workers=1, multiprocessing_context="spawn")
    assert list(loader) == [read[number] for number in range(2)]


def test_a_column_of_paths_is_a_batch(recognizer: Recognizer, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    paths = [str(tmp_path / f"{number}.png") for number in range(3)]
    for number, path in enumerate(paths):
        picture(number).save(path)
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
    arrays = np.stack([np.asarray(picture(number)) for number in range(3)])
    assert len(recognizer.recognize_batch(arrays)) == 3  # type: ignore[arg-type]
    with pytest.raises(PictureError, match="expected a list of pictures, got int"):
        recognizer.recognize_batch(5)  # type: ignore[arg-type]


def test_a_pdf_in_bytes_is_called_so(recognizer: Recognizer) -> None:
    assert "a PDF document, which is read only from a file" in error_line(recognizer, b"%PDF-1.7\n")


# --- loading ------------------------------------------------------------------------------------


def test_loading_takes_a_path_or_a_text(file: Path) -> None:
    for path in (file, str(file)):
        assert Recognizer.load(path).checkpoint.model == "tiny"


@pytest.mark.parametrize(
    ("device", "line"),
    [
        ("gpu", "device=gpu: did you mean cuda?"),
        ("cuda", "device=cuda: this machine has none that PyTorch can use; choose auto or cpu"),
        (
            torch.device("cuda:1"),
            "device=cuda:1: this machine has none that PyTorch can use; choose auto or cpu",
        ),
        (None, "device=None: choose from auto, cpu, cuda, mps"),
    ],
)
def test_a_device_that_is_not_there_is_one_line(
    device: Any, line: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    for load in (Recognizer.load, lambda path, device: Recognizer(checkpoint.load(path), device)):
        with pytest.raises(DigitrecError) as error:
            load(file, device=device)
        assert str(error.value) == line


@pytest.mark.parametrize("device", ["cpu", torch.device("cpu"), torch.device("cpu:0")])
def test_a_device_may_be_a_name_or_an_object(device: Any, file: Path) -> None:
    assert Recognizer.load(file, device).device.type == "cpu"


def test_loading_what_is_not_a_checkpoint_names_it(tmp_path: Path) -> None:
    (tmp_path / "text.h5").write_text("weights")
    for name in ("text.h5", "none.h5"):
        with pytest.raises(CheckpointError, match=name):
            Recognizer.load(tmp_path / name)


def test_without_a_path_it_loads_what_ships(
    file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "shipped_checkpoint", lambda: file)
    assert Recognizer.load().checkpoint.model == "tiny"
    monkeypatch.setattr(module, "shipped_checkpoint", lambda: tmp_path / "missing.h5")
    with pytest.raises(CheckpointError, match=r"missing\.h5 does not exist"):
        Recognizer.load()


@pytest.mark.skipif(not shipped_checkpoint().exists(), reason="no checkpoint ships yet")
def test_the_shipped_checkpoint_reads_what_is_drawn() -> None:
    from digitrec.data.synthetic.digits import draw
    from digitrec.drawing.rasterise import rasterise

    rng = np.random.default_rng(0)
    drawings = [draw(digit, rng) for digit in list(range(10)) * 5]
    images = [rasterise(d.strokes, d.width, d.height) for d in drawings]
    read = [p.digit for p in Recognizer.load().recognize_batch(images)]
    assert sum(digit == number % 10 for number, digit in enumerate(read)) >= 45


@pytest.mark.parametrize("odd", [5, True, b"x.h5", ["x.h5"], io.BytesIO(b"x")])
def test_a_checkpoint_that_is_no_path_is_one_line(odd: Any) -> None:
    kind = type(odd).__name__
    with pytest.raises(CheckpointError, match=f"by a path, a str or a Path, not {kind}$"):
        Recognizer.load(odd)


@pytest.mark.parametrize("name", ["", "a\0.h5"])
def test_a_checkpoint_of_a_name_that_no_file_has_is_one_line(name: str) -> None:
    with pytest.raises(CheckpointError, match="no checkpoint file can have the name '"):
        Recognizer.load(name)
