"""ONNX models, run by the real onnxruntime."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from checkpoint_samples import made
from networks import NAMES
from PIL import Image

from digitrec import Recognizer, export_formats
from digitrec.arrays import Float32Array, Uint8Array
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.drawing.strokes import Drawing
from digitrec.export_formats.onnx_model import write_onnx, write_onnx_int8
from digitrec.imaging.normalise import normalise_ink
from digitrec.models.checkpoint import PREPROCESSING, Checkpoint
from digitrec.recognition import recognizer
from digitrec.recognition.results import Prediction
from digitrec.recognition.single_digits.torch_digit_engines import digit_engine_by_pytorch

EXAMPLE = re.findall(
    r"```python\n(.*?)```", Path(export_formats.__file__).with_name("README.md").read_text(), re.S
)


def run(path: Path, inks: Uint8Array) -> dict[str, Any]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {"ink": inks}), strict=True))


def assert_close(images: Float32Array, expected: Float32Array) -> None:
    """Compare images to the level: in which direction Pillow begins depends on its version."""
    np.testing.assert_allclose(images, expected, atol=1.01 / 126)


def digits_of(predictions: list[Prediction]) -> list[int]:
    return [-1 if p.digit is None else p.digit for p in predictions]


@pytest.fixture(scope="module")
def shipped_onnx(shipped: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "digits.onnx"
    write_onnx(path, shipped)
    return path


def test_it_answers_what_the_recognizer_answers(
    shipped: Checkpoint, shipped_onnx: Path, inks: Uint8Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where clear images are read in fewer bits, confidences differ by more.
    monkeypatch.setattr(recognizer, "fastest_digit_engine", digit_engine_by_pytorch)
    normalised = np.stack([normalise_ink(ink) for ink in inks])
    expected = Recognizer(shipped).recognize_normalised(normalised)
    answers = run(shipped_onnx, inks)
    assert answers["digit"].tolist() == digits_of(expected)
    assert -1 in answers["digit"][1:]
    images = np.stack([p.image for p in expected])
    assert_close(answers["image"], images)
    same = np.abs(answers["image"] - images).max(axis=(1, 2)) < 1e-6
    assert np.mean(same) > 0.8
    for name in ("probabilities", "digit_probability"):
        values = np.array([getattr(p, name) for p in expected])
        np.testing.assert_allclose(answers[name][same], values[same], atol=2e-5)
        np.testing.assert_allclose(answers[name], values, atol=0.02)
    np.testing.assert_array_equal(answers["confidence"], answers["probabilities"].max(axis=1))


def test_blank_ink_is_not_a_digit(shipped_onnx: Path) -> None:
    answers = run(shipped_onnx, np.zeros((2, 5, 9), np.uint8))
    assert answers["digit"].tolist() == [-1, -1]
    assert answers["digit_probability"].tolist() == [0, 0]
    np.testing.assert_allclose(answers["probabilities"], 0.1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (28, 28), (7, 5), (1000, 700)])
def test_pictures_of_any_size_are_normalised(shipped_onnx: Path, shape: tuple[int, int]) -> None:
    ink = np.random.default_rng(shape[0]).integers(0, 256, (1, *shape)).astype(np.uint8)
    ink[0, : shape[0] // 3] //= 60
    assert_close(run(shipped_onnx, ink)["image"][0], normalise_ink(ink[0]))


def test_faint_and_exactly_fitting_ink_is_normalised(shipped_onnx: Path, inks: Uint8Array) -> None:
    faint = (inks[1] // 9)[None]
    fitting = np.zeros((1, 60, 70), np.uint8)
    fitting[0, 7:27, 40:52] = 200
    fitting[0, 9:14, 45:52] = 90
    for ink in (faint, fitting):
        assert_close(run(shipped_onnx, ink)["image"][0], normalise_ink(ink[0]))


@pytest.mark.parametrize("name", [*NAMES, "ensemble"])
def test_each_network_is_the_same_in_onnx(name: str, tmp_path: Path, inks: Uint8Array) -> None:
    trained = made(name, temperature=1.7, rejection_threshold=0.9)
    write_onnx(tmp_path / "out.onnx", trained)
    answers = run(tmp_path / "out.onnx", inks[:10])
    expected = Recognizer(trained).recognize_normalised(answers["image"])
    assert answers["digit"].tolist() == digits_of(expected)
    probabilities = np.array([p.probabilities for p in expected])
    np.testing.assert_allclose(answers["probabilities"], probabilities, atol=1e-5)


def test_a_network_that_rejects_nothing_takes_all_for_digits(
    tmp_path: Path, inks: Uint8Array
) -> None:
    trained = made("tiny", rejection_threshold=0.0)
    write_onnx(tmp_path / "out.onnx", trained)
    answers = run(tmp_path / "out.onnx", inks[:10])
    expected = Recognizer(trained).recognize_normalised(answers["image"])
    assert answers["digit"].tolist() == digits_of(expected)
    probable = [one.digit_probability for one in expected]
    assert answers["digit_probability"].tolist() == probable
    assert set(probable) == {0.0, 1.0}  # the first is blank


def test_the_contract_is_in_the_metadata(shipped: Checkpoint, shipped_onnx: Path) -> None:
    session = onnxruntime.InferenceSession(shipped_onnx, providers=["CPUExecutionProvider"])
    told = session.get_modelmeta().custom_metadata_map
    assert json.loads(told["preprocessing"]) == PREPROCESSING
    assert json.loads(told["class_names"]) == list(shipped.class_names)
    assert float(told["temperature"]) == shipped.temperature
    assert float(told["rejection_threshold"]) == shipped.rejection_threshold


def test_the_same_checkpoint_gives_the_same_file(
    shipped: Checkpoint, shipped_onnx: Path, tmp_path: Path
) -> None:
    write_onnx(tmp_path / "again.onnx", shipped)
    assert (tmp_path / "again.onnx").read_bytes() == shipped_onnx.read_bytes()


def test_int8_is_small_and_answers_nearly_the_same(
    shipped: Checkpoint, shipped_onnx: Path, tmp_path: Path, inks: Uint8Array
) -> None:
    path = tmp_path / "digits.int8.onnx"
    write_onnx_int8(path, shipped)
    assert path.stat().st_size < shipped_onnx.stat().st_size / 3
    expected = digits_of(Recognizer(shipped).recognize_batch(list(inks)))
    answers = run(path, inks)["digit"].tolist()
    assert sum(a != b for a, b in zip(answers, expected, strict=True)) <= 2


def test_the_example_has_ten_lines_and_needs_no_pytorch(
    shipped: Checkpoint, shipped_onnx: Path, tmp_path: Path, inks: Uint8Array
) -> None:
    (example,) = EXAMPLE
    assert len([line for line in example.splitlines() if line]) <= 11
    # Once for all pictures, because starting takes longer than reading.
    program = (
        "import sys\nfor sys.argv[1] in sys.argv[1:]:\n"
        + "".join(f"    {line}\n" for line in example.splitlines())
        + "assert not {'torch', 'digitrec', 'scipy'} & set(sys.modules)\n"
    )
    files = []
    for number, ink in enumerate(inks[:20]):
        pixels = (255 - ink) if number % 2 else ink
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
        files.append(str(tmp_path / f"{number}.png"))
        if number % 5 == 0:
            turned, exif = (
                Image.fromarray(pixels).transpose(Image.Transpose.ROTATE_90),
                Image.Exif(),
            )
            exif[0x112] = 6
            turned.save(tmp_path / f"turned {number}.png", exif=exif)
            files.append(str(tmp_path / f"turned {number}.png"))
            black = Image.new("L", ink.shape[::-1])
            clear = Image.merge("LA", (black, Image.fromarray(ink)))
            clear.save(tmp_path / f"clear {number}.png")
            files.append(str(tmp_path / f"clear {number}.png"))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *files],
        cwd=shipped_onnx.parent, capture_output=True, text=True, check=True,
    )  # fmt: skip
    shown = [line.rpartition(" ")[0] for line in done.stdout.splitlines()]
    expected = [p.text or "not a digit" for p in Recognizer(shipped).recognize_batch(files)]
    assert shown == expected
    assert "not a digit" in shown[3:]


def test_an_empty_drawing_has_no_digit(shipped_onnx: Path) -> None:
    assert run(shipped_onnx, rasterise_drawing(Drawing(9, 9))[None])["digit"].tolist() == [-1]
