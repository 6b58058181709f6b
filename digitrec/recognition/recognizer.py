"""Reading pictures with a trained network: the digit of a picture, or the lines of a page."""

from __future__ import annotations

import contextlib
import io
import math
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, TypeAlias, cast

import numpy as np
import torch
from PIL import Image

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.errors import PictureError
from digitrec.imaging.find_ink import PageInk, page_ink
from digitrec.imaging.normalise import normalise
from digitrec.imaging.picture_files import open_picture
from digitrec.imaging.pixels import Picture, check_picture
from digitrec.imaging.tiny_pictures import enlarge_tiny_page
from digitrec.imaging.white_noise import is_white_noise
from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint
from digitrec.recognition.best_path import Segment
from digitrec.recognition.ink_pieces import find_pieces, typical_height
from digitrec.recognition.marks.line_marks import FoundMark
from digitrec.recognition.marks.mark_reader import MarkReader
from digitrec.recognition.marks.wide_spaces import is_printed_on, wide_spaces
from digitrec.recognition.page_segmentation import segment_page
from digitrec.recognition.results import Box, Mark, Page, Prediction, Rejection
from digitrec.recognition.single_digits.digit_reader import BATCH, DigitReader
from digitrec.recognition.single_digits.networks import Networks
from digitrec.recognition.single_digits.second_look import SURE_AT_ONCE, look_again
from digitrec.recognition.single_digits.torch_networks import fastest
from digitrec.recognition.string_reader import StringReader
from digitrec.storage.resources import shipped_checkpoint

__all__ = ["Recognizer"]

PictureSource: TypeAlias = "Picture | str | os.PathLike[str] | bytes | BinaryIO"
"""What the methods of a `Recognizer` take for a picture."""

# What looks like one digit only at a second look is one of a page where it is at least as sure.
SURE_OF_ONE = 0.5
# How many times higher the odds are that ink is a digit where most other ink of its line is digits,
# than where it is alone in a picture.
ODDS_BESIDE_DIGITS = 25
# Of a page where at least so many pieces of ink were read, nothing is a digit if less than this
# fraction of them are: in noise, some strokes look like a 1.
MIN_TO_TELL, MIN_LEGIBLE = 8, 0.2
# The same of a line: among the letters of a word, some look like digits.
MIN_TO_TELL_LINE, MIN_LEGIBLE_LINE = 4, 0.5
# Pixels: where digits of a page that was reduced are lower, it is reduced less,
LEGIBLE = 24
FINEST = 4096 * 4096  # but to no more pixels than this.


class Recognizer:
    """A network that reads pictures of digits. Make one with `load`.

    A picture may be a PIL image, an array or a tensor (see `digitrec.imaging.pixels.Picture`), the
    path of a picture file, its content as bytes, or a file that is open in binary mode. Of a file
    of several pages, or an animation, ``page`` is read.

    Attributes:
        checkpoint: The network, and what is stored beside it.
        device: Where it runs.
    """

    def __init__(
        self,
        trained: Checkpoint,
        device: torch.device | str = "cpu",
        networks: Networks | None = None,
    ) -> None:
        """Make a recognizer.

        Args:
            trained: The network, and what is stored beside it.
            device: Where it runs.
            networks: What computes the network for single digits; by default the fastest.
        """
        self.checkpoint = trained
        self.device = torch.device(device)
        self._digits = DigitReader(trained, networks or fastest(trained, self.device))

    @classmethod
    def load(cls, path: str | Path | None = None, device: torch.device | str = "cpu") -> Recognizer:
        """Load a checkpoint file; without a path, the one that ships with the package.

        Raises:
            CheckpointError: if the file is missing, or is not a usable checkpoint.
        """
        return cls(checkpoint.load(Path(path) if path else shipped_checkpoint()), device)

    def recognize(self, image: PictureSource, *, page: int = 1) -> Prediction:
        """Read a picture of one digit, wherever and however large it is drawn.

        Raises:
            PictureError: if it is not a picture, or cannot be opened.
        """
        picture, normalised = _opened_and_normalised(image, page)
        (first,) = self.recognize_normalised(normalised[None])
        return self.look_again(picture, first)

    def look_again(self, picture: Picture, first: Prediction) -> Prediction:
        """Read a picture once more, as `second_look.look_again` does.

        What it reads at once is of one picture, so that the answer depends on no other.
        """
        return look_again(picture, first, self.recognize_normalised)

    def recognize_batch(self, images: Iterable[PictureSource]) -> list[Prediction]:
        """Read many pictures of one digit each, in batches.

        Raises:
            PictureError: if one is not a picture, or cannot be opened.
        """
        images = list(images)
        if len(images) == 1:
            return [self.recognize(images[0])]
        read: list[Prediction] = []
        waiting: deque[tuple[Sequence[Picture], Future[list[Prediction]]]] = deque()
        # Normalising needs Python's lock and the network does not: one of each runs side by side.
        with ThreadPoolExecutor(1) as network:
            for start in range(0, len(images), BATCH):
                some = [_opened_and_normalised(image) for image in images[start : start + BATCH]]
                pictures, normalised = zip(*some, strict=True)
                first = network.submit(self.recognize_normalised, np.stack(normalised))
                waiting.append((pictures, first))
                if len(waiting) > 1:
                    read += self._look_again_at_each(*waiting.popleft())
            while waiting:
                read += self._look_again_at_each(*waiting.popleft())
        return read

    def _look_again_at_each(
        self, pictures: Sequence[Picture], first: Future[list[Prediction]]
    ) -> list[Prediction]:
        return [self.look_again(*one) for one in zip(pictures, first.result(), strict=True)]

    def recognize_normalised(
        self, images: Float32Array, *, alike: bool = False
    ) -> list[Prediction]:
        """Read images of one digit each.

        Args:
            images: Shape (N, 28, 28), made by `digitrec.imaging.normalise.normalise`.
            alike: Give an image the same answer, to the last bit, whatever images are beside it.
        """
        return self._digits.recognize(images, alike)

    def read(self, image: PictureSource, *, page: int = 1, digits_only: bool = False) -> Page:
        """Read all digits of a picture of a number or a page, and the marks between them.

        Specks are left out. Other ink that is neither a digit nor a mark is a prediction whose
        ``digit`` is None.
        Ink beside digits is rejected less often than ink that is alone. Where hardly any ink is a
        digit, none is taken for one, and random noise has no lines at all. A picture of one digit
        at most is read as `recognize` reads it, where that is surer.

        Args:
            image: The picture.
            page: Of a file of several.
            digits_only: Leave out marks and wide spaces, so that the text holds digits and "?".

        Raises:
            PictureError: if it is not a picture, or cannot be opened.
        """
        with _named(image):
            pixels = check_picture(_opened(image, page))
            found = _legible_ink(pixels)
            enlarged, factor = enlarge_tiny_page(pixels, found.ink)
            if factor > 1:
                found = page_ink(enlarged)
        lines = segment_page(
            found.ink, self._digits.class_probabilities, self._strings.read, self._marks.read
        )
        read = [self._decide_line(line.segments, found, factor) for line in lines]
        if _lies_in_noise(read, pixels):
            return Page(())
        if not _mostly_legible(read):
            return Page(tuple(_illegible(line) for line in read))
        read = [line if _is_legible_line(line) else _illegible(line) for line in read]
        if sum(map(len, read)) <= 1 and not any(line.marks for line in lines):
            return self._surest_of_one(read, pixels)
        if digits_only:
            return Page(tuple(read))
        marks = [
            _marks_of(digits, [_in_picture(mark, found, factor) for mark in line.marks], pixels)
            for digits, line in zip(read, lines, strict=True)
        ]
        return Page(tuple(read), tuple(marks))

    def _surest_of_one(
        self, read: list[tuple[Prediction, ...]], pixels: Uint8Array | Image.Image
    ) -> Page:
        """Read a picture with one digit at most as `recognize` does, where that is surer."""
        found = [one for line in read for one in line]
        at_once = max((one.sureness for one in found if one.digit is not None), default=0.0)
        if at_once < SURE_AT_ONCE:
            digit = self.recognize(pixels)
            if digit.digit is not None and digit.sureness > max(at_once, SURE_OF_ONE):
                return Page(((replace(digit, box=_box_of(found, pixels)),),))
        return Page(tuple(read), ((),) * len(read))

    @cached_property
    def _strings(self) -> StringReader:
        return StringReader.load(device=self.device)

    @cached_property
    def _marks(self) -> MarkReader:
        return MarkReader.load(device=self.device)

    def _decide_line(
        self, line: list[Segment], page: PageInk, enlarged: int
    ) -> tuple[Prediction, ...]:
        """Make predictions of segments, with a lower threshold where the others are digits.

        enlarged: the factor by which the page was enlarged before its ink was found.
        """
        alone = self.checkpoint.rejection_threshold
        # By Bayes' rule: a digit probability at this threshold has the odds of one at the other.
        beside = alone / (alone + ODDS_BESIDE_DIGITS * (1 - alone))
        any_digit = [max(float(segment.probabilities[:-1].sum()), 1e-300) for segment in line]
        digits = sum(probability >= alone for probability in any_digit)
        predictions = []
        for segment, probability in zip(line, any_digit, strict=True):
            others = digits - (probability >= alone)
            threshold = beside if 2 * others > len(line) - 1 else alone
            digit_given_any = segment.probabilities[:-1] / probability
            prediction = Prediction.decided(digit_given_any, probability, segment.image, threshold)
            place = _box_in_picture(segment.box, page, enlarged)
            predictions.append(replace(prediction, box=place))
        return tuple(predictions)


def _box_of(found: Sequence[Prediction], pixels: Uint8Array | Image.Image) -> Box:
    """Return the box of the one digit that was found; else that of the whole picture."""
    if found and found[0].box:
        return found[0].box
    height, width = pixels.shape[:2] if isinstance(pixels, np.ndarray) else pixels.size[::-1]
    return 0, 0, width, height


def _box_in_picture(box: Box, page: PageInk, enlarged: int) -> Box:
    """Return where a box of the ink of a page is in the picture."""
    left, top, right, bottom = page.in_picture(box)
    return left // enlarged, top // enlarged, -(-right // enlarged), -(-bottom // enlarged)


def _in_picture(mark: FoundMark, page: PageInk, enlarged: int) -> Mark:
    return Mark(mark.text, mark.confidence, _box_in_picture(mark.box, page, enlarged), 0)


def _marks_of(
    line: tuple[Prediction, ...], marks: list[Mark], picture: Uint8Array | Image.Image
) -> tuple[Mark, ...]:
    """Return the marks of a line, each in its place among the digits, and its wide spaces."""
    placed: list[tuple[Box, Mark | None]] = [(one.box, None) for one in line if one.box]
    placed += [(mark.box, mark) for mark in marks]
    placed.sort(key=lambda one: one[0][0] + one[0][2])
    spaces = {
        one.before: one
        for one in wide_spaces([box for box, _ in placed], [mark is not None for _, mark in placed])
        if not is_printed_on(picture, one.box, placed[one.before][0])
    }
    found, digits = [], 0
    for number, (_, mark) in enumerate(placed):
        if number in spaces:
            space = spaces[number]
            found.append(Mark(" ", space.confidence, space.box, digits))
        if mark is None:
            digits += 1
        else:
            found.append(replace(mark, place=digits))
    return tuple(found)


def _lies_in_noise(lines: list[tuple[Prediction, ...]], picture: Uint8Array | Image.Image) -> bool:
    """Return whether what was read lies in random noise."""
    boxes = [prediction.box for line in lines for prediction in line if prediction.box]
    if not boxes:
        return False
    left, top, right, bottom = zip(*boxes, strict=True)
    whole = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    return is_white_noise(whole.crop((min(left), min(top), max(right), max(bottom))))


def _mostly_legible(lines: list[tuple[Prediction, ...]]) -> bool:
    """Return whether enough of what was read are digits, or too little to tell was read."""
    digits = [prediction.digit is not None for line in lines for prediction in line]
    return len(digits) < MIN_TO_TELL or sum(digits) >= MIN_LEGIBLE * len(digits)


def _is_legible_line(line: tuple[Prediction, ...]) -> bool:
    """Return whether enough of a line are digits, or it is too short to tell."""
    digits = sum(prediction.digit is not None for prediction in line)
    return len(line) < MIN_TO_TELL_LINE or digits >= MIN_LEGIBLE_LINE * len(line)


def _illegible(line: tuple[Prediction, ...]) -> tuple[Prediction, ...]:
    """Reject the digits of a line."""
    return tuple(
        prediction
        if prediction.digit is None
        else replace(prediction, digit=None, rejection=Rejection("not a digit", prediction.digit))
        for prediction in line
    )


def _legible_ink(picture: Picture) -> PageInk:
    """Find the ink of a page; where digits are small in a large picture, it is reduced less."""
    page = page_ink(picture)
    if page.factor == 1 or not page.ink.any():
        return page
    pieces = find_pieces(page.ink)
    height = typical_height(pieces) if pieces else 0.0
    least = math.ceil(math.sqrt(page.width * page.height / FINEST))
    factor = max(int(page.factor * height / LEGIBLE), least)
    return page_ink(picture, factor) if factor < page.factor else page


def _opened_and_normalised(image: PictureSource, page: int = 1) -> tuple[Picture, Float32Array]:
    with _named(image):
        picture = _opened(image, page)
        return picture, normalise(picture)


def _opened(image: PictureSource, page: int) -> Picture:
    """Open what is not a picture yet."""
    if isinstance(image, str | os.PathLike):
        return open_picture(Path(image), str(image), page)
    if isinstance(image, io.TextIOBase):
        raise PictureError("a file must be open in binary mode: open(path, 'rb')")
    if isinstance(image, io.IOBase) or hasattr(image, "readinto"):  # or a temporary file
        image = cast(BinaryIO, image).read()
    if isinstance(image, bytes | bytearray | memoryview):
        return open_picture(bytes(image), f"a picture of {len(image):,} bytes", page)
    return cast(Picture, image)


@contextlib.contextmanager
def _named(image: PictureSource) -> Iterator[None]:
    """Put the path of a picture before errors that do not name it."""
    try:
        yield
    except PictureError as error:
        if isinstance(image, str | os.PathLike) and not str(error).startswith(f"{image}"):
            raise PictureError(f"{image}: {error}") from error
        raise
