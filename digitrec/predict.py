"""Read digits from pictures: python -m digitrec.predict IMAGE…"""

from __future__ import annotations

import argparse
import csv
import glob
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitrec.errors import DigitrecError, run_command

if TYPE_CHECKING:
    from digitrec.recognition.results import Page, Prediction

__all__ = ["find_pictures", "main"]

SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm", ".pbm"}
)
STDIN = "-"
CHUNK = 1024  # pictures through the network at once
OPENERS = 2  # threads that decode pictures: Pillow lets others run meanwhile

Named = tuple[str, "Prediction"]
NamedPage = tuple[str, "Page"]


def main(program: str = "python -m digitrec.predict") -> int:
    """Run the command; 1 where some pictures could not be read and others were, 2 where none."""
    arguments = _arguments(program)
    names = [name for word in arguments.images for name in find_pictures(word)]
    answers, failures = _read(names, arguments.checkpoint, arguments.device, arguments.lines)
    writers = LINES_WRITERS if arguments.lines else WRITERS
    writers[arguments.format](answers)
    if failures:
        return 1 if answers else 2
    return 0


def find_pictures(word: str) -> list[str]:
    """Return the files that a word names: one, the pictures in a folder, those a pattern matches.

    A word that names nothing comes back as it is, to be reported when it is opened.
    """
    if word == STDIN:
        return [word]
    if os.path.isdir(word):  # noqa: PTH112 (Path's raises for a word too long to be a name)
        below = (path for path in Path(word).rglob("*") if path.suffix.lower() in SUFFIXES)
        return sorted((str(path) for path in below if not path.is_dir()), key=_as_counted) or [word]
    if os.path.lexists(word):
        return [word]
    matches = sorted(glob.glob(word, recursive=True), key=_as_counted)  # noqa: PTH207
    return [name for match in matches for name in find_pictures(match)] or [word]


def _as_counted(name: str) -> list[tuple[int, str]]:
    """Sort key that puts 2.png before 10.png."""
    parts = re.split("([0-9]+)", name)
    return [(int(part), "") if i % 2 else (-1, part) for i, part in enumerate(parts)]


def _arguments(program: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=program,
        description="Read pictures of digits. Exit code 1: some could not be read.",
    )
    parser.add_argument(
        "images", nargs="+", metavar="IMAGE", help="file, folder, pattern, or - for standard input"
    )
    parser.add_argument(
        "--lines", action="store_true", help="read numbers and pages; else each shows one digit"
    )
    parser.add_argument(
        "--checkpoint", type=Path, metavar="FILE", help="weights; those that ship by default"
    )
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda", "mps"))
    style = parser.add_mutually_exclusive_group()
    for name in ("json", "csv"):
        style.add_argument(
            f"--{name}", dest="format", action="store_const", const=name, default="text"
        )
    return parser.parse_args()


def _read(
    names: Sequence[str], checkpoint: Path | None, device: str, lines: bool
) -> tuple[list[tuple[str, Any]], list[DigitrecError]]:
    """Read all pictures, saying on stderr at once which cannot be.

    Gives the name of each with its `Page` where ``lines`` are wanted, else its `Prediction`.
    """
    import numpy as np

    from digitrec.imaging.normalise import normalise
    from digitrec.imaging.picture_files import open_picture
    from digitrec.models.device import pick_device
    from digitrec.recognition.recognizer import Recognizer

    recognizer = Recognizer.load(checkpoint, pick_device(device))
    stdin = sys.stdin.buffer.read() if STDIN in names else b""
    answers: list[tuple[str, Any]] = []
    failures: list[DigitrecError] = []

    def prepare(name: str) -> Any:
        source, shown = (stdin, "standard input") if name == STDIN else (Path(name), name)
        try:
            picture = open_picture(source, shown)
            return recognizer.read(picture) if lines else normalise(picture)
        except DigitrecError as error:
            return error

    with ThreadPoolExecutor(OPENERS) as pool:
        for start in range(0, len(names), CHUNK):
            chunk = names[start : start + CHUNK]
            readable, ready = [], []
            for name, prepared in zip(chunk, pool.map(prepare, chunk), strict=True):
                if isinstance(prepared, DigitrecError):
                    failures.append(prepared)
                    print(f"error: {prepared}", file=sys.stderr)
                else:
                    readable.append(name)
                    ready.append(prepared)
            if ready and not lines:
                ready = recognizer.recognize_normalised(np.stack(ready))
            answers += zip(readable, ready, strict=True)
    return answers, failures


def _write_text(predictions: Sequence[Named]) -> None:
    for name, prediction in predictions:
        digit, confidence = prediction.text or "-", f"{prediction.confidence:7.2%}"
        reason = f"  ({prediction.reason})" if prediction.reason else ""
        print(f"{digit}  {confidence}  {name}{reason}")


def _write_json(predictions: Sequence[Named]) -> None:
    print(json.dumps([{"file": name, **_fields(p)} for name, p in predictions], indent=1))


def _fields(prediction: Prediction) -> dict[str, Any]:
    return {
        "digit": prediction.digit,
        "confidence": round(prediction.confidence, 6),
        "probabilities": [round(float(p), 6) for p in prediction.probabilities],
        "text": prediction.text,
        "reason": prediction.reason,
    }


def _write_csv(predictions: Sequence[Named]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["file", "digit", "confidence", *(f"p{digit}" for digit in range(10)), "text"])
    for name, p in predictions:
        probabilities = [f"{value:.6f}" for value in p.probabilities]
        writer.writerow([name, p.text, f"{p.confidence:.6f}", *probabilities, p.text])


def _write_lines_text(readings: Sequence[NamedPage]) -> None:
    for name, reading in readings:
        for text in reading.text.split("\n"):
            print(f"{text or '-'}  {name}{'' if text else '  (nothing is drawn)'}")


def _write_lines_json(readings: Sequence[NamedPage]) -> None:
    rows = [
        {
            "file": name,
            "text": reading.text,
            "lines": [[{**_fields(p), "box": p.box} for p in line] for line in reading.lines],
        }
        for name, reading in readings
    ]
    print(json.dumps(rows, indent=1))


def _write_lines_csv(readings: Sequence[NamedPage]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    box = ["left", "top", "right", "bottom"]
    writer.writerow(["file", "line", *box, "digit", "confidence"])
    for name, reading in readings:
        for number, line in enumerate(reading.lines, 1):
            for p in line:
                writer.writerow([name, number, *(p.box or ()), p.text, f"{p.confidence:.6f}"])


WRITERS: dict[str, Callable[[Sequence[Named]], None]] = {
    "text": _write_text,
    "json": _write_json,
    "csv": _write_csv,
}
LINES_WRITERS: dict[str, Callable[[Sequence[NamedPage]], None]] = {
    "text": _write_lines_text,
    "json": _write_lines_json,
    "csv": _write_lines_csv,
}


if __name__ == "__main__":
    run_command(main)
