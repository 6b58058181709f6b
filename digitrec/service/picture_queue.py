"""Pictures wait in a queue, and are read in batches: whatever waits when a thread is free."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from digitrec.arrays import Float32Array
from digitrec.errors import PictureError
from digitrec.imaging.normalise import normalise
from digitrec.imaging.picture_files import open_picture
from digitrec.imaging.pixels import Picture
from digitrec.recognition.recognizer import Recognizer
from digitrec.recognition.results import Page, Prediction
from digitrec.service.limits import Limits

__all__ = ["PictureQueue", "QueueFullError"]

# A large picture keeps one thread busy, and the other goes on.
THREADS = 2
BATCH = 32  # pictures that one thread takes at once

Answer = Prediction | Page | PictureError


class QueueFullError(Exception):
    """So many pictures wait that no more are taken in."""


@dataclass(frozen=True, eq=False)
class _Job:
    """A picture to read.

    name: for error messages. content: of its file. lines: whether to read all its digits. answer:
    where the answer goes.
    """

    name: str
    content: bytes
    lines: bool
    answer: asyncio.Future[Answer]


class PictureQueue:
    """Reads the pictures of all requests. It is used within one event loop.

    Attributes:
        waiting: Pictures that are taken in and not answered yet.
    """

    def __init__(self, recognizer: Recognizer, limits: Limits) -> None:
        self.waiting = 0
        self._recognizer, self._limits = recognizer, limits
        self._pool = ThreadPoolExecutor(THREADS, "digitrec-reader")
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to read."""
        self._workers = [asyncio.create_task(self._work()) for _ in range(THREADS)]

    async def stop(self) -> None:
        """Stop reading; what is being read is finished first."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        self._pool.shutdown(cancel_futures=True)

    async def read(self, pictures: Sequence[tuple[str, bytes]], *, lines: bool) -> list[Answer]:
        """Read pictures, and wait for all of them.

        Args:
            pictures: The name of each, and the content of its file.
            lines: Whether to read all digits of each, and not one.

        Returns:
            For each picture what is read in it, or why it cannot be read.

        Raises:
            QueueFullError: if there is no room in the queue.
            TimeoutError: if it takes too long.
        """
        if self.waiting + len(pictures) > self._limits.queue:
            raise QueueFullError
        loop = asyncio.get_running_loop()
        answers: list[asyncio.Future[Answer]] = []
        for name, content in pictures:
            job = _Job(name, content, lines, loop.create_future())
            self.waiting += 1
            # A request that nobody waits for any more still takes its place until it is read.
            job.answer.add_done_callback(self._answered)
            self._jobs.put_nowait(job)
            answers.append(job.answer)
        everything = asyncio.gather(*(asyncio.shield(answer) for answer in answers))
        try:
            return await asyncio.wait_for(everything, self._limits.seconds)
        except asyncio.TimeoutError:  # before Python 3.11 it is not the built-in one
            raise TimeoutError from None

    def _answered(self, answer: asyncio.Future[Answer]) -> None:
        self.waiting -= 1
        if not answer.cancelled():
            answer.exception()  # otherwise Python complains of an error that nobody asked for

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            batch = [await self._jobs.get()]
            while len(batch) < BATCH and not self._jobs.empty():
                batch.append(self._jobs.get_nowait())
            reading = loop.run_in_executor(self._pool, partial(self._read_batch, batch))
            try:
                answers = await asyncio.shield(reading)
            except Exception as error:  # a defect of ours: the requests fail, and others go on
                for job in batch:
                    job.answer.set_exception(error)
                continue
            for job, answer in zip(batch, answers, strict=True):
                job.answer.set_result(answer)

    # --- in a thread --------------------------------------------------------------------------

    def _read_batch(self, batch: Sequence[_Job]) -> list[Answer]:
        answers: dict[int, Answer] = {}
        images: dict[int, Float32Array] = {}
        pictures: dict[int, Picture] = {}
        for i, job in enumerate(batch):
            try:
                most = self._limits.megapixels * 1e6
                picture = open_picture(job.content, job.name, most_pixels=most)
                if job.lines:
                    answers[i] = self._recognizer.read(picture)
                else:
                    images[i] = normalise(picture)
                    pictures[i] = picture
            except PictureError as error:
                answers[i] = error
        if images:
            predictions = self._recognizer.recognize_normalised(np.stack(list(images.values())))
            for i, prediction in zip(images, predictions, strict=True):
                answers[i] = self._recognizer.look_again(pictures[i], prediction)
        return [answers[i] for i in range(len(batch))]
