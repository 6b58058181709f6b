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
from typing import TYPE_CHECKING

from digitrec.errors import DigitrecError, run_command

if TYPE_CHECKING:
    from digitrec.recognizer import Prediction

__all__ = ["find_pictures", "main"]

SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm", ".pbm"}
)
STDIN = "-"
CHUNK = 1024  # pictures through the network at once

Named = tuple[str, "Prediction"]


def main() -> int:
    """Run the command; 1 where some pictures could not be read and others were, 2 where none."""
    arguments = _arguments()
    names = [name for word in arguments.images for name in find_pictures(word)]
    predictions, failures = _read(names, arguments.checkpoint, arguments.device)
    WRITERS[arguments.format](predictions)
    if failures:
        return 1 if predictions else 2
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


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m digitrec.predict",
        description="Read pictures of one digit each. Exit code 1: some could not be read.",
    )
    parser.add_argument(
        "images", nargs="+", metavar="IMAGE", help="file, folder, pattern, or - for standard input"
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
    names: Sequence[str], checkpoint: Path | None, device: str
) -> tuple[list[Named], list[DigitrecError]]:
    """Read all pictures, saying on stderr at once which cannot be."""
    import numpy as np

    from digitrec.device import pick_device
    from digitrec.image import normalise
    from digitrec.recognizer import WORKERS, Recognizer, open_picture

    recognizer = Recognizer.load(checkpoint, pick_device(device))
    stdin = sys.stdin.buffer.read() if STDIN in names else b""
    predictions: list[Named] = []
    failures: list[DigitrecError] = []

    def prepare(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]] | DigitrecError:
        source, shown = (stdin, "standard input") if name == STDIN else (Path(name), name)
        try:
            return normalise(open_picture(source, shown))
        except DigitrecError as error:
            return error

    with ThreadPoolExecutor(WORKERS) as pool:
        for start in range(0, len(names), CHUNK):
            chunk = names[start : start + CHUNK]
            readable, images = [], []
            for name, prepared in zip(chunk, pool.map(prepare, chunk), strict=True):
                if isinstance(prepared, DigitrecError):
                    failures.append(prepared)
                    print(f"error: {prepared}", file=sys.stderr)
                else:
                    readable.append(name)
                    images.append(prepared)
            if images:
                read = recognizer.recognize_normalised(np.stack(images))
                predictions += zip(readable, read, strict=True)
    return predictions, failures


def _write_text(predictions: Sequence[Named]) -> None:
    for name, prediction in predictions:
        digit, confidence = prediction.text or "-", f"{prediction.confidence:7.2%}"
        reason = f"  ({prediction.reason})" if prediction.reason else ""
        print(f"{digit}  {confidence}  {name}{reason}")


def _write_json(predictions: Sequence[Named]) -> None:
    rows = [
        {
            "file": name,
            "digit": prediction.digit,
            "confidence": round(prediction.confidence, 6),
            "probabilities": [round(float(p), 6) for p in prediction.probabilities],
            "text": prediction.text,
            "reason": prediction.reason,
        }
        for name, prediction in predictions
    ]
    print(json.dumps(rows, indent=1))


def _write_csv(predictions: Sequence[Named]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["file", "digit", "confidence", *(f"p{digit}" for digit in range(10)), "text"])
    for name, p in predictions:
        probabilities = [f"{value:.6f}" for value in p.probabilities]
        writer.writerow([name, p.text, f"{p.confidence:.6f}", *probabilities, p.text])


WRITERS: dict[str, Callable[[Sequence[Named]], None]] = {
    "text": _write_text,
    "json": _write_json,
    "csv": _write_csv,
}


if __name__ == "__main__":
    run_command(main)
