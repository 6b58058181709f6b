"""Reading any number of picture files, one after the other, and continuing after bad ones.

Threads open and normalise pictures while the network reads those before, in batches. What waits in
between is bounded, so that a million files take no more memory than a thousand.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeGuard, TypeVar

import numpy as np
from PIL import Image

from digitrec.arrays import Float32Array
from digitrec.errors import PictureError
from digitrec.imaging.files.picture_files import try_pages
from digitrec.imaging.normalise import normalise
from digitrec.imaging.pixels import Picture
from digitrec.message_text import shorten
from digitrec.recognition.parallel_map import map_in_order
from digitrec.recognition.picture_search import STDIN
from digitrec.recognition.results import Page, PictureResult, Prediction, Rejection
from digitrec.recognition.single_digits.digit_reader import BATCH
from digitrec.recognition.single_digits.second_look import SURE_AT_ONCE

if TYPE_CHECKING:
    from digitrec.recognition.recognizer import Recognizer
    from digitrec.recognition.torch_free_recognizer import TorchFreeRecognizer

__all__ = [
    "FileAnswer",
    "PictureFile",
    "ReadOptions",
    "read_files",
    "read_with_options",
    "recognize_files",
]

_Done = TypeVar("_Done")

IMAGES_AT_ONCE = BATCH  # collected before the network reads them
AHEAD = 256  # files that are open, or waiting to be opened, ahead of those that the network reads
# Pictures opened and prepared at a time; for `read_files`, the networks run in these threads too.
# On two processors, two threads are twice as fast as one, and more are not faster.
THREADS = 2
LONG_NAME = 1000  # characters after which a name is cut off in messages


@dataclass(frozen=True)
class ReadOptions:
    """How pictures are read.

    Attributes:
        lines: Whether to read all digits of each, and not one.
        page: The page that is read of each file, from 1 on; None stands for all.
        digits_only: Of all digits, leave out marks and wide spaces, as `Recognizer.read` does.
    """

    lines: bool = False
    page: int | None = None
    digits_only: bool = False


class PictureFile(NamedTuple):
    """A file that is to be read.

    Attributes:
        name: What it is called in the answers; "-" is standard input.
        content: Its bytes, or a picture; None stands for the file of that name.
    """

    name: str
    content: bytes | Picture | None = None


@dataclass(frozen=True)
class FileAnswer:
    """What was read in a file.

    Attributes:
        name: Of the file.
        pages: The name of each page that was read, and what is read in it. Pages of a file that has
            several are named as in ``scan.tif[2]``; there is at least one.
    """

    name: str
    pages: tuple[tuple[str, PictureResult], ...]


def read_with_options(
    recognizer: Recognizer | TorchFreeRecognizer,
    files: Iterable[PictureFile],
    options: ReadOptions,
    boxes: Path | None = None,
) -> Iterator[FileAnswer]:
    """Read with `read_files` or `recognize_files`; arguments and result are theirs."""
    if options.lines:
        return read_files(recognizer, files, options.page, boxes, options.digits_only)
    return recognize_files(recognizer, files, options.page)


def recognize_files(
    recognizer: Recognizer | TorchFreeRecognizer,
    files: Iterable[PictureFile],
    page: int | None = None,
) -> Iterator[FileAnswer]:
    """Read one digit in each picture.

    What is read in a picture does not depend on those beside it, to the last bit.

    Args:
        recognizer: The network.
        files: Taken one by one, a little ahead of the answers.
        page: The page that is read of each file; None stands for all.

    Yields:
        An answer a file, in their order.
    """
    with ThreadPoolExecutor(1) as network, ThreadPoolExecutor(THREADS) as again:
        reading: deque[Future[list[_Look]]] = deque()
        batch: list[_Opened] = []
        try:
            for opened in map_in_order(partial(_open, page), files, THREADS, AHEAD):
                if opened is not None:
                    batch.append(opened)
                if batch and (opened is None or _images(batch) >= IMAGES_AT_ONCE):
                    reading.append(network.submit(_look, recognizer, batch, page, again))
                    batch = []
                # One batch is with the network, and one waits for it.
                while len(reading) > (2 if opened is not None else 0):
                    yield from _answers(reading.popleft().result())
            if batch:
                reading.append(network.submit(_look, recognizer, batch, page, again))
            while reading:
                yield from _answers(reading.popleft().result())
        finally:
            for executor in (network, again):
                executor.shutdown(wait=False, cancel_futures=True)


def read_files(
    recognizer: Recognizer | TorchFreeRecognizer,
    files: Iterable[PictureFile],
    page: int | None = None,
    boxes: Path | None = None,
    digits_only: bool = False,
) -> Iterator[FileAnswer]:
    """Read the lines of digits in each picture; arguments and result as `recognize_files`.

    Args:
        recognizer: The network.
        files: Taken one by one, a little ahead of the answers.
        page: The page that is read of each file; None stands for all.
        boxes: A folder that gets a copy of each picture with the boxes of its digits; their names
            follow the order of the files.
        digits_only: Leave out marks and wide spaces, as `Recognizer.read` does.

    Raises:
        OSError: if a picture with boxes cannot be written.
    """

    # What draws boxes is imported only where there are any, so that other calls start sooner.
    if boxes is not None:
        from digitrec.recognition.drawn_boxes import draw_boxes, save_beside

    def read(one: _InTurn) -> FileAnswer:
        def read_page(name: str, picture: Picture) -> Page:
            found = recognizer.read(picture, digits_only=digits_only)
            if boxes is not None:
                drawn = draw_boxes(_as_image(picture), found)
                # Pictures with boxes whose names clash are numbered in the order of the files.
                one.before.wait()
                number = name.removeprefix(one.file.name).strip("[]")
                save_beside(boxes, one.file.name, int(number or 0), drawn)
            return found

        try:
            return FileAnswer(one.file.name, tuple(_each_page(read_page, page, one.file)))
        finally:
            if boxes is not None:
                one.before.wait()
            one.done.set()

    for answer in map_in_order(read, _in_turn(files), THREADS, 2 * THREADS):
        if answer is not None:
            yield answer


class _InTurn(NamedTuple):
    """A file, with an event that is set once all files before it are done, and one for itself."""

    file: PictureFile
    before: threading.Event
    done: threading.Event


def _in_turn(files: Iterable[PictureFile]) -> Iterator[_InTurn]:
    before = threading.Event()
    before.set()
    for file in files:
        done = threading.Event()
        yield _InTurn(file, before, done)
        before = done


@dataclass(frozen=True)
class _Opened:
    """The pages of a file, each normalised, or an error."""

    file: PictureFile
    pages: list[tuple[str, Float32Array | PictureError]]


@dataclass(frozen=True)
class _Look:
    """What the network reads in a file at first, and at a second look, where that is wanted."""

    answer: FileAnswer
    second: Future[list[tuple[str, PictureResult | None]]] | None


def _open(page: int | None, file: PictureFile) -> _Opened:
    return _Opened(file, _each_page(lambda _, picture: normalise(picture), page, file))


def _images(batch: list[_Opened]) -> int:
    return sum(len(opened.pages) for opened in batch)


def _look(
    recognizer: Recognizer | TorchFreeRecognizer,
    batch: list[_Opened],
    page: int | None,
    again: ThreadPoolExecutor,
) -> list[_Look]:
    """Read a batch; where that is not sure, a picture is looked at again."""
    images = [
        image
        for opened in batch
        for _, image in opened.pages
        if not isinstance(image, PictureError)
    ]
    read = iter(
        recognizer.recognize_normalised(np.stack(images), batch_invariant=True) if images else ()
    )
    looks = []
    for opened in batch:
        pages: list[tuple[str, PictureResult]] = [
            (name, image if isinstance(image, PictureError) else next(read))
            for name, image in opened.pages
        ]
        second = None
        if any(_is_unsure(result) for _, result in pages):
            job = partial(_each_page, partial(_look_again, recognizer, dict(pages)), page)
            second = again.submit(job, opened.file)
        looks.append(_Look(FileAnswer(opened.file.name, tuple(pages)), second))
    return looks


def _is_unsure(result: PictureResult | None) -> TypeGuard[Prediction]:
    return isinstance(result, Prediction) and result.sureness < SURE_AT_ONCE


def _look_again(
    recognizer: Recognizer | TorchFreeRecognizer,
    first: dict[str, PictureResult],
    name: str,
    picture: Picture,
) -> PictureResult | None:
    """Look again at a page that is not sure; what is still not a digit may be several.

    Returns:
        None where nothing was read in the page at first, as of a file that has more pages by now.
    """
    result = first.get(name)
    if not _is_unsure(result):
        return result
    result = recognizer.look_again(picture, result)
    if result.digit is not None or not result.image.any():
        return result
    page = recognizer.read(picture)
    read = [digit for digit in page.digits if digit.digit is not None]
    if len(read) < 2 or 2 * len(read) <= len(page.digits):
        return result
    return replace(result, rejection=Rejection("several digits", text=page.text))


def _answers(looks: list[_Look]) -> Iterator[FileAnswer]:
    for look in looks:
        if look.second is None:
            yield look.answer
            continue
        # A picture that was read a moment ago may be gone, or another, meanwhile.
        seen = {
            name: result for name, result in look.second.result() if isinstance(result, Prediction)
        }
        pages = tuple((name, seen.get(name, first)) for name, first in look.answer.pages)
        yield replace(look.answer, pages=pages)


def _each_page(
    function: Callable[[str, Picture], _Done], page: int | None, file: PictureFile
) -> list[tuple[str, _Done | PictureError]]:
    """Open each page of a file and call a function with its name and picture."""
    name = file.name
    shown = "standard input" if name == STDIN else name
    if len(shown) > LONG_NAME:
        shown = shorten(shown)
    done: list[tuple[str, _Done | PictureError]] = []
    try:
        for page_name, opened in _opened_pages(file, shown, page):
            given = name + page_name[len(shown) :]  # "-" of standard input
            if isinstance(opened, PictureError):
                done.append((given, opened))
                continue
            try:
                done.append((given, function(given, opened)))
            except PictureError as error:
                done.append((given, PictureError(error.problem, page_name)))
    except PictureError as error:
        done.append((name, error))
    return done


def _opened_pages(
    file: PictureFile, shown: str, page: int | None
) -> Iterator[tuple[str, Picture | PictureError]]:
    if file.content is None:
        yield from try_pages(Path(file.name), shown, page)
    elif isinstance(file.content, bytes):
        yield from try_pages(file.content, shown, page)
    else:
        yield shown, file.content


def _as_image(picture: Picture) -> Image.Image:
    return picture if isinstance(picture, Image.Image) else Image.fromarray(np.asarray(picture))
