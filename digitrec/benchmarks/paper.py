"""Digits on paper: in form boxes, on combs and ruled lines, beside print; and blank paper.

The pictures are composites of the handwriting of writers and of scans that neither the network for
ink nor the one for digits was trained on (`digitrec.data.ink`), and pictures of the user's own.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitrec.benchmarks.handwriting.visible_ink import is_visible
from digitrec.data.ink.composites import Composite, compose
from digitrec.data.ink.writers import read_writers
from digitrec.data.parts import Part
from digitrec.errors import DigitrecError
from digitrec.imaging.normalise import normalise_ink
from digitrec.recognition.recognizer import Recognizer

__all__ = ["report"]

COUNT, SEED = 200, 0  # composites of a kind, and their seed
SIDE, HEIGHTS = 256, (20.0, 110.0)  # pixels of a composite, at most; of a digit, from and to
SINGLE = (
    "plain", "edge", "box", "part of a box", "comb", "underline", "circle", "frame", "table",
    "diagonals", "ruled", "print", "block", "code", "objects",
)  # fmt: skip
SEVERAL = ("several", "boxes", "page", "diagonals", "code", "objects")
LABELS = "labels.json"


@dataclass
class PictureCounts:
    """How many pictures of a kind are read right.

    Attributes:
        count: Of the pictures.
        recognized: Pictures with one digit, or none, that `Recognizer.recognize` reads right.
        known: Composites with one digit that are read right where the true ink is given.
        read: Pictures that `Recognizer.read` reads right.
        single: Pictures with one digit, or none.
    """

    count: int = 0
    recognized: int = 0
    known: int | None = None
    read: int = 0
    single: int = 0

    def line(self, kind: str) -> str:
        """Return a line of the table."""
        alone = f"{self.recognized / self.single:>11.1%}" if self.single else f"{'':>11}"
        known = "" if self.known is None else f"{self.known / self.single:.1%}"
        return (
            f"{kind:<22}{self.count:>9,}{alone}{self.read / self.count:>11.1%}{known:>11}".rstrip()
        )

    def add(self, recognizer: Recognizer, picture: object, text: str) -> None:
        """Read a picture that shows these digits, or nothing."""
        self.count += 1
        if len(text) <= 1:
            self.single += 1
            digit = recognizer.recognize(picture).digit  # type: ignore[arg-type]
            self.recognized += ("" if digit is None else str(digit)) == text
        page = recognizer.read(picture)  # type: ignore[arg-type]
        found = "".join(str(one.digit) for one in page.digits if one.digit is not None)
        self.read += found == text


HEADING = f"{'kind':<22}{'pictures':>9}{'recognize':>11}{'read':>11}"
KNOWN = f"{'known ink':>11}"


def report(recognizer: Recognizer, pictures: Path | None, root: str | None) -> Iterator[str]:
    """Read the user's own pictures, if there is a folder of them, and composites; yield tables."""
    if pictures:
        yield from measure_pictures(recognizer, pictures)
    yield from measure_composites(recognizer, root)


def measure_composites(
    recognizer: Recognizer, root: str | None, count: int = COUNT
) -> Iterator[str]:
    """Yield the lines of a table: composites of each kind that are read right.

    The last column tells what the network for digits reads where the ink is known.

    Args:
        recognizer: Whose readings are counted.
        root: The data folder, as in `digitrec.data.ink.writers.read_writers`.
        count: Composites of each kind.

    Raises:
        DigitrecError: if the data cannot be read.
    """
    writers = read_writers(root, Part.TEST)

    def made(kind: str, wanted: Callable[[str], bool]) -> Iterator[Composite]:
        number = found = 0
        while found < count:
            rng = np.random.default_rng([SEED, *kind.encode(), number])
            number += 1
            one = compose(writers, rng, kind=kind, side=SIDE, heights=HEIGHTS)
            if (
                one.text is not None
                and wanted(one.text)
                and (one.text == "") == (not one.ink.any())
                and is_visible(one.picture, one.ink)
            ):
                found += 1
                yield one

    yield HEADING + KNOWN
    kinds: list[tuple[str, Callable[[str], bool]]] = [
        *((kind, lambda text: len(text) == 1) for kind in SINGLE),
        *((kind, lambda text: len(text) > 1) for kind in SEVERAL),
        ("nothing", lambda text: not text),
    ]
    for kind, wanted in kinds:
        counts = PictureCounts()
        for one in made(kind, wanted):
            counts.add(recognizer, one.picture, one.text or "")
            if one.text and len(one.text) == 1:
                (known,) = recognizer.recognize_normalised(normalise_ink(one.ink)[None])
                counts.known = (counts.known or 0) + (str(known.digit) == one.text)
        yield counts.line(kind)


def measure_pictures(recognizer: Recognizer, folder: Path) -> Iterator[str]:
    """Yield the lines of a table: pictures of each kind that are read right.

    Args:
        recognizer: Whose readings are counted.
        folder: Pictures, and labels.json: {file: {"text": its digits, "kind": a name}}.

    Raises:
        DigitrecError: if there are no labels, or they are damaged.
        PictureError: if a picture cannot be read.
    """
    by_kind: dict[str, PictureCounts] = defaultdict(PictureCounts)
    for file, (text, kind) in _labels(folder / LABELS).items():
        by_kind[kind].add(recognizer, folder / file, "".join(text.split()))
    yield HEADING
    for kind, counts in by_kind.items():
        yield counts.line(kind)


def _labels(file: Path) -> dict[str, tuple[str, str]]:
    try:
        found = json.loads(file.read_text("utf-8"))
        return {name: (str(one["text"]), str(one["kind"])) for name, one in found.items()}
    except OSError as error:
        raise DigitrecError(f"{file} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise DigitrecError(
            f"{file} is damaged: it must hold {{file: {{text, kind}}}} as JSON"
        ) from None
