"""Reading pictures with a trained network: the digit of a picture, or the lines of a page."""

from __future__ import annotations

import contextlib
import io
import itertools
import operator
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, TypeAlias, cast

import numpy as np
import torch
from PIL import Image

from digitrec.arrays import Float32Array, Float64Array, Uint8Array
from digitrec.errors import CheckpointError, PictureError
from digitrec.imaging.files.picture_files import NO_MEMORY, frame_of, open_picture
from digitrec.imaging.normalise import normalise
from digitrec.imaging.pixels import CHANNELS, Picture, check_picture
from digitrec.message_text import quoted
from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.device import usable_device
from digitrec.recognition.pages.page_reader import PageReader
from digitrec.recognition.results import Page, Prediction
from digitrec.recognition.segmentation_graph import ClassProbabilities
from digitrec.recognition.single_digits.digit_engines import DigitEngine
from digitrec.recognition.single_digits.digit_reader import BATCH, DigitReader
from digitrec.recognition.single_digits.second_look import look_again
from digitrec.recognition.single_digits.torch_digit_engines import fastest_digit_engine
from digitrec.storage.resources import shipped_checkpoint

__all__ = ["Recognizer"]

PictureSource: TypeAlias = "Picture | str | os.PathLike[str] | bytes | BinaryIO"
"""What the methods of a `Recognizer` take for a picture."""


class Recognizer:
    """A network that reads pictures of digits. Make one with `load`.

    A picture may be a PIL image, an array or a tensor (see `digitrec.imaging.pixels.Picture`), the
    path of a picture file, its content as bytes, or a file that is open in binary mode. Of a file
    of several pages, or an animation, ``page`` is read, by default the first; of an open PIL image,
    by default the one at which it is.

    Attributes:
        checkpoint: The network, and what is stored beside it.
        device: Where it runs.
    """

    def __init__(
        self,
        trained: Checkpoint,
        device: torch.device | str = "cpu",
        engine: DigitEngine | None = None,
    ) -> None:
        """Make a recognizer.

        Args:
            trained: The network, and what is stored beside it.
            device: Where it runs.
            engine: What computes the network for single digits; by default the fastest.

        Raises:
            DigitrecError: if this machine has no such device.
        """
        self._made_of = trained, device, engine
        self.checkpoint = trained
        self.device = usable_device(device)
        self._digits = DigitReader(trained, engine or fastest_digit_engine(trained, self.device))
        self._pages = PageReader(self._digits, trained.rejection_threshold, self.device)

    def __reduce__(self) -> tuple[type[Recognizer], tuple[object, ...]]:
        return type(self), self._made_of  # for pickle and copies: what computes is made anew

    @classmethod
    def load(cls, path: str | Path | None = None, device: torch.device | str = "cpu") -> Recognizer:
        """Load a checkpoint file; without a path, the one that ships with the package.

        Args:
            path: Of the file, such as ``model.h5``, or of the directory of a finished run.
            device: Where the network runs: ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``, or
                ``"auto"`` for the fastest that this machine has.

        Returns:
            A recognizer that is ready to read.

        Raises:
            CheckpointError: if the file is missing, or is not a usable checkpoint.
            DigitrecError: if this machine has no such device.
        """
        device = usable_device(device)
        file = shipped_checkpoint() if path is None else _checkpoint_path(path)
        return cls(checkpoint.load(file), device)

    def recognize(self, image: PictureSource, *, page: int | None = None) -> Prediction:
        """Read a picture of one digit, wherever and however large it is drawn.

        Args:
            image: The picture.
            page: Of a file of several, from 1 on.

        Returns:
            The digit and how probable it is; or no digit, and why.

        Raises:
            PictureError: if it is not a picture, cannot be opened, or is too large for the memory.
        """
        picture, normalised = _opened_and_normalised(image, page)
        (first,) = self.recognize_normalised(normalised[None])
        return self.look_again(picture, first)

    def look_again(self, picture: Picture, first: Prediction) -> Prediction:
        """Read a picture again, as `second_look.look_again` does.

        Only this picture is read, not a batch, so that the answer depends on no other.
        """
        return look_again(picture, first, self.recognize_normalised)

    def recognize_batch(self, images: Iterable[PictureSource]) -> list[Prediction]:
        """Read many pictures of one digit each, in batches.

        Args:
            images: The pictures, such as a list of paths or an array (N, H, W); of a file of
                several pages, the first is read. A generator is asked for a few hundred at a time,
                so that it may give more than fit into memory.

        Returns:
            A prediction for each picture, in their order.

        Raises:
            PictureError: if one is not a picture, or cannot be opened, with its path or, as in
                ``images[3]``, its place; or if there is one picture in place of several, or they
                have no order.
        """
        numbered = enumerate(_several(images))
        read: list[Prediction] = []
        waiting: deque[tuple[Sequence[Picture], Future[list[Prediction]]]] = deque()
        # Normalising holds Python's global lock, and the network does not: they run in parallel.
        with ThreadPoolExecutor(1) as network:
            while some := [_of_batch(*one) for one in itertools.islice(numbered, BATCH)]:
                pictures, normalised = zip(*some, strict=True)
                stacked = np.stack(normalised)
                if len(some) == 1 and not waiting:  # nothing to do beside it
                    (alone,) = self.recognize_normalised(stacked)
                    read.append(self.look_again(pictures[0], alone))
                    continue
                waiting.append((pictures, network.submit(self.recognize_normalised, stacked)))
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
        self, images: Float32Array, *, batch_invariant: bool = False
    ) -> list[Prediction]:
        """Read images of one digit each.

        Args:
            images: Shape (N, 28, 28), made by `digitrec.imaging.normalise.normalise`.
            batch_invariant: Give an image the same answer, to the last bit, whatever images are
                beside it.
        """
        return self._digits.recognize(images, batch_invariant)

    def read_marks(self, windows: Uint8Array) -> Float64Array:
        """Tell which marks pieces of ink are, as `marks.mark_reader.MarkReader.read` does.

        Args:
            windows: Shape (N, 32, 96), made by `digitrec.imaging.lines.mark_windows`.

        Returns:
            Probabilities (N, 8) of the classes of `digitrec.models.marks`.
        """
        return self._pages.read_marks(windows)

    def class_probabilities(self, images: Float32Array) -> list[ClassProbabilities]:
        """Read images as `recognize_normalised` does; return the probability of each class.

        Returns:
            Arrays (11,): of each digit and, last, of "not a digit".
        """
        return self._digits.class_probabilities(images)

    def read(
        self, image: PictureSource, *, page: int | None = None, digits_only: bool = False
    ) -> Page:
        """Read all digits of a picture of a number or a page, and the marks between them.

        Specks are left out. Other ink that is neither a digit nor a mark is a prediction whose
        ``digit`` is None. Ink beside digits is rejected less often than ink that is alone. If
        hardly any ink of a page is a digit, all of it is rejected; random noise has no lines at
        all. A picture of at most one digit is read as `recognize` reads it, if that is surer. A
        page that lies on its side or upside down is read upright if its ink shows how; see
        `Page.turned`.

        Args:
            image: The picture.
            page: Of a file of several, from 1 on.
            digits_only: Leave out marks and wide spaces, so that the text holds digits and "?".

        Returns:
            The digits of each line from left to right, lines from top to bottom.

        Raises:
            PictureError: if it is not a picture, cannot be opened, or is too large for the memory.
        """
        with _named(image):
            return self._pages.read(check_picture(_opened(image, page)), digits_only=digits_only)


def _checkpoint_path(path: object) -> Path:
    """Return the path of a checkpoint file.

    Raises:
        CheckpointError: if it is not a path.
    """
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes):
        raise CheckpointError(
            f"a checkpoint file is named by a path, a str or a Path, not {type(path).__name__}"
        )
    name = os.fspath(path)
    if not name or "\0" in name:
        raise CheckpointError(f"no checkpoint file can have the name {quoted(name)}")
    return Path(name)


def _several(images: Iterable[PictureSource]) -> Iterable[PictureSource]:
    """Check that these are the pictures of a batch, in an order.

    A single picture is refused, although some can be iterated over.

    Raises:
        PictureError: if it is a single picture, has no order, or cannot be iterated.
    """
    given: object = images
    if _is_file(given) or isinstance(given, Image.Image) or _is_one_array(given):
        raise PictureError("expected a list of pictures, got one; use recognize()")
    kind = type(given).__name__
    if isinstance(given, Mapping):
        raise PictureError(f"expected a list of pictures, got {kind}; hand over its values()")
    if isinstance(given, set | frozenset):
        raise PictureError(f"expected a list of pictures, got {kind}, which has no order")
    if not isinstance(given, Iterable):
        raise PictureError(f"expected a list of pictures, got {kind}")
    return images


def _is_one_array(given: object) -> bool:
    """Tell whether this is an array or a tensor of one picture at most."""
    shape = getattr(given, "shape", None)
    if shape is None:
        return False
    if len(shape) == 1:  # of texts or objects, it is a list, as a column of a table of files
        return getattr(getattr(given, "dtype", None), "kind", "") not in tuple("OSTU")
    return len(shape) < 3 or (len(shape) == 3 and shape[2] in CHANNELS)


def _opened_and_normalised(
    image: PictureSource, page: int | None = None
) -> tuple[Picture, Float32Array]:
    with _named(image):
        picture = _opened(image, page)
        return picture, normalise(picture)


def _of_batch(number: int, image: PictureSource) -> tuple[Picture, Float32Array]:
    """Open and normalise a picture of a batch; its errors tell which it is."""
    try:
        return _opened_and_normalised(image)
    except PictureError as error:
        if isinstance(image, str | os.PathLike):
            raise
        raise PictureError(str(error), f"images[{number}]") from error


def _opened(image: PictureSource, page: int | None) -> Picture:
    """Open what is not a picture yet, or go to the page of one that is."""
    if page is not None:
        page = _page_number(page)
    if isinstance(image, str | os.PathLike):
        if not os.fspath(image):
            raise PictureError("an empty path names no picture")
        if os.path.isdir(image):  # noqa: PTH112 (a name may be no path at all)
            raise PictureError("a folder; name a picture in it")
        return open_picture(Path(image), str(image), page or 1)
    if isinstance(image, io.TextIOBase):
        raise PictureError("a file must be open in binary mode: open(path, 'rb')")
    if _is_file(image):
        content = image if isinstance(image, _BYTES) else _content_of(cast(BinaryIO, image))
        return open_picture(bytes(content), f"a picture of {len(content):,} bytes", page or 1)
    picture = cast(Picture, image)
    if page is None:
        return picture
    if isinstance(picture, Image.Image):
        return frame_of(picture, page)
    if page != 1:
        raise PictureError(f"an array or a tensor has 1 page; there is no page {page}")
    return picture


_BYTES = bytes | bytearray | memoryview


def _content_of(file: BinaryIO) -> bytes:
    try:
        return file.read()
    except (OSError, ValueError) as error:  # a ValueError of one that is closed
        reason = getattr(error, "strerror", None) or error
        raise PictureError(f"the file cannot be read: {reason}") from None


def _is_file(image: object) -> bool:
    """Tell whether this is the name of a file, its content, or the file itself, open."""
    # A temporary file is not an `io.IOBase`.
    return isinstance(image, str | os.PathLike | _BYTES | io.IOBase) or hasattr(image, "readinto")


def _page_number(page: object) -> int:
    try:
        number = operator.index(page)  # type: ignore[arg-type]
    except TypeError:
        number = 0
    if number < 1 or isinstance(page, bool) or "bool" in str(getattr(page, "dtype", "")):
        raise PictureError(f"page must be a whole number from 1 on, not {quoted(page)}")
    return number


@contextlib.contextmanager
def _named(image: PictureSource) -> Iterator[None]:
    """Put the path of a picture before errors that name none."""
    name = os.fspath(image) if isinstance(image, str | os.PathLike) else ""
    try:
        yield
    except PictureError as error:
        if name and not error.name:
            raise PictureError(error.problem, name) from error
        raise
    except MemoryError:
        raise PictureError(NO_MEMORY, name) from None
