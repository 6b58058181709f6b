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
from line_pictures import random_lines
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from digitrec import Recognizer
from digitrec.errors import CheckpointError, DigitrecError
from digitrec.imaging.normalise import normalise
from digitrec.models import checkpoint
from digitrec.recognition import recognizer as module
from digitrec.recognition.results import Rejection
from digitrec.recognition.single_digits import rotation_averaging
from digitrec.recognition.torch_free_recognizer import TorchFreeRecognizer
from digitrec.storage.resources import shipped_checkpoint


@pytest.fixture(scope="module")
def recognizer(untrained: Path) -> Recognizer:
    return Recognizer.load(untrained)


def with_others(recognizer: Recognizer, **others: Any) -> Recognizer:
    """The same network with other things stored beside it."""
    return Recognizer(replace(recognizer.checkpoint, **others))


# --- what a prediction says ---------------------------------------------------------------------


def test_a_prediction_keeps_its_contract(recognizer: Recognizer) -> None:
    for number in range(5):
        p = recognizer.recognize(random_lines(number))
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
    p = recognizer.recognize(random_lines())
    np.testing.assert_array_equal(p.image, normalise(random_lines()))
    with torch.inference_mode():
        logits = recognizer.checkpoint.network(torch.from_numpy(p.image)[None, None])
    np.testing.assert_allclose(p.probabilities, torch.softmax(logits[0].double(), 0), atol=1e-6)


def test_other_ink_is_read_otherwise(recognizer: Recognizer) -> None:
    """The nonsense that the other tests compare does depend on the picture."""
    answers = {recognizer.recognize(random_lines(number)).confidence for number in range(8)}
    assert len(answers) == 8


def test_a_prediction_prints_in_one_short_line(recognizer: Recognizer) -> None:
    assert len(repr(recognizer.recognize(random_lines()))) < 120


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


# --- several threads ----------------------------------------------------------------------------


def test_reading_by_several_threads_leaves_the_filters_of_warnings(
    recognizer: Recognizer, tmp_path: Path
) -> None:
    random_lines().save(tmp_path / "a.png")
    before, interval = list(warnings.filters), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        recognizer.recognize_batch([tmp_path / "a.png"] * 100)
    finally:
        sys.setswitchinterval(interval)
    assert list(warnings.filters) == before


# --- what is stored beside the weights ----------------------------------------------------------


def test_probabilities_are_those_of_the_temperature(recognizer: Recognizer) -> None:
    plain = recognizer.recognize(random_lines())
    softer = with_others(recognizer, temperature=4.0).recognize(random_lines())
    assert softer.digit == plain.digit
    assert softer.confidence < plain.confidence
    np.testing.assert_allclose(
        np.diff(np.log(softer.probabilities)), np.diff(np.log(plain.probabilities)) / 4, atol=1e-9
    )


def test_below_the_threshold_a_picture_is_not_a_digit(recognizer: Recognizer) -> None:
    plain = with_others(recognizer, rejection_threshold=1e-9).recognize(random_lines())
    above = with_others(recognizer, rejection_threshold=np.nextafter(plain.digit_probability, 1))
    p = above.recognize(random_lines())
    assert p.digit is None
    assert p.text == ""
    assert plain.digit is not None
    assert p.rejection == Rejection("not a digit", plain.digit)
    assert p.reason == str(p.rejection)
    assert p.confidence == plain.confidence
    np.testing.assert_array_equal(p.probabilities, plain.probabilities)
    at = with_others(recognizer, rejection_threshold=plain.digit_probability)
    assert at.recognize(random_lines()).digit == plain.digit


# --- where it is used -------------------------------------------------------------------------


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
        pictures = [random_lines(number) for number in range(3)]
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
        image = normalise(random_lines(number))[None]
        return self.recognizer.recognize_normalised(image)[0].confidence


def recognizers(untrained: Path) -> list[Recognizer | TorchFreeRecognizer]:
    torch_free = [TorchFreeRecognizer.load(untrained, by_onnx_runtime=it) for it in (False, True)]
    return [Recognizer.load(untrained), *filter(None, torch_free)]


def test_a_recognizer_is_copied_and_sent_to_processes(untrained: Path) -> None:
    found = recognizers(untrained)
    assert len(found) >= 2
    for recognizer in found:
        wanted = [Read(recognizer)[number] for number in range(2)]
        text = recognizer.read(random_lines()).text  # what pages need is loaded
        for other in (copy.deepcopy(recognizer), pickle.loads(pickle.dumps(recognizer))):
            assert type(other) is type(recognizer)
            assert [Read(other)[number] for number in range(2)] == wanted
            assert other.read(random_lines()).text == text


@pytest.mark.slow
def test_a_process_that_loads_data_reads(untrained: Path) -> None:
    read = Read(Recognizer.load(untrained))
    loader = DataLoader(read, batch_size=None, num_workers=1, multiprocessing_context="spawn")
    assert list(loader) == [read[number] for number in range(2)]


def test_loading_takes_a_path_or_a_text(untrained: Path) -> None:
    for path in (untrained, str(untrained)):
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
    device: Any, line: str, untrained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    for load in (Recognizer.load, lambda path, device: Recognizer(checkpoint.load(path), device)):
        with pytest.raises(DigitrecError) as error:
            load(untrained, device=device)
        assert str(error.value) == line


@pytest.mark.parametrize("device", ["cpu", torch.device("cpu"), torch.device("cpu:0")])
def test_a_device_may_be_a_name_or_an_object(device: Any, untrained: Path) -> None:
    assert Recognizer.load(untrained, device).device.type == "cpu"


def test_loading_what_is_not_a_checkpoint_names_it(tmp_path: Path) -> None:
    (tmp_path / "text.h5").write_text("weights")
    for name in ("text.h5", "none.h5"):
        with pytest.raises(CheckpointError, match=name):
            Recognizer.load(tmp_path / name)


def test_without_a_path_it_loads_what_ships(
    untrained: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "shipped_checkpoint", lambda: untrained)
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
