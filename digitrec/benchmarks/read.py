"""Reading: one drawing, many at once, PNG files, and a process that reads one and ends.

What is compared takes turns, in one process or in separate processes, on one thread. Processor time
is measured, so that the work of other programs counts little.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import numpy as np
from PIL import Image

from digitrec.arrays import Uint8Array
from digitrec.benchmarks.export import onnx_session
from digitrec.benchmarks.synthetic import drawn_digits
from digitrec.benchmarks.timing import in_turns, one_thread, processor_seconds
from digitrec.errors import DigitrecError
from digitrec.export_formats.onnx_model import write_onnx
from digitrec.imaging import ink_network
from digitrec.recognition.read_files import PictureFile, recognize_files
from digitrec.recognition.recognizer import Recognizer
from digitrec.recognition.single_digits.digit_reader import BATCH
from digitrec.recognition.single_digits.torch_digit_engines import digit_engine_by_pytorch
from digitrec.storage.temporary_folder import temporary_folder

__all__ = ["measure"]

COUNT = 2 * BATCH  # drawings
FILES = 1_000  # that the command predict reads
REPEATS = 5
FLOAT32, NOW, ONNX = "float32 by PyTorch", "now", "onnxruntime"
# The command predict in float32 by PyTorch: no other engine, and no digits in int8 or bfloat16.
PREDICT_IN_FLOAT32 = """
from functools import cache
from digitrec import predict
from digitrec.imaging import ink_network
from digitrec.recognition import torch_free_recognizer, recognizer
from digitrec.recognition.single_digits.torch_digit_engines import digit_engine_by_pytorch

ink_network.shipped_network = cache(ink_network.by_pytorch)
recognizer.fastest_digit_engine = digit_engine_by_pytorch
torch_free_recognizer.TorchFreeRecognizer.load = lambda *_, **__: None
predict.main()
"""
# A program that needs only onnxruntime, NumPy and Pillow. It reads one picture, or those of a
# folder, which all have one size.
WITH_ONNX = """
import os
import sys
from pathlib import Path
import numpy as np
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime
from PIL import Image

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.log_severity_level = 3  # errors alone
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
place = Path(sys.argv[2])
files = sorted(place.iterdir()) if place.is_dir() else [place]
for start in range(0, len(files), 128):
    inks = [255 - np.asarray(Image.open(file)) for file in files[start : start + 128]]
    print(session.run(["digit"], {"ink": np.stack(inks)})[0])
"""

Job = Callable[[], object]
_Item = TypeVar("_Item")


def measure(files: int = FILES, count: int = COUNT, repeats: int = REPEATS) -> Iterator[str]:
    """Return the lines of the table.

    "float32 by PyTorch" leaves out what makes reading faster: int8 and bfloat16 for digits, NumPy
    in place of PyTorch, and ONNX Runtime. "now" is how digitrec reads. "onnxruntime" is a
    network exported with `digitrec export --onnx`, which does not look again at a picture that is
    not sure.
    """
    with one_thread(), temporary_folder() as folder:
        yield from _table(folder, list(drawn_digits(count)), files, repeats)


def _table(folder: Path, inks: Sequence[Uint8Array], files: int, repeats: int) -> Iterator[str]:
    yield f"{'':<40}" + "".join(f"{name:>20}" for name in (FLOAT32, NOW, ONNX)) + f"{'ratio':>8}"
    now = Recognizer.load()
    engine = digit_engine_by_pytorch(now.checkpoint, now.device)
    float32 = Recognizer(now.checkpoint, engine=engine)
    model = folder / "digits.onnx"
    session = None
    try:
        write_onnx(model, now.checkpoint)
        session = onnx_session(model)
    except DigitrecError as error:
        yield f"{ONNX} is left out: {error}"
    compared = _Compared(float32, now, model, session, repeats)
    yield from _rows_of_this_process(compared, inks, folder)
    yield from _rows_of_other_processes(compared, inks, folder, files)


@dataclass(frozen=True, eq=False)
class _Compared:
    """What is timed in a row.

    Attributes:
        float32: Reads in float32 by PyTorch.
        now: Reads as digitrec does.
        model: The exported network.
        session: Of onnxruntime, with that network; None leaves onnxruntime out.
        repeats: How often each is timed.
    """

    float32: Recognizer
    now: Recognizer
    model: Path
    session: Any
    repeats: int

    def row(self, what: str, jobs: Mapping[str, Job], onnx: Job, factor: float) -> str:
        """Time jobs and return their row; ``factor`` turns seconds into what it shows."""
        all_jobs = {**jobs, ONNX: onnx} if self.session else jobs
        times = in_turns(all_jobs, self.repeats, processor_seconds)
        return _row(what, {name: statistics.median(of) for name, of in times.items()}, factor)

    def readers(self, job: Callable[[Recognizer], object]) -> dict[str, Job]:
        """Return a job for each recognizer."""
        return {FLOAT32: _ink_by_pytorch(partial(job, self.float32)), NOW: partial(job, self.now)}

    def with_onnx(self, inks: Sequence[Uint8Array]) -> object:
        """Read drawings of one size with onnxruntime."""
        return self.session.run(["digit", "probabilities"], {"ink": np.stack(inks)})


def _rows_of_this_process(
    compared: _Compared, inks: Sequence[Uint8Array], folder: Path
) -> Iterator[str]:
    each = 1000 / len(inks)
    yield compared.row(
        "one drawing, ms of one core",
        compared.readers(lambda reader: [reader.recognize(ink) for ink in inks]),
        lambda: [compared.with_onnx([ink]) for ink in inks],
        each,
    )
    yield compared.row(
        f"of {len(inks)} drawings, ms of one core each",
        compared.readers(lambda reader: reader.recognize_batch(inks)),
        lambda: [compared.with_onnx(some) for some in _batches(inks)],
        each,
    )
    pictures = _picture_files(folder / "some", inks, len(inks))
    yield compared.row(
        f"of {len(pictures)} PNG files, ms of one core each",
        compared.readers(lambda reader: _read_files(reader, pictures)),
        lambda: [
            compared.with_onnx([255 - np.asarray(Image.open(file)) for file in some])
            for some in _batches(pictures)
        ],
        each,
    )


def _rows_of_other_processes(
    compared: _Compared, inks: Sequence[Uint8Array], folder: Path, files: int
) -> Iterator[str]:
    _picture_files(folder / "many", inks, files)
    yield compared.row(
        f"predict, of {files} PNG files, ms each",
        {
            FLOAT32: _process("-c", PREDICT_IN_FLOAT32, folder / "many", "--json"),
            NOW: _process("-m", "digitrec.predict", folder / "many", "--json"),
        },
        _process("-c", WITH_ONNX, compared.model, folder / "many"),
        1000 / files,
    )
    (one,) = _picture_files(folder / "one", inks, 1)
    yield compared.row(
        "one picture, start and end, seconds",
        {
            FLOAT32: _process("-c", PREDICT_IN_FLOAT32, one),
            NOW: _process("-m", "digitrec.predict", one),
        },
        _process("-c", WITH_ONNX, compared.model, one),
        1,
    )


def _batches(items: Sequence[_Item]) -> list[Sequence[_Item]]:
    return [items[at : at + BATCH] for at in range(0, len(items), BATCH)]


def _read_files(recognizer: Recognizer, files: Sequence[Path]) -> object:
    return list(recognize_files(recognizer, (PictureFile(str(file)) for file in files)))


def _ink_by_pytorch(job: Job) -> Job:
    """Return a job for which PyTorch computes the network for ink."""
    network = ink_network.by_pytorch()

    def run() -> None:
        with mock.patch.object(ink_network, "shipped_network", return_value=network):
            job()

    return run


def _process(*words: str | Path) -> Job:
    """Return a run of Python with these words, to its end."""
    command = [sys.executable, *map(str, words)]
    return lambda: subprocess.run(command, check=True, capture_output=True)


def _picture_files(folder: Path, inks: Sequence[Uint8Array], count: int) -> list[Path]:
    """Write ``count`` drawings as PNG files, dark on white."""
    folder.mkdir()
    files = [folder / f"{number:05}.png" for number in range(count)]
    for number, file in enumerate(files):
        Image.fromarray(255 - inks[number % len(inks)]).save(file)
    return files


def _row(what: str, seconds: Mapping[str, float], factor: float) -> str:
    shown = [
        f"{factor * seconds[n]:>20.2f}" if n in seconds else f"{'':>20}"
        for n in (FLOAT32, NOW, ONNX)
    ]
    return f"{what:<40}" + "".join(shown) + f"{seconds[NOW] / seconds[FLOAT32]:>8.2f}"
