"""The export formats, each loaded by the program that it is for: size, time, differing answers.

Times are from the ink of one drawing to its answer, on one thread.
A third of the drawings are not digits. Every format rejects as `digitrec.Recognizer` does.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from digitrec.arrays import Float32Array, Float64Array, Uint8Array
from digitrec.benchmarks.timing import one_thread
from digitrec.data.synthetic import digits, nondigits
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.drawing.strokes import Drawing
from digitrec.errors import DigitrecError
from digitrec.export_formats.html_page import write_html_page
from digitrec.export_formats.keras_model import write_keras
from digitrec.export_formats.onnx_model import write_onnx, write_onnx_int8
from digitrec.export_formats.torch_export import write_torch_export
from digitrec.imaging.normalise import normalise_ink
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.network import Network
from digitrec.models.onnx_runtime.without_telemetry import import_onnxruntime
from digitrec.recognition.recognizer import Recognizer
from digitrec.storage.optional_packages import need
from digitrec.storage.temporary_folder import temporary_folder

__all__ = ["measure", "onnx_session"]

DRAWINGS = 1000
TIMED = 100  # drawings, one by one, of which the median time is shown
SIDE = 280  # of the canvas, in pixels


class Answer(NamedTuple):
    """What is read in a drawing.

    Attributes:
        digit: -1 where it is rejected.
        probabilities: (10,).
        seconds: How long it took, if the program that read it measured that itself.
    """

    digit: int
    probabilities: Float64Array
    seconds: float | None = None


@dataclass(frozen=True)
class Sample:
    """A drawing, and its ink (280, 280)."""

    drawing: Drawing
    ink: Uint8Array


@dataclass(frozen=True)
class Way:
    """An export format and the program that reads it.

    Attributes:
        name: As it is shown.
        ending: Of its file.
        write: Writes the file.
        load: Loads the file, and returns a function that answers a sample. What has to be closed
            afterwards is put on the stack.
    """

    name: str
    ending: str
    write: Callable[[Path, Checkpoint], None]
    load: Callable[[Path, Checkpoint, ExitStack], Callable[[Sample], Answer]]


def measure(trained: Checkpoint, count: int = DRAWINGS) -> Iterator[str]:
    """Return the lines of the table."""
    with one_thread():
        yield from _table(trained, _samples(count))


def _table(trained: Checkpoint, samples: Sequence[Sample]) -> Iterator[str]:
    yield f"{'':<22}{'MB':>6}{'ms a drawing':>14}{'others than PyTorch':>21}{'largest gap':>13}"
    ours = _by_recognizer(Recognizer(trained))
    expected = [ours(sample) for sample in samples]
    yield f"{'PyTorch':<22}{'':>6}{_milliseconds(ours, samples):>14.2f}"
    with temporary_folder() as folder:
        for way in WAYS:
            path = folder / f"out{way.ending}"
            with ExitStack() as stack:
                try:
                    way.write(path, trained)
                    answer = way.load(path, trained, stack)
                except DigitrecError as error:
                    yield f"{way.name:<22}  left out: {error}"
                    continue
                given = [answer(sample) for sample in samples]
                times = _milliseconds(answer, samples)
            pairs = list(zip(given, expected, strict=True))
            other = f"{sum(a.digit != b.digit for a, b in pairs)} of {len(samples):,}"
            gap = max(float(np.abs(a.probabilities - b.probabilities).max()) for a, b in pairs)
            size = path.stat().st_size / 1e6
            yield f"{way.name:<22}{size:>6.2f}{times:>14.2f}{other:>21}{gap:>13.1e}"


def _samples(count: int) -> list[Sample]:
    rng = np.random.default_rng(2026)
    drawn = [
        digits.draw(i % 10, rng, SIDE, SIDE) if i % 3 else nondigits.draw(rng, SIDE, SIDE)
        for i in range(count)
    ]
    return [Sample(drawing, rasterise_drawing(drawing)) for drawing in drawn]


def _milliseconds(answer: Callable[[Sample], Answer], samples: Sequence[Sample]) -> float:
    times = []
    for sample in samples[:TIMED]:
        started = time.perf_counter()
        answered = answer(sample)
        elapsed = time.perf_counter() - started
        times.append(elapsed if answered.seconds is None else answered.seconds)
    return 1000 * statistics.median(times)


# --- networks, with all around them in Python -----------------------------------------------------


def _by_recognizer(recognizer: Recognizer) -> Callable[[Sample], Answer]:
    def answer(sample: Sample) -> Answer:
        (read,) = recognizer.recognize_normalised(normalise_ink(sample.ink)[None])
        return Answer(-1 if read.digit is None else read.digit, read.probabilities)

    return answer


class _Exported(Network):
    """A network that another program runs: images (N, 1, 28, 28) to logits (N, 10)."""

    def __init__(self, logits: Callable[[Tensor], Tensor]) -> None:
        super().__init__(nn.Identity())
        self._logits = logits

    def forward(self, images: Tensor) -> Tensor:
        return self._logits(images)


def _with_network(
    trained: Checkpoint, logits: Callable[[Tensor], Tensor]
) -> Callable[[Sample], Answer]:
    return _by_recognizer(Recognizer(replace(trained, network=_Exported(logits).eval())))


def _load_torch_export(path: Path, trained: Checkpoint, _: ExitStack) -> Callable[[Sample], Answer]:
    program = torch.export.load(str(path)).module()
    return _with_network(trained, lambda images: program(images.contiguous()))


def _load_keras(path: Path, trained: Checkpoint, _: ExitStack) -> Callable[[Sample], Answer]:
    import keras

    model: Any = keras.models.load_model(path)

    def logits(images: Tensor) -> Tensor:
        out: Tensor = model(images.permute(0, 2, 3, 1), training=False)
        return out.cpu()

    return _with_network(trained, logits)


# --- all of it elsewhere --------------------------------------------------------------------------


def onnx_session(path: Path) -> Any:
    """Open an ONNX model with ONNX Runtime, on one thread.

    Raises:
        DigitrecError: if the package onnxruntime is missing.
    """
    need("an ONNX model", "onnx", "onnxruntime")
    onnxruntime = import_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # errors alone
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _load_onnx(path: Path, trained: Checkpoint, _: ExitStack) -> Callable[[Sample], Answer]:
    session = onnx_session(path)

    def answer(sample: Sample) -> Answer:
        found: tuple[Any, Float32Array] = session.run(
            ["digit", "probabilities"], {"ink": sample.ink[None]}
        )
        return Answer(int(found[0][0]), found[1][0].astype(np.float64))

    return answer


def _load_page(path: Path, trained: Checkpoint, stack: ExitStack) -> Callable[[Sample], Answer]:
    if os.name != "posix":
        raise DigitrecError("Chromium is driven on Linux and macOS only")
    from digitrec.benchmarks.browser import CHROMIUM, Browser

    if CHROMIUM is None:
        raise DigitrecError("there is no Chromium: install it to measure the page")
    browser = Browser(path.parent / "profile")
    stack.callback(browser.close)
    browser.open(path)

    def answer(sample: Sample) -> Answer:
        strokes = [{"points": s.points.tolist(), "width": s.width} for s in sample.drawing.strokes]
        # As one digit, whatever the groups of its strokes are.
        script = (
            f"(s => {{ const ink = rasterise(s, {SIDE}, {SIDE}); const t = performance.now();"
            f" const p = page.recognizer.read(normaliseInk(ink, {SIDE}, {SIDE}));"
            " return [p.digit ?? -1, performance.now() - t, ...p.probabilities]; })"
        )
        digit, milliseconds, *found = browser.evaluate(f"{script}({json.dumps(strokes)})")
        return Answer(int(digit), np.array(found), milliseconds / 1000)

    return answer


WAYS = (
    Way("torch.export", ".pt2", write_torch_export, _load_torch_export),
    Way("ONNX, float32", ".onnx", write_onnx, _load_onnx),
    Way("ONNX, int8", ".int8.onnx", write_onnx_int8, _load_onnx),
    Way("Keras", ".keras", write_keras, _load_keras),
    Way("page in Chromium", ".html", write_html_page, _load_page),
)
