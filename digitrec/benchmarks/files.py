"""Reading many files with the command predict: speed, memory, a kill, and Ray beside it."""

from __future__ import annotations

import importlib.util
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from PIL import Image

from digitrec.data.synthetic.digits import generate
from digitrec.errors import DigitrecError
from digitrec.storage.temporary_folder import temporary_folder

__all__ = ["measure_files"]

SIZES = (1_000, 10_000, 100_000, 1_000_000)
IN_A_FOLDER = 1_000
DISTINCT = 2_000  # different pictures; the files repeat them
BESIDE_RAY = 10_000  # files at most, for the reading that is killed and resumed, and for Ray


def measure_files(count: int, checkpoint: Path | None) -> Iterator[str]:
    """Make PNG files and read them, each time in a process of its own.

    Args:
        count: How many files are made.
        checkpoint: The network; None for the one that ships.

    Yields:
        The lines of a table.

    Raises:
        DigitrecError: if the system does not say how much memory a process took, or one fails.
    """
    if not hasattr(os, "wait4"):
        raise DigitrecError(
            "bench files needs Linux or macOS, which say what memory a process took"
        )
    words = ["--device", "cpu", *(["--checkpoint", str(checkpoint)] if checkpoint else [])]
    with temporary_folder() as folder:
        started = time.perf_counter()
        names = _make(folder / "pictures", count)
        yield f"{count:,} PNG files of 28×28 made in {time.perf_counter() - started:.0f} s"
        for size in [*(size for size in SIZES if size < count), count]:
            list_ = _list(folder / f"{size}.txt", names[:size])
            seconds, memory = _read(list_, folder / f"{size}.jsonl", words)
            yield (
                f"{size:>9,} files: {seconds:7.1f} s, {size / seconds:7,.0f} a second, "
                f"peak memory {memory / 1e6:,.0f} MB"
            )
        yield from _kill(folder, names[:BESIDE_RAY], words)
        yield from _beside_ray(folder, names[:BESIDE_RAY], words)


def _make(folder: Path, count: int) -> list[str]:
    """Write small pictures of digits, black on white, and return their names."""
    images, _ = generate(min(count, DISTINCT), seed=0)
    contents = []
    for image in images:
        content = io.BytesIO()
        Image.fromarray(255 - image).save(content, "PNG")
        contents.append(content.getvalue())
    names = []
    for number in range(count):
        path = folder / f"{number // IN_A_FOLDER:04}" / f"{number:07}.png"
        if number % IN_A_FOLDER == 0:
            path.parent.mkdir(parents=True)
        path.write_bytes(contents[number % len(contents)])
        names.append(str(path))
    return names


def _list(file: Path, names: Sequence[str]) -> Path:
    file.write_text("".join(f"{name}\n" for name in names))
    return file


def _command(list_: Path, output: Path, words: Sequence[str]) -> list[str]:
    start = [sys.executable, "-m", "digitrec.predict", "--files", str(list_)]
    return [*start, "--output", str(output), *words]


def _read(list_: Path, output: Path, words: Sequence[str]) -> tuple[float, float]:
    """Read the files of a list; return the seconds that it took, start included, and bytes."""
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        process = subprocess.Popen(_command(list_, output, words), stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            last = (["nothing", *filter(str.strip, said)])[-1].strip()
            raise DigitrecError(
                f"digitrec predict ended with exit code {process.returncode} and said {last}"
            )
    # macOS counts bytes, Linux kilobytes.
    memory = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return time.perf_counter() - started, memory


def _kill(folder: Path, names: Sequence[str], words: Sequence[str]) -> Iterator[str]:
    """Kill a process in the middle, and go on."""
    list_, whole = _list(folder / "some.txt", names), folder / "whole.jsonl"
    _read(list_, whole, words)
    cut = folder / "cut.jsonl"
    process = subprocess.Popen(_command(list_, cut, words), stderr=subprocess.DEVNULL)
    while process.poll() is None and not (
        cut.exists() and cut.stat().st_size > whole.stat().st_size / 3
    ):
        time.sleep(0.01)
    process.kill()
    process.wait()
    with cut.open() as file:
        done = sum(1 for _ in islice(file, len(names)))
    seconds, _ = _read(list_, cut, [*words, "--resume"])
    same = "the same bytes" if cut.read_bytes() == whole.read_bytes() else "OTHER BYTES"
    yield f"killed after {done:,} of {len(names):,}, then --resume in {seconds:.1f} s: {same}"


def _beside_ray(folder: Path, names: Sequence[str], words: Sequence[str]) -> Iterator[str]:
    """Read the same files with Ray on this machine."""
    if importlib.util.find_spec("ray") is None:
        yield "Ray is not installed: pip install 'digitrec[ray]'"
        return
    list_, whole, other = folder / "some.txt", folder / "whole.jsonl", folder / "ray.jsonl"
    (folder / "again.jsonl").unlink(missing_ok=True)
    local, _ = _read(list_, folder / "again.jsonl", words)
    seconds, _ = _read(list_, other, [*words, "--engine", "ray"])
    same = "the same bytes" if other.read_bytes() == whole.read_bytes() else "OTHER BYTES"
    yield (
        f"{len(names):,} files: {local:.1f} s here, {seconds:.1f} s with Ray on this machine, "
        f"their starts included: {same}"
    )
