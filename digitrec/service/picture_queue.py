"""Pictures wait in a queue, and are read in batches: whatever waits when a thread is free."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

import numpy as np

from digitrec.arrays import Float32Array
from digitrec.errors import PictureError
from digitrec.imaging.files.picture_files import open_picture
from digitrec.imaging.normalise import normalise
from digitrec.imaging.pixels import Picture
from digitrec.recognition.read_files import ReadOptions
from digitrec.recognition.recognizer import Recognizer
from digitrec.recognition.results import Page, PictureResult, Prediction
from digitrec.recognition.single_digits.second_look import SURE_AT_ONCE
from digitrec.service.limits import Limits

__all__ = ["PictureQueue", "QueueFullError"]

# A large picture keeps one thread busy, and the other goes on.
THREADS = 2
PICTURES_AT_ONCE = 32  # that one thread takes from the queue

_Given = ParamSpec("_Given")
_Done = TypeVar("_Done")


class QueueFullError(Exception):
    """So many pictures wait that no more are taken in."""


@dataclass(frozen=True, eq=False)
class _Job:
    """A picture to read.

    name: for error messages. content: of its file. answer: where the answer goes.
    """

    name: str
    content: bytes
    options: ReadOptions
    answer: asyncio.Future[PictureResult]


class PictureQueue:
    """Reads the pictures of all requests. It is used within one event loop.

    Attributes:
        waiting: Pictures that are taken in and not answered yet.
    """

    def __init__(self, recognizer: Recognizer, limits: Limits) -> None:
        self.waiting = self._waiting_bytes = 0
        self._recognizer, self._limits = recognizer, limits
        self._pool = ThreadPoolExecutor(THREADS, "digitrec-reader")
        self._jobs: asyncio.Queue[_Job | None] = asyncio.Queue()  # None ends a worker
        self._workers: list[asyncio.Task[None]] = []
        self._stopped = False

    def start(self) -> None:
        """Begin to read."""
        self._workers = [asyncio.create_task(self._work()) for _ in range(THREADS)]

    async def stop(self) -> None:
        """Stop reading; the pictures that are being read are finished and answered first.

        Requests whose pictures still wait, or were taken and not begun, get a `QueueFullError`.
        """
        self._stopped = True
        while not self._jobs.empty():
            if (job := self._jobs.get_nowait()) is not None:
                job.answer.set_exception(QueueFullError())
        for _ in self._workers:
            self._jobs.put_nowait(None)
        await asyncio.gather(*self._workers, return_exceptions=True)
        self._pool.shutdown()  # its threads have nothing to do

    async def read(
        self, pictures: Sequence[tuple[str, bytes]], options: ReadOptions
    ) -> list[PictureResult]:
        """Read pictures, and wait for all of them.

        Args:
            pictures: The name of each, and the content of its file.
            options: How they are read.

        Returns:
            For each picture what is read in it, or why it cannot be read.

        Raises:
            QueueFullError: if there is no room in the queue, or it was stopped.
            TimeoutError: if it takes too long.
        """
        size = sum(len(content) for _, content in pictures)
        if self._stopped or self.waiting + len(pictures) > self._limits.queue:
            raise QueueFullError
        if self._waiting_bytes + size > self._limits.held_bytes:
            raise QueueFullError
        if not pictures:
            return []  # asyncio cannot wait for nothing
        loop = asyncio.get_running_loop()
        answers: list[asyncio.Future[PictureResult]] = []
        for name, content in pictures:
            job = _Job(name, content, options, loop.create_future())
            self.waiting += 1
            self._waiting_bytes += len(content)
            # A request that nobody waits for any more still takes its place until it is read.
            job.answer.add_done_callback(partial(self._answered, len(content)))
            self._jobs.put_nowait(job)
            answers.append(job.answer)
        done, waiting = await asyncio.wait(
            answers, timeout=self._limits.seconds, return_when=asyncio.FIRST_EXCEPTION
        )
        for answer in done:
            answer.result()  # raises the error of a picture that nobody can answer
        if waiting:
            raise TimeoutError
        return [answer.result() for answer in answers]

    def _answered(self, size: int, answer: asyncio.Future[PictureResult]) -> None:
        self.waiting -= 1
        self._waiting_bytes -= size
        if not answer.cancelled():
            answer.exception()  # otherwise Python complains of an error that nobody asked for

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while (first := await self._jobs.get()) is not None:
            batch = [first]
            while len(batch) < PICTURES_AT_ONCE and not self._jobs.empty():
                if (job := self._jobs.get_nowait()) is not None:  # it never is beside a job
                    batch.append(job)
            answers: Sequence[PictureResult | Exception]
            try:
                reading = loop.run_in_executor(self._pool, partial(self._read_batch, batch))
                answers = await asyncio.shield(reading)
            except Exception as error:  # no thread can be started: the requests fail
                answers = [error] * len(batch)
            for job, answer in zip(batch, answers, strict=True):
                if isinstance(answer, Exception) and not isinstance(answer, PictureError):
                    job.answer.set_exception(answer)  # a defect of ours: others go on
                else:
                    job.answer.set_result(answer)

    # --- in a thread --------------------------------------------------------------------------

    def _read_batch(self, batch: Sequence[_Job]) -> list[PictureResult | Exception]:
        """Read pictures; an error is the answer to one of them alone.

        A decoded picture may be large, so that there is one at a time: what is not sure is decoded
        once more.
        """
        opened = [_attempt(self._open, job) for job in batch]
        images = {i: image for i, image in enumerate(opened) if isinstance(image, np.ndarray)}
        answers: dict[int, PictureResult | Exception] = {
            i: answer for i, answer in enumerate(opened) if not isinstance(answer, np.ndarray)
        }
        for i, first in zip(images, self._recognize(list(images.values())), strict=True):
            answers[i] = first
            if isinstance(first, Prediction) and first.sureness < SURE_AT_ONCE:
                answers[i] = _attempt(self._look_again, batch[i], first)
        return [answers[i] for i in range(len(batch))]

    def _open(self, job: _Job) -> Float32Array | Page:
        """Return the normalised image of a picture, or what is read in all of it."""
        if self._stopped:  # else the rest of a batch keeps the process from its end
            raise QueueFullError
        picture = self._picture(job)
        if not job.options.lines:
            return normalise(picture)
        return self._recognizer.read(picture, digits_only=job.options.digits_only)

    def _recognize(self, images: Sequence[Float32Array]) -> Sequence[Prediction | Exception]:
        """Read images together; where that fails, each alone."""
        if not images:
            return []
        read = _attempt(self._recognizer.recognize_normalised, np.stack(images))
        if not isinstance(read, Exception):
            return read
        if len(images) == 1:
            return [read]
        return [answer for image in images for answer in self._recognize([image])]

    def _look_again(self, job: _Job, first: Prediction) -> Prediction:
        return self._recognizer.look_again(self._picture(job), first)

    def _picture(self, job: _Job) -> Picture:
        most_pixels = self._limits.megapixels * 1e6
        return open_picture(job.content, job.name, job.options.page or 1, most_pixels)


def _attempt(
    function: Callable[_Given, _Done], *given: _Given.args, **options: _Given.kwargs
) -> _Done | Exception:
    """Call a function, and return what it returns or raises."""
    try:
        return function(*given, **options)
    except Exception as error:
        _forget_variables(error)
        return error


def _forget_variables(error: BaseException | None) -> None:
    """Clear the variables of the functions that raised an error: they would keep its picture."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__context__
