from __future__ import annotations

import asyncio
import threading
from typing import Any

import numpy as np
import pytest

from digitrec.recognition.read_files import ReadOptions
from digitrec.recognition.results import Prediction
from digitrec.service.limits import Limits
from digitrec.service.picture_queue import THREADS, PictureQueue, QueueFullError


class Held:
    """A recognizer whose readings end when they are let."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()

    def recognize_normalised(self, images: Any) -> list[Prediction]:
        self.begun.release()
        assert self.go.wait(30)
        return [Prediction(7, 1.0, np.full(10, 0.1), image) for image in images]


def test_what_is_being_read_is_answered_before_the_end(pictures: list[bytes]) -> None:
    recognizer = Held()

    async def stopped() -> tuple[list[Any], bool]:
        queue = PictureQueue(recognizer, Limits())  # type: ignore[arg-type]
        queue.start()
        asked = []
        for _ in range(THREADS):
            asked.append(asyncio.create_task(queue.read([("a", pictures[0])], ReadOptions(False))))
            assert await asyncio.to_thread(recognizer.begun.acquire, timeout=30)
        asked.append(asyncio.create_task(queue.read([("b", pictures[0])], ReadOptions(False))))
        await asyncio.sleep(0)  # now it waits
        stopping = asyncio.create_task(queue.stop())
        await asyncio.sleep(0)
        loop_goes_on = not stopping.done()
        recognizer.go.set()
        await stopping
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert queue.waiting == 0
        with pytest.raises(QueueFullError):
            await queue.read([("c", pictures[0])], ReadOptions(False))
        return answers, loop_goes_on

    answers, loop_goes_on = asyncio.run(stopped())
    assert loop_goes_on
    assert [answer[0].digit for answer in answers[:THREADS]] == [7] * THREADS
    assert isinstance(answers[THREADS], QueueFullError)
