"""Reading many picture files, with threads, and going on after files that cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from digitrec.errors import PictureError
from digitrec.imaging.normalise import normalise
from digitrec.imaging.picture_files import open_pages
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
    recognizer: Recognizer,
    names: Sequence[str],
    report: Report,
    stdin: bytes = b"",
    page: int | None = None,
) -> list[tuple[str, Prediction]]:
    """Read one digit in each picture.

    Args:
        recognizer: The network.
        names: Paths of picture files; "-" is the picture in ``stdin``.
        report: Called with the error of each picture that cannot be read; it is left out.
        stdin: The content of standard input.
        page: The page that is read of each file; None stands for all.

    Returns:
        The name of each picture, and what is read in it. Pages of a file that has several are named
        as in ``scan.tif[2]``.
    """
    answers: list[tuple[str, Prediction]] = []
    for start in range(0, len(names), CHUNK):
        opened = _with_each(normalise, names[start : start + CHUNK], report, stdin, page)
        if opened:
            images = np.stack([image for _, image in opened])
            predictions = recognizer.recognize_normalised(images)
            read = [name for name, _ in opened]
            rejected = {
                name
                for name, p in zip(read, predictions, strict=True)
                if p.rejection and p.image.any()
            }
            files = [name for name in names[start : start + CHUNK] if _holds(name, rejected)]
            pages = dict(_with_each(recognizer.read, files, _ignore, stdin, page))
            answers += [
                (name, _tell_several(p, pages[name]) if {name} & rejected & {*pages} else p)
                for name, p in zip(read, predictions, strict=True)
            ]
    return answers


def _holds(file: str, pages: Collection[str]) -> bool:
    """Whether one of some pages is of a file."""
    return any(page == file or page.startswith(f"{file}[") for page in pages)


def _ignore(error: PictureError) -> None:
    """A picture that was read a moment ago was replaced meanwhile."""


def _tell_several(prediction: Prediction, page: Page) -> Prediction:
    """Say of a picture that was rejected as one digit that it holds several, where it does."""
    read = [digit for digit in page.digits if digit.digit is not None]
    if len(read) < 2 or 2 * len(read) <= len(page.digits):
        return prediction
    return replace(prediction, rejection=Rejection("several digits", text=page.text))


def read_files(
    recognizer: Recognizer,
    names: Sequence[str],
    report: Report,
    stdin: bytes = b"",
    page: int | None = None,
    boxes: Path | None = None,
    digits_only: bool = False,
) -> list[tuple[str, Page]]:
    """Read the lines of digits in each picture; arguments and result as `recognize_files`.

    Args:
        recognizer: The network.
        names: Paths of picture files.
        report: Called with each error; also where a picture cannot be written to ``boxes``.
        stdin: The content of standard input.
        page: The page that is read of each file; None stands for all.
        boxes: A folder that gets a copy of each picture with the boxes of its digits.
        digits_only: Leave out marks and wide spaces, as `Recognizer.read` does.
    """
    read_page = partial(recognizer.read, digits_only=digits_only)
    if boxes is None:
        return _with_each(read_page, names, report, stdin, page)

    def read(picture: Image.Image) -> tuple[Page, Image.Image]:
        found = read_page(picture)
        return found, draw_boxes(picture, found)

    pages = []
    for name in names:  # one by one: drawn pictures are large
        for given, (found, drawn) in _with_each(read, [name], report, stdin, page):
            try:
                save_beside(boxes, given, drawn)
            except PictureError as error:
                report(error)
            else:
                pages.append((given, found))
    return pages


def _with_each(
    function: Callable[[Image.Image], _Result],
    names: Sequence[str],
    report: Report,
    stdin: bytes,
    page: int | None,
) -> list[tuple[str, _Result]]:
    """Open each page of each picture and call a function with it, in threads."""
    results = []
    with ThreadPoolExecutor(THREADS) as pool:
        for attempts in pool.map(partial(_attempt, function, stdin, page), names):
            for name, attempt in attempts:
                if isinstance(attempt, PictureError):
                    report(attempt)
                else:
                    results.append((name, attempt))
    return results


def _attempt(
    function: Callable[[Image.Image], _Result], stdin: bytes, page: int | None, name: str
) -> list[tuple[str, _Result | PictureError]]:
    source, shown = (stdin, "standard input") if name == STDIN else (Path(name), name)
    done: list[tuple[str, _Result | PictureError]] = []
    try:
        for page_name, picture in open_pages(source, shown, page):
            given = name + page_name[len(shown) :]  # "-" of standard input
            try:
                done.append((given, function(picture)))
            except PictureError as error:
                done.append((given, PictureError(f"{page_name}: {error}")))
    except PictureError as error:
        done.append((name, error))
    return done
