"""Kill processes at random moments, and check that each file is complete, either old or new."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import yaml

from digitrec.benchmarks.attacks.killed_work import CONTENT, DOWNLOADED, WORK, mirror
from digitrec.benchmarks.attacks.processes import attacked_processes
from digitrec.benchmarks.attacks.tallies import Tallies, understand
from digitrec.errors import DigitrecError
from digitrec.imaging.files.picture_files import open_picture
from digitrec.storage import hdf5
from digitrec.training.run_directory import RunDir

__all__ = ["kill_all"]

KILLS = 200
SEED = 0  # what the moments of the kills follow from
PARTIAL = ".*.part"  # the names of files, and of run directories, that are being written
LOOK = 0.002  # seconds between two looks for a file that is being written
WRITING = 0.003  # such a file is seen at most this many seconds before the kill
START = 600.0  # seconds in which a process must begin with its work, on a busy machine
MISSES = 2  # after this many processes in which no such file was seen, none is waited for
ENOUGH = 20  # processes started for each kill, at most: if it takes more, the work ends too soon


@dataclass
class Kills:
    """The outcome of killing one kind of work.

    Attributes:
        killed: How often it was killed.
        writing: How often it was killed while a file was being written.
        files: How many files were checked; all are checked again after each kill.
        faults: What was wrong.
    """

    killed: int = 0
    writing: int = 0
    files: int = 0
    faults: list[str] = field(default_factory=list)


def kill_all(words: Sequence[str] = ()) -> Iterator[str]:
    """Kill each kind of work at random moments; yield a line for each.

    Args:
        words: ``count=N``, how many kills in all, shared out among the kinds of work; ``of=KIND``,
            some of them; ``file=PATH``, which keeps what is done, so that the command goes on.

    Raises:
        DigitrecError: at the end, if a file was half written.
    """
    asked = understand("kills", words, WORK, count=KILLS)
    each = -(-asked.numbers["count"] // len(WORK))
    tallies = Tallies(asked.file, Kills)
    total = Kills()
    for name in asked.of:
        if name == "adapting" and not os.environ.get("DIGITREC_DATA"):
            yield f"{name:<12} left out: it needs MNIST; name it with DIGITREC_DATA"
            continue
        for found in kill(WORK[name], each, random.Random(f"{SEED} {name}"), tallies.of(name)):
            tallies.keep(name, found)
        yield f"{name:<12} {_shown(found)}"
        yield from (f"    {fault}" for fault in found.faults[:5])
        total.killed += found.killed
        total.writing += found.writing
        total.files += found.files
        total.faults += found.faults
    yield f"{'in all':<12} {_shown(total)}"
    if total.faults:
        raise DigitrecError(f"{len(total.faults)} faults after kills; the lines above name them")


def _shown(found: Kills) -> str:
    return (
        f"{found.killed:>4} kills, {found.writing:>3} of them while a file was written; "
        f"{found.files:>5} files found, {len(found.faults)} faults"
    )


def kill(
    work: Callable[[Path], object], count: int, moments: random.Random, found: Kills | None = None
) -> Iterator[Kills]:
    """Kill one kind of work; yield the outcome so far after each kill.

    The work is completed once before the first kill, which shows how long it takes, and once after
    the last. Each process continues in the folder in which the one before was killed. If the work
    writes temporary files, every other kill is delayed until one is being written.

    Args:
        work: Is given its folder.
        count: How many kills there are to be, those of ``found`` among them.
        moments: Gives the moments.
        found: The outcome of earlier kills.
    """
    found = found or Kills()
    yield found
    if found.killed >= count or found.faults:
        return
    with tempfile.TemporaryDirectory() as place, mirror() as address:
        folder = Path(place)
        (folder / ".address").write_text(address)
        for _ in range(2):  # the first also makes what the work needs
            process = _begin(work, folder)
            begun = time.monotonic()
            process.join()
            if process.exitcode:
                found.faults.append(f"the work ended by {process.exitcode} without being killed")
                yield found
                return
        duration, misses = time.monotonic() - begun, 0
        for attempt in range(ENOUGH * (count - found.killed)):
            left = set(folder.rglob(PARTIAL))  # by those that were killed
            process = _begin(work, folder)
            process.join(moments.uniform(0, duration))
            writing = False
            if attempt % 2 and misses < MISSES:
                writing = _wait_for_writing(process, folder, left)
                misses = 0 if writing else misses + 1
            time.sleep(moments.uniform(0, WRITING) if writing else 0)
            process.kill()
            process.join()
            if process.exitcode not in (0, -signal.SIGKILL):
                found.faults.append(
                    f"after {found.killed} kills the work ends by {process.exitcode}"
                )
                break
            found.killed += process.exitcode != 0
            found.writing += writing and process.exitcode != 0
            _look(folder, found)
            yield found
            if found.killed >= count:
                break
        process = _begin(work, folder)
        process.join()
        if process.exitcode:
            found.faults.append(f"after all kills the work ends by {process.exitcode}")
        elif found.killed < count:
            found.faults.append("the work ends too soon to be killed")
        yield found


def _begin(work: Callable[[Path], object], folder: Path) -> BaseProcess:
    """Start the work in a process, and return when it has begun: Python's own start is over."""
    here, there = multiprocessing.Pipe(duplex=False)
    process: BaseProcess = attacked_processes().Process(target=_do, args=(work, folder, there))
    process.start()
    there.close()
    with here:
        if not here.poll(START):
            process.kill()
            raise DigitrecError(f"the work does not begin within {START:.0f} s")
        with contextlib.suppress(EOFError):  # it has failed already, as its exit code says
            here.recv()
    return process


def _do(work: Callable[[Path], object], folder: Path, ready: Connection) -> None:
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):  # noqa: PTH123
        sys.stderr = nowhere
        os.chdir(folder)
        ready.send("ready")
        work(folder)


def _wait_for_writing(process: BaseProcess, folder: Path, left: set[Path]) -> bool:
    """Wait until there is a new temporary file in the folder or below; tell whether there is."""
    while process.exitcode is None:
        with contextlib.suppress(OSError):  # of folders that are removed meanwhile
            if not left.issuperset(folder.rglob(PARTIAL)):
                return True
        time.sleep(LOOK)
    return False


def _look(folder: Path, found: Kills) -> None:
    """Check each file except hidden ones, such as temporary files."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not any(
            part.startswith(".") for part in file.relative_to(folder).parts
        ):
            found.files += 1
            if fault := _fault(file):
                found.faults.append(f"{file.relative_to(folder)}: {fault}")


def _fault(file: Path) -> str | None:
    """Return what is wrong with a file; None where it is whole."""
    readers: dict[str, Callable[[Path], object]] = {
        ".h5": hdf5.read,
        ".json": lambda file: json.loads(file.read_text()),
        # Rows are written one after the other: what a kill leaves of the last is read anew.
        ".jsonl": lambda file: [json.loads(row) for row in file.read_text().split("\n")[:-1]],
        ".yaml": lambda file: yaml.safe_load(file.read_text()),
        ".csv": lambda file: RunDir(file.parent).metrics(),
        ".png": lambda file: open_picture(file, file.name),
        ".pt2": lambda file: zipfile.ZipFile(file).testzip(),
        ".onnx": _check_onnx,
    }
    try:
        if file.suffix in readers:
            readers[file.suffix](file)
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:200]
    if file.suffix == ".html" and not file.read_text().rstrip().endswith("</html>"):
        return "its end is missing"
    if file.name == DOWNLOADED.name and file.read_bytes() != CONTENT:
        return "it is another file than that of the server"
    return None


def _check_onnx(file: Path) -> None:
    if importlib.util.find_spec("onnx"):
        import onnx

        onnx.checker.check_model(file)
