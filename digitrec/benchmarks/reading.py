"""Reading: one drawing, many at once, PNG files, and a process that reads one and ends.

What is compared takes turns, in one process or in processes of their own, and is timed by the
seconds that the processor worked for it, on one thread: another program's work counts little.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from digitrec.arrays import Uint8Array
from digitrec.benchmarks.exports import onnx_session
from digitrec.benchmarks.speed import drawings, predict_files
from digitrec.errors import DigitrecError
from digitrec.export_formats.onnx_model import write_onnx
from digitrec.imaging.normalise import normalise
from digitrec.recognition.read_files import PictureFile, recognize_files
from digitrec.recognition.recognizer import Recognizer
from digitrec.recognition.single_digits.digit_reader import BATCH, DigitReader

__all__ = ["measure"]

COUNT = 2 * BATCH  # drawings
REPEATS = 5
FLOAT32, NOW, ONNX = "float32 by PyTorch", "now", "onnxruntime"
# What a program does that has only onnxruntime, NumPy and Pillow.
WITH_ONNX = """
import sys
import numpy as np
import onnxruntime
from PIL import Image

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
print(session.run(["digit"], {"ink": 255 - np.asarray(Image.open(sys.argv[2]))[None]})[0][0])
"""

Read = Callable[[Sequence[Uint8Array]], object]


def measure(files: int = 5_000, count: int = COUNT, repeats: int = REPEATS) -> Iterator[str]:
    """Return the lines of the table.

    "float32 by PyTorch" is how all was read before: no bfloat16, no NumPy in place of PyTorch.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield from _table(Path(folder), list(drawings(count)), repeats)
    finally:
        torch.set_num_threads(threads)
    yield f"the command predict, its start included: {predict_files(files)}"


def _table(folder: Path, inks: Sequence[Uint8Array], repeats: int) -> Iterator[str]:
    yield f"{'':<36}" + "".join(f"{name:>20}" for name in (FLOAT32, NOW, ONNX)) + f"{'ratio':>8}"
    model: Path | None = folder / "digits.onnx"
    recognizer = Recognizer.load()
    ways = _ways(recognizer)
    try:
        write_onnx(folder / "digits.onnx", recognizer.checkpoint)
        ways[ONNX] = _by_onnx(folder / "digits.onnx")
    except DigitrecError as error:
        model = None
        yield f"{ONNX} is left out: {error}"
    one = {name: _alone(read, inks) for name, read in ways.items()}
    yield _row("one drawing, ms of one core", _turns(one, repeats), 1000 / len(inks))
    many = {name: _job(read, inks) for name, read in ways.items()}
    seconds = _turns(many, repeats)
    yield _row(f"of {len(inks)} drawings, ms of one core each", seconds, 1000 / len(inks))
    files = _picture_files(folder / "many", inks)
    opened = {name: _opening(read, files) for name, read in ways.items()}
    opened[NOW] = lambda: list(
        recognize_files(recognizer, (PictureFile(str(file)) for file in files))
    )
    yield _row(
        f"of {len(files)} PNG files, ms of one core each",
        _turns(opened, repeats),
        1000 / len(files),
    )
    _picture_files(folder / "one", inks[:1])
    starts = _starts(folder / "one", model)
    yield _row("one picture, start and end, seconds", _turns(starts, repeats), 1)


def _ways(recognizer: Recognizer) -> dict[str, Read]:
    reader = DigitReader(recognizer.checkpoint, torch.device("cpu"))

    def in_float32(inks: Sequence[Uint8Array]) -> object:
        return reader.read(np.stack([normalise(ink) for ink in inks]), exact=True)

    def now(inks: Sequence[Uint8Array]) -> object:
        return recognizer.recognize_normalised(np.stack([normalise(ink) for ink in inks]))

    return {FLOAT32: in_float32, NOW: now}


def _by_onnx(path: Path) -> Read:
    session: Any = onnx_session(path)
    return lambda inks: session.run(["digit", "probabilities"], {"ink": np.stack(inks)})


def _alone(read: Read, inks: Sequence[Uint8Array]) -> Callable[[], object]:
    return lambda: [read([ink]) for ink in inks]


def _job(read: Read, inks: Sequence[Uint8Array]) -> Callable[[], object]:
    return lambda: [read(inks[start : start + BATCH]) for start in range(0, len(inks), BATCH)]


def _picture_files(folder: Path, inks: Sequence[Uint8Array]) -> list[Path]:
    """Write drawings as PNG files, dark on white."""
    folder.mkdir()
    files = [folder / f"{number}.png" for number in range(len(inks))]
    for file, ink in zip(files, inks, strict=True):
        Image.fromarray(255 - ink).save(file)
    return files


def _opening(read: Read, files: Sequence[Path]) -> Callable[[], object]:
    """Return what a program does that reads files one batch after the other, with no thread.

    Unlike the command `predict`, it does not look again at what is not sure.
    """

    def job() -> object:
        return [
            read([255 - np.asarray(Image.open(file)) for file in files[start : start + BATCH]])
            for start in range(0, len(files), BATCH)
        ]

    return job


def _starts(folder: Path, model: Path | None) -> dict[str, Callable[[], object]]:
    """Return processes that read a picture and end."""
    # The file of a folder is read by PyTorch, and one that is named by NumPy.
    words = {FLOAT32: str(folder), NOW: str(folder / "0.png")}
    commands = {name: ["-m", "digitrec.predict", word] for name, word in words.items()}
    if model is not None:
        commands[ONNX] = ["-c", WITH_ONNX, str(model), str(folder / "0.png")]

    def start(command: list[str]) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, *command], check=True, capture_output=True)

    return {name: start(command) for name, command in commands.items()}


def _turns(jobs: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Return the median of the seconds of processor that each job takes; they take turns."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for repeat in range(repeats + 1):
        for name, job in jobs.items():
            started = _processor_seconds()
            job()
            if repeat:  # the first of each warms up
                times[name].append(_processor_seconds() - started)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def _processor_seconds() -> float:
    """Return the time that this process has worked, and those that it started and that ended."""
    spent = os.times()
    return time.process_time() + spent.children_user + spent.children_system


def _row(what: str, seconds: Mapping[str, float], factor: float) -> str:
    shown = [
        f"{factor * seconds[n]:>20.2f}" if n in seconds else f"{'':>20}"
        for n in (FLOAT32, NOW, ONNX)
    ]
    return f"{what:<36}" + "".join(shown) + f"{seconds[NOW] / seconds[FLOAT32]:>8.2f}"
