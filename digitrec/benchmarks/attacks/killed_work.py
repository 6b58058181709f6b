"""The work that is killed at random moments: small examples of each kind of a user's work.

Each continues in a folder in which a process was killed before, and fails if it finds something
there that it cannot rely on.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import importlib.util
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from digitrec.comparison.compare_runs import compare_runs
from digitrec.comparison.html_report.report import write_report
from digitrec.config.compose import compose
from digitrec.config.conversion import choice_from_dict
from digitrec.data.idx_files import IdxFile
from digitrec.data.mnist_download import download_mnist
from digitrec.data.synthetic.digits import draw
from digitrec.drawing import corrections
from digitrec.errors import PictureError
from digitrec.export_formats.html_page import write_html_page
from digitrec.export_formats.onnx_model import write_onnx
from digitrec.export_formats.torch_export import write_torch_export
from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint
from digitrec.recognition.answer_files.answer_file import AnswerFile
from digitrec.recognition.answer_files.finished import Finished
from digitrec.recognition.answer_files.formats import TEXT_FORMATS
from digitrec.recognition.read_files import PictureFile, read_files
from digitrec.recognition.recognizer import Recognizer
from digitrec.storage import hdf5
from digitrec.storage.resources import shipped_checkpoint
from digitrec.sweeps.jobs import Job
from digitrec.sweeps.sweep import sweep
from digitrec.training.adaptation.adapt_to_drawings import adapt_to_drawings
from digitrec.training.run import run
from digitrec.training.run_directory import RunDir

__all__ = ["CONTENT", "DOWNLOADED", "WORK", "mirror"]

SMALL = (
    "data=synthetic", "data.train=160", "data.test=10", "validation=40", "model=tiny", "epochs=3",
    "batch_size=16", "threads=1", "save_seconds=0",
)  # fmt: skip
PICTURES = 6
IMAGES = np.random.default_rng(0).integers(0, 256, (200, 28, 28), np.uint8)
CONTENT = bytes((0, 0, 8, 3)) + np.array(IMAGES.shape, ">i4").tobytes() + IMAGES.tobytes()
"""The content of the file that the server offers."""
ARCHIVE = gzip.compress(CONTENT, mtime=0)
DOWNLOADED = IdxFile("images", IMAGES.shape, hashlib.md5(CONTENT).hexdigest())
PACE = 0.01  # seconds between two pieces that the server sends


def _train(folder: Path) -> None:
    """Train, or continue; the weights must be those of a run that was never killed.

    Raises:
        RuntimeError: if they are not.
    """
    target, first = folder / "run", folder / ".first.h5"
    words: tuple[str, ...] = (*SMALL, f"run_dir={target}")
    if (target / "config.yaml").exists():
        if RunDir(target).has("result.json") and RunDir(target).is_finished():
            shutil.rmtree(target)
        else:
            words = (f"resume={target}",)
    run(compose(words))
    if not first.exists():
        shutil.copy(target / "model.h5", first)
    weights, expected = (hdf5.read(file).arrays for file in (target / "model.h5", first))
    if not all(np.array_equal(array, weights[name]) for name, array in expected.items()):
        raise RuntimeError("other weights than those of a run that nobody killed")


def _sweep(folder: Path) -> None:
    jobs = [Job(name=f"{seed}", config=compose([*SMALL, f"seed={seed}"])) for seed in (0, 1)]
    sweep([*jobs], {})
    shutil.rmtree(folder / "experiments")  # otherwise the next process has nothing left to do


def _export(folder: Path) -> None:
    trained = checkpoint.load(shipped_checkpoint())
    checkpoint.save(folder / "model.h5", trained, _digits())
    write_html_page(folder / "page.html", trained)
    write_torch_export(folder / "model.pt2", trained)
    if importlib.util.find_spec("onnx"):
        write_onnx(folder / "model.onnx", trained)


def _digits() -> torch.Tensor:
    return torch.from_numpy(IMAGES[:8, None]).float() / 255


def _adapt(folder: Path) -> None:
    """Fine-tune a small network, which has learnt nothing, on two drawings of each digit."""
    drawings, network = folder / "drawings.h5", folder / ".tiny.h5"
    if not network.exists():
        torch.manual_seed(0)
        tiny = choice_from_dict("model", {"name": "tiny"}).build().eval()
        checkpoint.save(network, Checkpoint("tiny", {}, tiny), _digits())
        rng = np.random.default_rng(0)
        for number in range(20):
            one = corrections.LabelledDrawing(draw(number % 10, rng), number % 10, number, 0.0)
            corrections.add_drawing(drawings, one)
    adapt_to_drawings(drawings, network, folder / "adapted.h5")


def _predict(folder: Path) -> None:
    """Read pictures into a file, or continue it; at the end it must have each answer once.

    Raises:
        RuntimeError: if it does not.
    """
    names = [str(folder / f".{number}.png") for number in range(PICTURES)]
    first, output = folder / ".first", folder / "answers.jsonl"
    if not first.exists():
        for name in names:
            Image.fromarray(IMAGES.reshape(400, 392)).save(name)
    answers = AnswerFile(TEXT_FORMATS["jsonl"](lines=True), output, resume=True)
    finished = Finished(answers.names(), answers.key, None, answers.several_rows)
    files = [PictureFile(name) for name in names if not finished.has(name)]
    for answer in read_files(Recognizer.load(), files, boxes=folder / "boxes"):
        answers.write(answer)
        for _, result in answer.pages:
            if isinstance(result, PictureError):
                raise result
    answers.finish()
    if not first.exists():
        shutil.copy(output, first)
    if output.read_bytes() != first.read_bytes():
        raise RuntimeError("other answers than those of a command that nobody killed")
    output.unlink()
    shutil.rmtree(folder / "boxes")


def _report(folder: Path) -> None:
    runs = folder / ".runs"
    if not (runs / "1" / "result.json").exists():
        shutil.rmtree(runs, ignore_errors=True)
        for seed in (0, 1):
            run(compose([*SMALL, f"seed={seed}", f"run_dir={runs / str(seed)}"]))
    write_report(folder / "report.html", compare_runs([runs / "0", runs / "1"]))


def _download(folder: Path) -> None:
    address = (folder / ".address").read_text()
    (folder / DOWNLOADED.name).unlink(missing_ok=True)
    archive = [(f"{DOWNLOADED.name}.gz", hashlib.md5(ARCHIVE).hexdigest())]
    download_mnist(folder, [DOWNLOADED], [address], archive)


class _Mirror(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Send the archive, piece by piece."""
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            for start in range(0, len(ARCHIVE), 2**12):
                self.wfile.write(ARCHIVE[start : start + 2**12])
                time.sleep(PACE)

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""


@contextlib.contextmanager
def mirror() -> Iterator[str]:
    """Serve what is downloaded, and yield the address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Mirror) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


WORK: dict[str, Callable[[Path], object]] = {
    "training": _train,
    "sweeping": _sweep,
    "exporting": _export,
    "adapting": _adapt,
    "predicting": _predict,
    "reporting": _report,
    "downloading": _download,
}
"""What is killed, by what it does."""
