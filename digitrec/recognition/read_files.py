"""Reading many picture files, with threads, and going on after files that cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from digitrec.errors import PictureError
from digitrec.imaging.normalise import normalise
from digitrec.imaging.picture_files import open_picture
from digitrec.recognition.drawn_boxes import draw_boxes, save_beside
from digitrec.recognition.picture_search import STDIN
from digitrec.recognition.recognizer import Recognizer
from digitrec.recognition.results import Page, Prediction, Rejection

__all__ = ["read_files", "recognize_files"]

Report = Callable[[PictureError], None]
"""Called for each picture that cannot be read, in order, as soon as that is known."""
_Result = TypeVar("_Result")

CHUNK = 1024  # pictures opened before the network reads them in its batches: 3 MB of images
# Pictures opened and prepared at a time; for `read_files`, the networks run in these threads too.
# Two are twice as fast as one on two processors, where more are not faster.
THREADS = 2


def recognize_files(
    recognizer: Recognizer, names: Sequence[str], report: Report, stdin: bytes = b""
) -> list[tuple[str, Prediction]]:
    """Read one digit in each picture.

    Args:
        recognizer: The network.
        names: Paths of picture files; "-" is the picture in ``stdin``.
        report: Called with the error of each picture that cannot be read; it is left out.
        stdin: The content of standard input.

    Returns:
        The name of each picture, and what is read in it.
    """
    answers: list[tuple[str, Prediction]] = []
    for start in range(0, len(names), CHUNK):
        opened = _with_each(normalise, names[start : start + CHUNK], report, stdin)
        if opened:
            images = np.stack([image for _, image in opened])
            predictions = recognizer.recognize_normalised(images)
            read = [name for name, _ in opened]
            answers += zip(read, _with_several(recognizer, read, predictions, stdin), strict=True)
    return answers


def _with_several(
    recognizer: Recognizer, names: Sequence[str], predictions: list[Prediction], stdin: bytes
) -> list[Prediction]:
    """Look whether pictures whose ink is not a digit hold several, and say so."""
    rejected = [i for i, p in enumerate(predictions) if p.rejection and p.image.any()]
    again: list[PictureError] = []
    pages = _with_each(recognizer.read, [names[i] for i in rejected], again.append, stdin)
    if again:  # a file was replaced meanwhile
        return predictions
    told = list(predictions)
    for i, (_, page) in zip(rejected, pages, strict=True):
        read = [p for p in page.digits if p.digit is not None]
        if len(read) > 1 and 2 * len(read) > len(page.digits):
            rejection = Rejection("several digits", text=page.text)
            told[i] = replace(predictions[i], rejection=rejection)
    return told


def read_files(
    recognizer: Recognizer,
    names: Sequence[str],
    report: Report,
    stdin: bytes = b"",
    boxes: Path | None = None,
) -> list[tuple[str, Page]]:
    """Read the lines of digits in each picture; arguments and result as `recognize_files`.

    Args:
        recognizer: The network.
        names: Paths of picture files.
        report: Called with each error; also where a picture cannot be written to ``boxes``.
        stdin: The content of standard input.
        boxes: A folder that gets a copy of each picture with the boxes of its digits.
    """
    if boxes is None:
        return _with_each(recognizer.read, names, report, stdin)

    def read(picture: Image.Image) -> tuple[Page, Image.Image]:
        page = recognizer.read(picture)
        return page, draw_boxes(picture, page)

    pages = []
    for name in names:  # one by one: drawn pictures are large
        for _, (page, drawn) in _with_each(read, [name], report, stdin):
            try:
                save_beside(boxes, name, drawn)
            except PictureError as error:
                report(error)
            else:
                pages.append((name, page))
    return pages


def _with_each(
    function: Callable[[Image.Image], _Result], names: Sequence[str], report: Report, stdin: bytes
) -> list[tuple[str, _Result]]:
    """Open each picture and call a function with it, in threads."""
    results = []
    with ThreadPoolExecutor(THREADS) as pool:
        attempts = pool.map(partial(_attempt, function, stdin), names)
        for name, attempt in zip(names, attempts, strict=True):
            if isinstance(attempt, PictureError):
                report(attempt)
            else:
                results.append((name, attempt))
    return results


def _attempt(
    function: Callable[[Image.Image], _Result], stdin: bytes, name: str
) -> _Result | PictureError:
    source, shown = (stdin, "standard input") if name == STDIN else (Path(name), name)
    try:
        return function(open_picture(source, shown))
    except PictureError as error:
        return error
