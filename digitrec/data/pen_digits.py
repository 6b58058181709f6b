"""Pen strokes of digits by thirty writers, read from UNIPEN text.

The original trajectories of the training part of UCI's "Pen-Based Recognition of Handwritten
Digits" (E. Alpaydin, F. Alimoglu, 1998; CC BY 4.0), written on a tablet of 500×500 points, in the
format of Guyon et al. 1994, "UNIPEN project of on-line data exchange and recognizer benchmarks".
Writers are kept apart: nobody's digits are in two parts. Some samples miss a stroke.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from unlzw3 import unlzw

from digitrec.arrays import Float64Array
from digitrec.data.canvas_placement import place_on_canvas
from digitrec.data.data_folder import download_advice, find_data_folder
from digitrec.data.dataset import Arrays, DataSet, Examples
from digitrec.data.download import download_file, error_reason
from digitrec.data.stroke_augmentation import augment_strokes
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.errors import DigitrecError
from digitrec.imaging.normalise import normalise_ink
from digitrec.storage.atomic import write_bytes

__all__ = [
    "HELD_OUT_WRITERS",
    "TEST_WRITERS",
    "TRAINING_WRITERS",
    "VALIDATION_WRITERS",
    "PenDigit",
    "check_root",
    "download",
    "load",
    "load_test",
    "parse",
    "read",
    "render",
]

FILE = Path("pendigits", "pendigits-orig.tra")  # within a root
SHA256 = "a66225d68d7d68591e62944df1ad33b3f5aa608e2df2505844b41f5568a80da4"
MIRRORS = ("https://archive.ics.uci.edu/ml/machine-learning-databases/pendigits/",)
INSTEAD = (
    f"name a folder that holds {FILE.as_posix()} with data.root=FOLDER, or choose data=synthetic, "
    "which needs no download"
)

TABLET = 500  # points along each side

# Every fifth writer is never trained on: half of them validate, the other half test.
HELD_OUT_WRITERS = (5, 10, 15, 20, 25, 30)
VALIDATION_WRITERS = (5, 15, 25)
TEST_WRITERS = (10, 20, 30)
TRAINING_WRITERS = tuple(sorted(set(range(1, 31)) - set(HELD_OUT_WRITERS)))


@dataclass(frozen=True, eq=False)
class PenDigit:
    """One digit as somebody wrote it.

    label: 0 to 9.
    strokes: float arrays (P, 2) of x to the right and y down, in points of the tablet.
    """

    label: int
    writer: int
    strokes: tuple[Float64Array, ...] = field(repr=False)


def read(root: str | None = None) -> list[PenDigit]:
    """Read the digits of all writers, after checking the file's sum.

    root: the folder that holds ``pendigits/pendigits-orig.tra``. None takes the environment
        variable ``DIGITREC_DATA``; without that too, the user's cache folder, which is filled by
        `download`.

    Raises:
        DigitrecError: if a named root lacks the file or holds a damaged one, or if the download
            fails.
    """
    check_root(root)
    folder, setting = find_data_folder(root)
    path = folder / FILE
    content = _content(path)
    if content is None:
        if setting is not None:
            raise DigitrecError(
                f"{path} is damaged: its sha256 is not {SHA256[:12]}…; put the original file "
                f"there, or {download_advice(setting, 'it')}"
            )
        content = download(path)
    return parse(content.decode("ascii"), str(path))


def load(name: str, root: str | None, renderings: int, strength: float, validation: int) -> DataSet:
    """Return the data set, split by writer.

    Args:
        name: of the data set.
        root: as `read` takes it.
        renderings: drawings of each digit.
        strength: of the stroke augmentation of the digits to train on.
        validation: 0 trains on the writers who validate, too.

    Raises:
        DigitrecError: as `read`.
    """
    digits = read(root)
    validators = VALIDATION_WRITERS if validation else ()
    trainers = sorted(set(TRAINING_WRITERS + VALIDATION_WRITERS) - set(validators))
    train = _rendered(digits, trainers, renderings, strength)
    held_out, test = (
        _rendered(digits, writers, renderings) for writers in (validators, TEST_WRITERS)
    )
    return DataSet(name, _checksum(renderings), train, held_out, test)


def load_test(root: str | None, renderings: int) -> tuple[Examples, str]:
    """Return the test part alone, and the data set's checksum; arguments and errors as `load`."""
    return _rendered(read(root), TEST_WRITERS, renderings), _checksum(renderings)


def _checksum(renderings: int) -> str:
    return f"{SHA256[:16]}x{renderings}"


def _rendered(
    digits: Sequence[PenDigit], writers: Sequence[int], renderings: int, freedom: float = 0.0
) -> Examples:
    # A seed for each part: a part is the same whether or not others are drawn before it.
    chosen = [digit for digit in digits if digit.writer in writers]
    return Examples.of(*render(chosen, renderings, min(writers, default=0), freedom))


def render(digits: Sequence[PenDigit], renderings: int, seed: int, freedom: float = 0.0) -> Arrays:
    """Draw each digit ``renderings`` times as people draw, and normalise what is drawn.

    freedom: how much the strokes are varied, as `digitrec.data.stroke_augmentation.rewrite` does.

    Returns images uint8 (len(digits) * renderings, 28, 28) and labels int64, all digits once, then
    all once more.
    """
    rng = np.random.default_rng(seed)
    images = np.empty((renderings, len(digits), 28, 28), np.uint8)
    for turn in range(renderings):
        for i, digit in enumerate(digits):
            strokes = augment_strokes(digit.strokes, rng, freedom) if freedom else digit.strokes
            ink = rasterise_drawing(place_on_canvas(strokes, rng))
            images[turn, i] = np.rint(normalise_ink(ink) * 255)
    labels = np.array([digit.label for digit in digits], np.int64)
    return images.reshape(-1, 28, 28), np.tile(labels, renderings)


def check_root(root: str | None) -> None:
    """Check, reading nothing, that a named root holds the file; the cache folder can be filled.

    Raises:
        DigitrecError: if it does not.
    """
    folder, setting = find_data_folder(root)
    if setting is not None and not (folder / FILE).is_file():
        packed = folder / f"{FILE}.Z"
        found = " (only the .Z, which needs unpacking)" if packed.is_file() else ""
        raise DigitrecError(
            f"{setting}: {folder} lacks {FILE.as_posix()}{found}; put it there, or "
            f"{download_advice(setting, 'it')}"
        )


def download(path: Path) -> bytes:
    """Fetch UCI's archive, unpack it to ``path``, and return the text's bytes.

    Raises:
        DigitrecError: if no mirror gives it, or it cannot be written.
    """
    archive = f"{path.name}.Z"
    print(f"downloading {archive} to {path.parent}", file=sys.stderr)
    content = download_file([f"{mirror}{archive}" for mirror in MIRRORS], _unpack, INSTEAD)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content)
    except OSError as error:
        raise DigitrecError(f"cannot write {path}: {error_reason(error)}; {INSTEAD}") from None
    return content


def _content(path: Path) -> bytes | None:
    """Return the file's bytes; None where it is missing or damaged."""
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DigitrecError(
            f"cannot read {path}: {error_reason(error)}; make it readable"
        ) from None
    return content if hashlib.sha256(content).hexdigest() == SHA256 else None


def _unpack(archive: bytes) -> bytes:
    """Unpack what Unix ``compress`` made (LZW; Welch 1984), and check it."""
    content: bytes = unlzw(archive)
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ValueError("not the file")
    return content


def parse(text: str, name: str) -> list[PenDigit]:
    """Read digits from UNIPEN text, of which the keywords that this data set uses are known.

    Raises:
        DigitrecError: one line that begins with ``name`` and tells the number of the faulty line.
    """
    digits: list[PenDigit] = []
    label: int | None = None
    writer: int | None = None
    strokes: list[Float64Array] = []
    points: list[tuple[int, int]] | None = None  # of the stroke under way

    def finish() -> None:
        if label is None:
            return
        if writer is None or not strokes or points is not None:
            raise ValueError("the digit before it lacks its writer, its strokes or its last end")
        digits.append(PenDigit(label, writer, tuple(strokes)))

    number = 0
    try:
        for number, line in enumerate(text.splitlines(), 1):  # noqa: B007
            words = line.split()
            match words:
                case []:
                    pass
                case [".SEGMENT", "DIGIT", _, "?", quoted]:
                    finish()
                    label, writer, strokes = _label(quoted), None, []
                case [".COMMENT", _, by, _] if label is not None:
                    writer = int(by)
                case [".PEN_DOWN"] if points is None and label is not None:
                    points = []
                case [".PEN_UP"] if points:
                    strokes.append(np.array(points, np.float64) * (1, -1) + (0, TABLET))
                    points = None
                case [x, y] if points is not None and x.isdecimal() and y.isdecimal():
                    points.append((int(x), int(y)))
                case [".DT" | ".INCLUDE" | ".LEXICON" | ".HIERARCHY", *_] if points is None:
                    pass
                case _:
                    raise ValueError(f"unexpected: {line.strip()[:60]}")
        number += 1
        finish()
    except ValueError as error:
        raise DigitrecError(f"{name}, line {number}: {error}") from None
    return digits


def _label(quoted: str) -> int:
    if len(quoted) == 3 and quoted[0] == quoted[2] == '"' and quoted[1] in "0123456789":
        return int(quoted[1])
    raise ValueError(f"a digit in quotes is wanted, not {quoted[:20]}")
