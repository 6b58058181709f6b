"""Processes killed at random moments: what stands in their folders is whole, the old or the new."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import torch
import yaml
from PIL import Image

from digitrec.comparison.compare_runs import compare_runs
from digitrec.comparison.html_report.report import write_report
from digitrec.config.compose import compose
from digitrec.data.idx_files import IdxFile
from digitrec.data.mnist_download import download_mnist
from digitrec.data.synthetic.digits import draw
from digitrec.drawing import corrections
from digitrec.errors import DigitrecError, PictureError
from digitrec.export_formats.html_page import write_page
from digitrec.imaging.picture_files import open_picture
from digitrec.models import checkpoint
from digitrec.recognition.read_files import PictureFile, read_files
from digitrec.recognition.recognizer import Recognizer
from digitrec.storage import hdf5
from digitrec.storage.resources import shipped_checkpoint
from digitrec.sweeps.jobs import Job
from digitrec.sweeps.parallel import process_context
from digitrec.sweeps.sweep import sweep
from digitrec.training.adaptation.adapt_to_drawings import adapt_to_drawings
from digitrec.training.run import run
from digitrec.training.run_directory import RunDir

__all__ = ["kill_all"]

SMALL = (
    "data=synthetic", "data.train=320", "data.test=40", "validation=40", "model=tiny", "epochs=3",
    "batch_size=16", "threads=1", "save_seconds=0",
)  # fmt: skip
IMAGES = np.random.default_rng(0).integers(0, 256, (200, 28, 28), np.uint8)
CONTENT = bytes((0, 0, 8, 3)) + np.array(IMAGES.shape, ">i4").tobytes() + IMAGES.tobytes()
ARCHIVE = gzip.compress(CONTENT, mtime=0)
FILE = IdxFile("images", IMAGES.shape, hashlib.md5(CONTENT).hexdigest())
PACE = 0.01  # seconds between two pieces that the server sends


def kill_all(count: int, seed: int = 0) -> Iterator[str]:
    """Kill each kind of work at random moments; yield a line for each.

    Args:
        count: how many kills in all, shared out among the kinds of work.
        seed: what the moments follow from.

    Raises:
        DigitrecError: at the end, if a file was half written.
    """
    failed = 0
    each = -(-count // len(WORK))
    for name, work in WORK.items():
        if name == "adapting" and not os.environ.get("DIGITREC_DATA"):
            yield f"{name:<12} left out: it needs MNIST; name it with DIGITREC_DATA"
            continue
        kills, files, faults = kill(work, each, random.Random(f"{seed} {name}"))
        failed += len(faults)
        yield f"{name:<12} {kills:>4} kills, {files:>5} files found, {len(faults)} not whole"
        yield from (f"    {fault}" for fault in faults[:5])
    if failed:
        raise DigitrecError(f"{failed} files were not whole; the lines above name them")


def kill(
    work: Callable[[Path], object], count: int, moments: random.Random
) -> tuple[int, int, list[str]]:
    """Kill one kind of work; return how often, how many files were looked at, and what was wrong.

    The work is done once to its end, which tells how long it takes. Each process after that goes on
    in the same folder, where the one before was killed.
    """
    kills, files, faults = 0, 0, []
    context = process_context()
    with tempfile.TemporaryDirectory() as place, _server() as address:
        folder = Path(place)
        (folder / ".address").write_text(address)
        begun = time.monotonic()
        process = context.Process(target=_do, args=(work, folder))
        process.start()
        process.join()
        duration = time.monotonic() - begun
        if process.exitcode:
            return 0, 0, [f"the work ended by {process.exitcode} without being killed"]
        while kills < count:
            process = context.Process(target=_do, args=(work, folder))
            process.start()
            process.join(moments.uniform(0, duration))
            process.kill()
            process.join()
            if process.exitcode not in (0, -signal.SIGKILL):
                faults.append(f"after {kills} kills the work ends by {process.exitcode}")
                break
            kills += process.exitcode != 0
            for file in sorted(folder.rglob("*")):
                if file.is_file() and not file.name.startswith("."):
                    files += 1
                    if fault := _fault(file):
                        faults.append(f"{file.relative_to(folder)}: {fault}")
    return kills, files, faults


def _do(work: Callable[[Path], object], folder: Path) -> None:
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):  # noqa: PTH123
        sys.stderr = nowhere
        os.chdir(folder)
        work(folder)


def _fault(file: Path) -> str | None:
    """Return what is wrong with a file; None where it is whole."""
    readers: dict[str, Callable[[], object]] = {
        ".h5": lambda: hdf5.read(file),
        ".json": lambda: json.loads(file.read_text()),
        ".yaml": lambda: yaml.safe_load(file.read_text()),
        ".csv": lambda: RunDir(file.parent).metrics(),
        ".png": lambda: open_picture(file, file.name),
    }
    try:
        if file.suffix in readers:
            readers[file.suffix]()
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:200]
    if file.suffix == ".html" and not file.read_text().rstrip().endswith("</html>"):
        return "its end is missing"
    if file.name == FILE.name and file.read_bytes() != CONTENT:
        return "it is another file than that of the server"
    return None


# --- what is killed ----------------------------------------------------------------------------


def _train(folder: Path) -> None:
    target = folder / "run"
    words: tuple[str, ...] = (*SMALL, f"run_dir={target}")
    if (target / "config.yaml").exists():
        if RunDir(target).has("result.json") and RunDir(target).is_finished():
            shutil.rmtree(target)
        else:
            words = (f"resume={target}",)
    run(compose(words))


def _sweep(folder: Path) -> None:
    jobs = [Job(name=f"{seed}", config=compose([*SMALL, f"seed={seed}"])) for seed in (0, 1)]
    sweep([*jobs], {})
    shutil.rmtree(folder / "experiments")  # else nothing is left to do for the next


def _export(folder: Path) -> None:
    trained = checkpoint.load(shipped_checkpoint())
    checkpoint.save(folder / "model.h5", trained, _digits())
    write_page(folder / "page.html", trained)


def _digits() -> torch.Tensor:
    return torch.from_numpy(IMAGES[:8, None]).float() / 255


def _adapt(folder: Path) -> None:
    drawings = folder / "drawings.h5"
    if not drawings.exists():
        rng = np.random.default_rng(0)
        for number in range(10):
            one = corrections.LabelledDrawing(draw(number, rng), number, number, 0.0)
            corrections.add_drawing(drawings, one)
    adapt_to_drawings(drawings, None, folder / "adapted.h5")


def _predict(folder: Path) -> None:
    picture = folder / ".picture.png"
    if not picture.exists():
        Image.fromarray(IMAGES.reshape(400, 392)).save(picture)
    shutil.rmtree(folder / "boxes", ignore_errors=True)
    files = [PictureFile(str(picture))] * 3
    for answer in read_files(Recognizer.load(), files, boxes=folder / "boxes"):
        for _, result in answer.pages:
            if isinstance(result, PictureError):
                raise result


def _report(folder: Path) -> None:
    runs = folder / ".runs"
    if not (runs / "1" / "result.json").exists():
        shutil.rmtree(runs, ignore_errors=True)
        for seed in (0, 1):
            run(compose([*SMALL, f"seed={seed}", f"run_dir={runs / str(seed)}"]))
    write_report(folder / "report.html", compare_runs([runs / "0", runs / "1"]))


def _download(folder: Path) -> None:
    address = (folder / ".address").read_text()
    (folder / FILE.name).unlink(missing_ok=True)
    archive = [(f"{FILE.name}.gz", hashlib.md5(ARCHIVE).hexdigest())]
    download_mnist(folder, [FILE], [address], archive)


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
def _server() -> Iterator[str]:
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
