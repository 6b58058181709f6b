from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import numpy as np
import pytest
from checkpoint_samples import save_good
from PIL import Image

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.data.synthetic import digits, nondigits
from digitrec.data.synthetic.digits import draw
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.errors import CheckpointError
from digitrec.recognition import torch_free_recognizer
from digitrec.recognition.marks.mark_reader import MarkReader
from digitrec.recognition.recognizer import Recognizer
from digitrec.recognition.string_reader import StringReader
from digitrec.recognition.torch_free_recognizer import TorchFreeRecognizer


@pytest.fixture(scope="module")
def images() -> Float32Array:
    drawn = np.concatenate([digits.generate(60, seed=3)[0], nondigits.generate(40, seed=3)])
    drawn[5] = 0  # blank
    return drawn.astype(np.float32) / 255


@pytest.fixture(scope="module")
def quick() -> TorchFreeRecognizer:
    found = TorchFreeRecognizer.load()
    assert found is not None
    return found


def test_it_reads_what_a_recognizer_reads(quick: TorchFreeRecognizer, images: Float32Array) -> None:
    for ours, theirs in zip(
        quick.recognize_normalised(images),
        Recognizer.load().recognize_normalised(images),
        strict=True,
    ):
        assert (ours.digit, ours.rejection) == (theirs.digit, theirs.rejection)
        np.testing.assert_allclose(ours.probabilities, theirs.probabilities, atol=1e-3)
        np.testing.assert_array_equal(ours.image, theirs.image)


def test_an_answer_does_not_depend_on_the_images_beside_it(
    quick: TorchFreeRecognizer, images: Float32Array
) -> None:
    for alone, together in zip(
        [quick.recognize_normalised(image[None], batch_invariant=True)[0] for image in images],
        quick.recognize_normalised(images, batch_invariant=True),
        strict=True,
    ):
        np.testing.assert_array_equal(alone.probabilities, together.probabilities)
        assert alone.digit_probability == together.digit_probability


def test_many_are_read_as_by_a_recognizer_to_the_last_bit(images: Float32Array) -> None:
    by_runtime = TorchFreeRecognizer.load(by_onnx_runtime=True)
    assert by_runtime is not None
    theirs = Recognizer.load().recognize_normalised(images, batch_invariant=True)
    ours = by_runtime.recognize_normalised(images, batch_invariant=True)
    for one, other in zip(ours, theirs, strict=True):
        assert (one.digit, one.rejection) == (other.digit, other.rejection)
        np.testing.assert_array_equal(one.probabilities, other.probabilities)
        assert one.digit_probability == other.digit_probability


def test_many_are_for_pytorch_where_onnxruntime_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert TorchFreeRecognizer.load(by_onnx_runtime=True) is None
    assert TorchFreeRecognizer.load() is not None


PREDICT = """
import sys
sys.argv[0] = "predict"
from digitrec.predict import main
main()
assert "torch" not in sys.modules
"""


def test_a_folder_is_read_without_importing_pytorch(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    drawn = [rasterise_drawing(draw(digit, rng)) for digit in range(10)]
    sure = [ink for ink in drawn if Recognizer.load().recognize(ink).sureness > 0.95]
    pictures = [255 - ink for ink in sure]
    framed = pictures[0].copy()
    framed[[8, 9, -9, -8]] = framed[:, [8, 9, -9, -8]] = 90  # in a printed box
    grain = rng.normal(0, 3, pictures[1].shape)
    on_paper = np.clip(0.6 * pictures[1] + 60 + grain, 0, 255).astype(np.uint8)
    pictures += [framed, on_paper, row_of((4, 7, 2))]
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(tmp_path / f"{number:02}.png")
    rows = predicted("--json", str(tmp_path))
    assert [row["digit"] for row in rows] == [
        one.digit for one in Recognizer.load().recognize_batch(pictures)
    ]
    assert "several digits" in rows[-1]["reason"]


def test_lines_are_read_without_importing_pytorch(tmp_path: Path) -> None:
    Image.fromarray(row_of((4, 7, 2))).save(tmp_path / "row.png")
    (row,) = predicted("--lines", "--json", str(tmp_path / "row.png"))
    expected = Recognizer.load().read(row_of((4, 7, 2))).text
    assert row["text"] == expected
    assert expected.replace(" ", "") == "472"


def predicted(*words: str) -> list[dict[str, Any]]:
    """Return what the command predict says, in a process that may not import PyTorch."""
    command = [sys.executable, "-c", PREDICT, *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def row_of(digits: Sequence[int]) -> Uint8Array:
    """Digits side by side, dark on white."""
    rng = np.random.default_rng(0)
    return np.hstack([255 - rasterise_drawing(draw(digit, rng)) for digit in digits])


@pytest.mark.parametrize("by_onnx_runtime", [False, True])
def test_pages_are_read_as_by_a_recognizer_to_the_last_bit(by_onnx_runtime: bool) -> None:
    quick = TorchFreeRecognizer.load(by_onnx_runtime=by_onnx_runtime)
    assert quick is not None
    row = row_of((4, 7))
    ours, theirs = quick.read(row), Recognizer.load().read(row)
    assert ours.text == theirs.text == "47"
    for one, other in zip(ours.digits, theirs.digits, strict=True):
        np.testing.assert_array_equal(one.probabilities, other.probabilities)
        assert one.box == other.box


def test_what_pages_need_is_loaded_once_by_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = TorchFreeRecognizer.load()
    assert quick is not None
    loads: list[str] = []
    both = Barrier(2)

    def counted(name: str, load: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*args: Any, **options: Any) -> Any:
            loads.append(name)
            # A thread that loads alone waits in vain for another that does.
            with contextlib.suppress(BrokenBarrierError):
                both.wait(0.2)
            both.reset()
            return load(*args, **options)

        return counting

    counted_load = counted("digits", torch_free_recognizer.digit_engine_by_onnx_runtime)
    monkeypatch.setattr(torch_free_recognizer, "digit_engine_by_onnx_runtime", counted_load)
    monkeypatch.setattr(MarkReader, "load", counted("marks", MarkReader.load))
    monkeypatch.setattr(StringReader, "load", counted("strings", StringReader.load))
    row = row_of((4, 7))
    touching = np.minimum(row, np.roll(row, row.shape[1] // 2 - 40, axis=1))
    with ThreadPoolExecutor(2) as pool:
        assert len({page.text for page in pool.map(quick.read, [touching] * 2)}) == 1
    assert sorted(loads) == ["digits", "marks", "strings"]


def test_pages_are_for_pytorch_where_onnxruntime_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    quick = TorchFreeRecognizer.load()
    assert quick is not None
    assert quick.read(row_of((4, 7))).text == "47"


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    save_good(tmp_path / "model.h5")
    assert TorchFreeRecognizer.load(tmp_path / "model.h5") is not None
    (tmp_path / "model.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(CheckpointError, match=r"model\.h5"):
        TorchFreeRecognizer.load(tmp_path / "model.h5")
